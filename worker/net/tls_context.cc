#include "worker/net/tls_context.h"

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "common/base/check.h"
#include "common/plan/pem.h"

namespace muster {
namespace {

using ContextPtr = std::unique_ptr<SSL_CTX, FreeTls>;

int ProtocolOf(TlsVersion version) {
  return version == TlsVersion::k12 ? TLS1_2_VERSION : TLS1_3_VERSION;
}

// `what` is a file's role: "the client key".
Status Bad(const std::string& what, const Status& status) {
  return InvalidArgument(what + " " + Message(status));
}

// What OpenSSL says of its last failure, for errors that are not foreseen.
std::string OpensslReason() {
  const char* reason = ERR_reason_error_string(ERR_peek_last_error());
  const std::string text = reason == nullptr ? "OpenSSL gives no reason" : reason;
  ERR_clear_error();
  return text;
}

bool IsAddress(const std::string& host) {
  unsigned char parsed[sizeof(in6_addr)];
  return inet_pton(AF_INET, host.c_str(), parsed) == 1 ||
         inet_pton(AF_INET6, host.c_str(), parsed) == 1;
}

// Without the scope of a link-local address and the dot at the end of a full name: neither stands
// in certificates.
std::string NameToVerify(const TlsSettings& settings, const std::string& host) {
  std::string name = settings.server_name.empty() ? host : settings.server_name;
  name.resize(std::min(name.find('%'), name.size()));
  if (name.ends_with('.')) name.pop_back();
  return name;
}

Status SetTrust(const TlsSettings& settings, SSL_CTX* context) {
  if (settings.ca_pem.empty()) {
    if (SSL_CTX_set_default_verify_paths(context) == 1) return absl::OkStatus();
    return FailedPrecondition("this host's store of authorities can't be read: " + OpensslReason());
  }
  const auto authorities = ReadCertificates(settings.ca_pem);
  if (!authorities.ok()) return Bad("the target's CA file", authorities.status());
  X509_STORE* store = SSL_CTX_get_cert_store(context);
  for (const CertificatePtr& authority : *authorities) {
    if (X509_STORE_add_cert(store, authority.get()) != 1) {
      return InvalidArgument("the target's CA file can't be used: " + OpensslReason());
    }
  }
  return absl::OkStatus();
}

Status SetVerification(const TlsSettings& settings, const std::string& name, SSL_CTX* context) {
  if (!settings.verify) {
    SSL_CTX_set_verify(context, SSL_VERIFY_NONE, nullptr);
    return absl::OkStatus();
  }
  RETURN_IF_ERROR(SetTrust(settings, context));
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
  X509_VERIFY_PARAM* parameters = SSL_CTX_get0_param(context);
  X509_VERIFY_PARAM_set_hostflags(
      parameters, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS | X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
  const int set = IsAddress(name) ? X509_VERIFY_PARAM_set1_ip_asc(parameters, name.c_str())
                                  : X509_VERIFY_PARAM_set1_host(parameters, name.c_str(), 0);
  if (set == 1) return absl::OkStatus();
  return InvalidArgument("'" + name + "' is no name that a certificate can be verified against");
}

Status SetClientCertificate(const TlsSettings& settings, SSL_CTX* context) {
  if (settings.cert_pem.empty()) return absl::OkStatus();
  const auto chain = ReadCertificates(settings.cert_pem);
  if (!chain.ok()) return Bad("the client certificate file", chain.status());
  const auto key = ReadPrivateKey(settings.key_pem);
  if (!key.ok()) return Bad("the client key file", key.status());
  if (!KeyBelongsTo(key->get(), chain->front().get())) {
    return InvalidArgument("the client key does not belong to the client certificate");
  }
  bool used = SSL_CTX_use_certificate(context, chain->front().get()) == 1 &&
              SSL_CTX_use_PrivateKey(context, key->get()) == 1;
  for (size_t i = 1; used && i < chain->size(); ++i) {
    used = SSL_CTX_add1_chain_cert(context, (*chain)[i].get()) == 1;
  }
  if (used) return absl::OkStatus();
  return InvalidArgument("the client certificate can't be used: " + OpensslReason());
}

void SetAlpn(std::span<const std::string_view> alpn, SSL_CTX* context) {
  std::vector<unsigned char> wire;
  for (const std::string_view protocol : alpn) {
    CHECK(!protocol.empty() && protocol.size() < 256);
    wire.push_back(static_cast<unsigned char>(protocol.size()));
    wire.insert(wire.end(), protocol.begin(), protocol.end());
  }
  // Unlike the rest of OpenSSL it returns 0 for success.
  CHECK_EQ(SSL_CTX_set_alpn_protos(context, wire.data(), static_cast<unsigned>(wire.size())), 0);
}

void SetModes(const TlsSettings& settings, SSL_CTX* context) {
  SSL_CTX_set_min_proto_version(context, ProtocolOf(settings.min_version));
  SSL_CTX_set_max_proto_version(context, ProtocolOf(settings.max_version));
  SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
  // An idle connection lends its record buffers back, 33 KiB of them.
  SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  SSL_CTX_set_session_cache_mode(context, settings.resume
                                              ? SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL
                                              : SSL_SESS_CACHE_OFF);
}

}  // namespace

void FreeTls::operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
void FreeTls::operator()(SSL_SESSION* session) const { SSL_SESSION_free(session); }
void FreeTls::operator()(SSL* connection) const {
  // As if closed in order: freed otherwise, OpenSSL takes its session for a bad one, which nobody
  // may resume.
  SSL_set_shutdown(connection, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
  SSL_free(connection);
}

StatusOr<std::unique_ptr<TlsContext>> TlsContext::Create(const TlsSettings& settings,
                                                         const std::string& host,
                                                         std::span<const std::string_view> alpn) {
  ContextPtr made(SSL_CTX_new(TLS_client_method()));
  if (made == nullptr) return FailedPrecondition("OpenSSL can't start: " + OpensslReason());
  SSL_CTX* context = made.get();
  const std::string name = NameToVerify(settings, host);
  SetModes(settings, context);
  RETURN_IF_ERROR(SetVerification(settings, name, context));
  RETURN_IF_ERROR(SetClientCertificate(settings, context));
  if (!alpn.empty()) SetAlpn(alpn, context);
  std::unique_ptr<TlsContext> result(new TlsContext(made.release(), settings.resume));
  if (!IsAddress(name)) result->sni_ = name;
  SSL_CTX_set_app_data(context, result.get());
  SSL_CTX_sess_set_new_cb(context, &TlsContext::OnNewSession);
  return result;
}

TlsContext::~TlsContext() = default;

TlsConnectionPtr TlsContext::NewConnection() {
  TlsConnectionPtr connection(SSL_new(context_.get()));
  CHECK(connection != nullptr) << "out of memory";
  SSL_set_connect_state(connection.get());
  if (!sni_.empty()) {
    CHECK_EQ(SSL_set_tlsext_host_name(connection.get(), sni_.c_str()), 1) << "out of memory";
  }
  if (resume_) Offer(connection.get());
  return connection;
}

void TlsContext::Offer(SSL* connection) {
  if (sessions_.empty()) return;
  SSL_SESSION* newest = sessions_.back().get();
  SSL_set_session(connection, newest);  // takes a reference of its own
  if (SSL_SESSION_get_protocol_version(newest) == TLS1_3_VERSION) sessions_.pop_back();
}

int TlsContext::OnNewSession(SSL* connection, SSL_SESSION* session) {
  auto* self = static_cast<TlsContext*>(SSL_CTX_get_app_data(SSL_get_SSL_CTX(connection)));
  if (SSL_SESSION_is_resumable(session) != 1) return 0;
  self->sessions_.emplace_back(session);
  if (self->sessions_.size() > kMaxSessions) self->sessions_.pop_front();
  return 1;
}

}  // namespace muster

#include "tests/support/tls/tls_peer.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <utility>

#include "common/base/check.h"

namespace muster {
namespace {

BIO* Reading(const std::string& text) {
  return BIO_new_mem_buf(text.data(), static_cast<int>(text.size()));
}

void UseIdentity(const TestIdentity& identity, SSL_CTX* context) {
  BIO* cert_text = Reading(identity.cert);
  BIO* key_text = Reading(identity.key);
  X509* cert = PEM_read_bio_X509(cert_text, nullptr, nullptr, nullptr);
  EVP_PKEY* key = PEM_read_bio_PrivateKey(key_text, nullptr, nullptr, nullptr);
  CHECK_EQ(SSL_CTX_use_certificate(context, cert), 1);
  CHECK_EQ(SSL_CTX_use_PrivateKey(context, key), 1);
  X509_free(cert);
  EVP_PKEY_free(key);
  BIO_free(cert_text);
  BIO_free(key_text);
}

void RequireClient(const std::string& authority, SSL_CTX* context) {
  BIO* text = Reading(authority);
  X509* cert = PEM_read_bio_X509(text, nullptr, nullptr, nullptr);
  X509_STORE_add_cert(SSL_CTX_get_cert_store(context), cert);
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  X509_free(cert);
  BIO_free(text);
}

// `wanted` as the argument: the one protocol that the server speaks.
int ChooseProtocol(SSL* /*tls*/, const unsigned char** out, unsigned char* out_size,
                   const unsigned char* in, unsigned in_size, void* wanted) {
  const auto& protocol = *static_cast<const std::string*>(wanted);
  for (unsigned at = 0; at < in_size; at += in[at] + 1U) {
    const std::string_view offered(reinterpret_cast<const char*>(in + at + 1), in[at]);
    if (offered != protocol) continue;
    *out = in + at + 1;
    *out_size = in[at];
    return SSL_TLSEXT_ERR_OK;
  }
  return SSL_TLSEXT_ERR_ALERT_FATAL;
}

}  // namespace

TlsServer::TlsServer(TlsServerOptions options)
    : options_(std::move(options)), context_(SSL_CTX_new(TLS_server_method())) {
  UseIdentity(options_.identity, context_);
  SSL_CTX_set_min_proto_version(context_, options_.min_version);
  SSL_CTX_set_max_proto_version(context_, options_.max_version);
  SSL_CTX_set_session_id_context(context_, reinterpret_cast<const unsigned char*>("t"), 1);
  if (options_.min_version < TLS1_2_VERSION) SSL_CTX_set_security_level(context_, 0);
  if (!options_.ciphers.empty()) {
    CHECK_EQ(SSL_CTX_set_cipher_list(context_, options_.ciphers.c_str()), 1);
  }
  if (options_.max_fragment > 0) SSL_CTX_set_max_send_fragment(context_, options_.max_fragment);
  if (!options_.client_ca.empty()) RequireClient(options_.client_ca, context_);
  if (!options_.alpn.empty()) {
    SSL_CTX_set_alpn_select_cb(context_, &ChooseProtocol, const_cast<std::string*>(&options_.alpn));
  }
  if (!options_.tickets) {
    SSL_CTX_set_options(context_, SSL_OP_NO_TICKET);
    SSL_CTX_set_num_tickets(context_, 0);
    SSL_CTX_set_session_cache_mode(context_, SSL_SESS_CACHE_OFF);
  }
}

TlsServer::~TlsServer() { SSL_CTX_free(context_); }

TlsPeer::TlsPeer(const TlsServer& server) : tls_(SSL_new(server.context())) {
  SSL_set_bio(tls_, BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
  SSL_set_accept_state(tls_);
}

TlsPeer::~TlsPeer() {
  SSL_set_shutdown(tls_, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
  SSL_free(tls_);
}

bool TlsPeer::Feed(std::string_view bytes, std::string* plain) {
  if (!bytes.empty()) {
    CHECK_EQ(BIO_write(SSL_get_rbio(tls_), bytes.data(), static_cast<int>(bytes.size())),
             static_cast<int>(bytes.size()));
  }
  char buffer[16 << 10];
  for (;;) {
    ERR_clear_error();
    const int size = SSL_read(tls_, buffer, sizeof(buffer));
    if (size <= 0) return SSL_get_error(tls_, size) == SSL_ERROR_WANT_READ;
    plain->append(buffer, static_cast<size_t>(size));
  }
}

void TlsPeer::Write(std::string_view plain) {
  ERR_clear_error();
  while (!plain.empty()) {
    const int size =
        SSL_write(tls_, plain.data(), static_cast<int>(std::min<size_t>(plain.size(), 1 << 20)));
    if (size <= 0) return;
    plain.remove_prefix(static_cast<size_t>(size));
  }
}

void TlsPeer::CloseNotify() {
  ERR_clear_error();
  SSL_shutdown(tls_);
}

void TlsPeer::UpdateKeys(bool answer) {
  SSL_key_update(tls_, answer ? SSL_KEY_UPDATE_REQUESTED : SSL_KEY_UPDATE_NOT_REQUESTED);
  SSL_do_handshake(tls_);
}

void TlsPeer::AskForRenegotiation() {
  SSL_renegotiate(tls_);
  SSL_do_handshake(tls_);
}

void TlsPeer::SendTicket() {
  SSL_new_session_ticket(tls_);
  SSL_do_handshake(tls_);
}

std::string TlsPeer::TakeOutput() {
  BIO* bio = SSL_get_wbio(tls_);
  std::string output(BIO_ctrl_pending(bio), '\0');
  if (!output.empty()) {
    CHECK_EQ(BIO_read(bio, output.data(), static_cast<int>(output.size())),
             static_cast<int>(output.size()));
  }
  return output;
}

bool TlsPeer::established() const { return SSL_is_init_finished(tls_) == 1; }
bool TlsPeer::resumed() const { return SSL_session_reused(tls_) == 1; }

std::string TlsPeer::server_name() const {
  const char* name = SSL_get_servername(tls_, TLSEXT_NAMETYPE_host_name);
  return name == nullptr ? "" : name;
}

}  // namespace muster

#include "common/session/grpc_security.h"

#include <arpa/inet.h>
#include <grpcpp/security/credentials.h>
#include <grpcpp/security/server_credentials.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <charconv>
#include <fstream>

namespace muster {
namespace {

// Splits "host:port" or "[v6]:port"; false when there is no port.
bool SplitAddress(const std::string& address, std::string* host, std::string* port) {
  const size_t colon = address.rfind(':');
  if (colon == std::string::npos || colon + 1 == address.size()) return false;
  *host = address.substr(0, colon);
  *port = address.substr(colon + 1);
  if (host->size() >= 2 && host->front() == '[' && host->back() == ']') {
    *host = host->substr(1, host->size() - 2);
  } else if (host->find(':') != std::string::npos) {
    return false;  // an IPv6 address without brackets: its last group is not a port
  }
  return !host->empty();
}

// gRPC takes any text and fails later, without a word on why: so the files are read and checked
// here.
constexpr size_t kMaxPemBytes = 1 << 20;

template <auto Free>
struct Freer {
  template <typename T>
  void operator()(T* object) const {
    Free(object);
  }
};
using Bio = std::unique_ptr<BIO, Freer<BIO_free>>;
using Certificate = std::unique_ptr<X509, Freer<X509_free>>;
using Key = std::unique_ptr<EVP_PKEY, Freer<EVP_PKEY_free>>;

struct PemFile {
  const char* flag;
  std::string path;
  std::string text = {};

  Status Refuse(const std::string& what) const {
    ERR_clear_error();
    return InvalidArgument(std::string(flag) + ": " + path + " " + what);
  }
  Bio Open() const { return Bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size()))); }
};

Status Read(PemFile* file) {
  std::ifstream in(file->path, std::ios::binary);
  if (!in) return file->Refuse("cannot be read");
  file->text.resize(kMaxPemBytes + 1);
  in.read(file->text.data(), static_cast<std::streamsize>(file->text.size()));
  if (in.bad()) return file->Refuse("cannot be read");
  file->text.resize(static_cast<size_t>(in.gcount()));
  if (file->text.size() > kMaxPemBytes) return file->Refuse("is too large for a PEM file");
  if (file->text.find("-----BEGIN") == std::string::npos) return file->Refuse("is not a PEM file");
  return absl::OkStatus();
}

// The first certificate of the file.
StatusOr<Certificate> CertificateOf(const PemFile& file) {
  Certificate certificate(PEM_read_bio_X509(file.Open().get(), nullptr, nullptr, nullptr));
  if (!certificate) return file.Refuse("holds no certificate that can be read");
  if (X509_cmp_current_time(X509_get0_notAfter(certificate.get())) < 0) {
    return file.Refuse("holds a certificate that has expired");
  }
  if (X509_cmp_current_time(X509_get0_notBefore(certificate.get())) > 0) {
    return file.Refuse("holds a certificate that is not yet valid: is this host's clock right?");
  }
  return certificate;
}

int NoPassword(char*, int, int, void*) { return -1; }  // instead of asking on the terminal

Status CheckKey(const PemFile& file, const PemFile& cert_file, X509* certificate) {
  const Key key(PEM_read_bio_PrivateKey(file.Open().get(), nullptr, NoPassword, nullptr));
  if (!key) return file.Refuse("holds no private key that can be read without a password");
  if (X509_check_private_key(certificate, key.get()) != 1) {
    return file.Refuse("is not the key of the certificate in " + cert_file.path);
  }
  return absl::OkStatus();
}

struct PemFiles {
  PemFile ca, cert, key;
};

StatusOr<PemFiles> ReadFiles(const ControlSecurity& s) {
  PemFiles files{{"--tls-ca", s.tls_ca}, {"--tls-cert", s.tls_cert}, {"--tls-key", s.tls_key}};
  for (PemFile* file : {&files.ca, &files.cert, &files.key}) RETURN_IF_ERROR(Read(file));
  RETURN_IF_ERROR(CertificateOf(files.ca).status());
  ASSIGN_OR_RETURN(const Certificate certificate, CertificateOf(files.cert));
  RETURN_IF_ERROR(CheckKey(files.key, files.cert, certificate.get()));
  return files;
}

bool IsLoopbackV4(const in_addr& address) { return ntohl(address.s_addr) >> 24 == 127; }

}  // namespace

bool IsLoopback(const std::string& address) {
  std::string host, port;
  if (!SplitAddress(address, &host, &port)) return false;
  in_addr v4{};
  in6_addr v6{};
  if (inet_pton(AF_INET, host.c_str(), &v4) == 1) return IsLoopbackV4(v4);
  if (inet_pton(AF_INET6, host.c_str(), &v6) == 1) return IN6_IS_ADDR_LOOPBACK(&v6);
  return host == "localhost";
}

Status CheckControlAddress(const std::string& flag, const std::string& address,
                           const ControlSecurity& security) {
  std::string host, port;
  int number = -1;
  if (!SplitAddress(address, &host, &port) ||
      std::from_chars(port.data(), port.data() + port.size(), number).ptr !=
          port.data() + port.size() ||
      number < 0 || number > 65535) {
    return InvalidArgument(flag + ": '" + address +
                           "' is not HOST:PORT (as 127.0.0.1:7700 or [::1]:7700)");
  }
  const int given =
      !security.tls_ca.empty() + !security.tls_cert.empty() + !security.tls_key.empty();
  if (given != 0 && given != 3) {
    return InvalidArgument(
        "--tls-ca, --tls-cert and --tls-key belong together: give all three or none");
  }
  if (given == 0 && !security.tls_server_name.empty()) {
    return InvalidArgument("--tls-server-name needs --tls-ca, --tls-cert and --tls-key");
  }
  if (given == 0 && !security.insecure_control && !IsLoopback(address)) {
    return InvalidArgument(flag + " " + address +
                           " leaves loopback: give --tls-ca, --tls-cert and --tls-key (see "
                           "docs/distributed.md), or accept an open channel by --insecure-control");
  }
  return absl::OkStatus();
}

StatusOr<std::shared_ptr<grpc::ServerCredentials>> ServerCredentialsFor(const ControlSecurity& s) {
  if (!s.uses_tls()) return grpc::InsecureServerCredentials();
  ASSIGN_OR_RETURN(PemFiles files, ReadFiles(s));
  grpc::SslServerCredentialsOptions options(
      GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY);
  options.pem_root_certs = files.ca.text;
  options.pem_key_cert_pairs.push_back({files.key.text, files.cert.text});
  return grpc::SslServerCredentials(options);
}

StatusOr<std::shared_ptr<grpc::ChannelCredentials>> ChannelCredentialsFor(
    const ControlSecurity& s) {
  if (!s.uses_tls()) return grpc::InsecureChannelCredentials();
  ASSIGN_OR_RETURN(PemFiles files, ReadFiles(s));
  return grpc::SslCredentials({files.ca.text, files.key.text, files.cert.text});
}

}  // namespace muster

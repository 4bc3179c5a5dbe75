#include "common/session/grpc_security.h"

#include <grpcpp/security/credentials.h>
#include <grpcpp/security/server_credentials.h>

#include <charconv>
#include <fstream>
#include <sstream>

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

StatusOr<std::string> ReadPem(const char* flag, const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  if (!file || !(text << file.rdbuf())) {
    return InvalidArgument(std::string(flag) + ": cannot read " + path);
  }
  if (text.str().find("-----BEGIN") == std::string::npos) {
    return InvalidArgument(std::string(flag) + ": " + path + " is not a PEM file");
  }
  return text.str();
}

struct PemFiles {
  std::string ca, cert, key;
};

StatusOr<PemFiles> ReadFiles(const ControlSecurity& s) {
  PemFiles files;
  ASSIGN_OR_RETURN(files.ca, ReadPem("--tls-ca", s.tls_ca));
  ASSIGN_OR_RETURN(files.cert, ReadPem("--tls-cert", s.tls_cert));
  ASSIGN_OR_RETURN(files.key, ReadPem("--tls-key", s.tls_key));
  return files;
}

}  // namespace

bool IsLoopback(const std::string& address) {
  if (address.rfind("unix:", 0) == 0) return true;
  std::string host, port;
  if (!SplitAddress(address, &host, &port)) return false;
  if (host == "localhost" || host == "::1") return true;
  return host.rfind("127.", 0) == 0 && host.find_first_not_of("0123456789.") == std::string::npos;
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
  options.pem_root_certs = files.ca;
  options.pem_key_cert_pairs.push_back({files.key, files.cert});
  return grpc::SslServerCredentials(options);
}

StatusOr<std::shared_ptr<grpc::ChannelCredentials>> ChannelCredentialsFor(
    const ControlSecurity& s) {
  if (!s.uses_tls()) return grpc::InsecureChannelCredentials();
  ASSIGN_OR_RETURN(PemFiles files, ReadFiles(s));
  return grpc::SslCredentials({files.ca, files.key, files.cert});
}

}  // namespace muster

// How the control channel between master and workers is secured: mutual TLS from files, or nothing
// on loopback, or nothing elsewhere by explicit choice. Reads the files once; values afterwards.
#pragma once

#include <memory>
#include <string>

#include "common/base/status.h"

namespace grpc {
class ChannelCredentials;
class ServerCredentials;
}  // namespace grpc

namespace muster {

// As given on the command line: paths to PEM files; all empty means no TLS.
struct ControlSecurity {
  std::string tls_ca = {};           // --tls-ca: who signs the other side's certificate
  std::string tls_cert = {};         // --tls-cert
  std::string tls_key = {};          // --tls-key
  std::string tls_server_name = {};  // --tls-server-name: in the other side's certificate
  bool insecure_control = false;

  bool uses_tls() const { return !tls_cert.empty(); }
};

// True for 127.0.0.0/8, ::1 and localhost. `address` is HOST:PORT.
bool IsLoopback(const std::string& address);
// Refuses an address without a port, with one out of range, and half-given TLS flags; off loopback
// it refuses plain text unless `insecure_control`. `flag`: the flag that named the address, for the
// message.
Status CheckControlAddress(const std::string& flag, const std::string& address,
                           const ControlSecurity& security);

// Read and check the files (at most 1 MiB each); errors name flag and file: unreadable, no PEM,
// expired, or a key that is not the certificate's.
StatusOr<std::shared_ptr<grpc::ServerCredentials>> ServerCredentialsFor(const ControlSecurity& s);
StatusOr<std::shared_ptr<grpc::ChannelCredentials>> ChannelCredentialsFor(const ControlSecurity& s);

}  // namespace muster

#include "worker/net/asio_resolver.h"

#include <sys/un.h>

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

namespace muster {
namespace {

namespace ip = boost::asio::ip;

constexpr size_t kMaxAddresses = 64;

bool SameHost(const std::string& a, const std::string& b) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c; };
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [&](char x, char y) { return lower(x) == lower(y); });
}

Endpoint ToEndpoint(const ip::address& address, uint16_t port) {
  Endpoint endpoint;
  endpoint.family = address.is_v4() ? Endpoint::Family::kIpv4 : Endpoint::Family::kIpv6;
  endpoint.address = address.to_string();
  endpoint.port = port;
  return endpoint;
}

StatusOr<std::vector<Endpoint>> AskSystem(const std::string& host, uint16_t port) {
  const std::string advice = "; check the name, or give its address with --resolve " + host + ":" +
                             std::to_string(port) + ":ADDRESS";
  boost::asio::io_context io;
  ip::tcp::resolver resolver(io);
  boost::system::error_code error;
  const auto found =
      resolver.resolve(host, std::to_string(port), ip::resolver_base::numeric_service, error);
  if (error) return Unavailable("cannot resolve '" + host + "': " + error.message() + advice);
  std::vector<Endpoint> endpoints;
  for (const auto& entry : found) {
    const Endpoint endpoint = ToEndpoint(entry.endpoint().address(), port);
    const bool known = std::find(endpoints.begin(), endpoints.end(), endpoint) != endpoints.end();
    if (!known && endpoints.size() < kMaxAddresses) endpoints.push_back(endpoint);
  }
  if (endpoints.empty()) return Unavailable("'" + host + "' has no address" + advice);
  return endpoints;
}

}  // namespace

StatusOr<std::vector<Endpoint>> Resolve(const std::string& host, uint16_t port,
                                        std::span<const AddressRule> rules) {
  std::vector<Endpoint> ruled;
  boost::system::error_code error;
  for (const AddressRule& rule : rules) {
    if (rule.port != port || !SameHost(rule.host, host)) continue;
    const ip::address address = ip::make_address(rule.address, error);
    if (error) {
      return InvalidArgument("--resolve " + rule.host + ":" + std::to_string(rule.port) + ":" +
                             rule.address + ": '" + rule.address +
                             "' is not an IPv4 or IPv6 address");
    }
    if (ruled.size() < kMaxAddresses) ruled.push_back(ToEndpoint(address, port));
  }
  if (!ruled.empty()) return ruled;
  const ip::address literal = ip::make_address(host, error);
  if (!error) return std::vector<Endpoint>{ToEndpoint(literal, port)};
  return AskSystem(host, port);
}

StatusOr<Endpoint> UnixEndpoint(const std::string& path) {
  constexpr size_t kLongest = sizeof(sockaddr_un::sun_path) - 1;
  if (path.empty() || path.size() > kLongest) {
    return InvalidArgument("'" + path + "' can't be the path of a Unix socket: it has " +
                           std::to_string(path.size()) + " bytes, 1 to " +
                           std::to_string(kLongest) + " are possible");
  }
  return Endpoint{Endpoint::Family::kUnix, path, 0};
}

}  // namespace muster

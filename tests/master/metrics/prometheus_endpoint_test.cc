#include "master/metrics/prometheus_endpoint.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>

namespace muster {
namespace {

using testing::HasSubstr;
using testing::Not;

std::vector<prometheus::MetricFamily> Gauge(const std::string& name, double value) {
  prometheus::MetricFamily family;
  family.name = name;
  family.help = "A gauge.";
  family.type = prometheus::MetricType::Gauge;
  family.metric.emplace_back().gauge.value = value;
  return {family};
}

// The whole answer to a scrape of 127.0.0.1.
std::string Scrape(const std::string& address) {
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  to.sin_port = htons(
      static_cast<uint16_t>(std::strtoul(address.c_str() + address.rfind(':') + 1, nullptr, 10)));
  const int fd = socket(AF_INET, SOCK_STREAM, 0);
  EXPECT_EQ(connect(fd, reinterpret_cast<sockaddr*>(&to), sizeof(to)), 0) << address;
  const std::string request = "GET /metrics HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n";
  EXPECT_EQ(send(fd, request.data(), request.size(), 0), static_cast<ssize_t>(request.size()));
  std::string answer;
  char buffer[4096];
  for (ssize_t n; (n = recv(fd, buffer, sizeof(buffer), 0)) > 0;) {
    answer.append(buffer, static_cast<size_t>(n));
  }
  close(fd);
  return answer;
}

TEST(PrometheusEndpointTest, ServesWhatWasPublishedLast) {
  auto endpoint = PrometheusEndpoint::Start("127.0.0.1", 0);
  ASSERT_TRUE(endpoint.ok()) << endpoint.status();
  const std::string address = (*endpoint)->address();
  EXPECT_THAT(Scrape(address), HasSubstr("200 OK"));
  (*endpoint)->Publish(Gauge("muster_first", 1));
  (*endpoint)->Publish(Gauge("muster_second", 2));
  EXPECT_FALSE((*endpoint)->taken());
  const std::string answer = Scrape(address);
  EXPECT_TRUE((*endpoint)->taken());
  EXPECT_THAT(answer, HasSubstr("muster_second 2"));
  EXPECT_THAT(answer, Not(HasSubstr("muster_first")));
  (*endpoint)->Publish(Gauge("muster_third", 3));
  EXPECT_FALSE((*endpoint)->taken());
}

TEST(PrometheusEndpointTest, APortInUseIsRefusedByName) {
  const auto first = PrometheusEndpoint::Start("127.0.0.1", 0);
  ASSERT_TRUE(first.ok()) << first.status();
  const std::string address = (*first)->address();
  const auto port = std::strtoul(address.c_str() + address.rfind(':') + 1, nullptr, 10);
  const auto second = PrometheusEndpoint::Start("127.0.0.1", static_cast<uint16_t>(port));
  ASSERT_FALSE(second.ok());
  EXPECT_EQ(Message(second.status()), "can't listen on " + address + ": Address already in use");
}

TEST(PrometheusEndpointTest, AnAddressOfAnotherHostIsRefused) {
  const auto endpoint = PrometheusEndpoint::Start("192.0.2.77", 9464);
  ASSERT_FALSE(endpoint.ok());
  EXPECT_THAT(Message(endpoint.status()), HasSubstr("192.0.2.77:9464: Cannot assign"));
}

TEST(PrometheusEndpointTest, OnlyIpv4AddressesAreTaken) {
  for (const char* host : {"::1", "localhost", ""}) {
    EXPECT_FALSE(PrometheusEndpoint::Start(host, 0).ok()) << host;
  }
}

}  // namespace
}  // namespace muster

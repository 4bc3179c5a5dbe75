#include "worker/net/asio_resolver.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace muster {
namespace {

using Family = Endpoint::Family;
using testing::ElementsAre;
using testing::HasSubstr;

TEST(AsioResolverTest, LiteralsAreThemselves) {
  EXPECT_THAT(Resolve("127.0.0.1", 80, {}).value(),
              ElementsAre(Endpoint{Family::kIpv4, "127.0.0.1", 80}));
  EXPECT_THAT(Resolve("::1", 8080, {}).value(), ElementsAre(Endpoint{Family::kIpv6, "::1", 8080}));
}

TEST(AsioResolverTest, LocalhostIsALoopbackAddress) {
  const auto endpoints = Resolve("localhost", 81, {});
  ASSERT_TRUE(endpoints.ok()) << endpoints.status();
  for (const Endpoint& endpoint : *endpoints) {
    EXPECT_THAT(endpoint.address, testing::AnyOf("127.0.0.1", "::1"));
    EXPECT_EQ(endpoint.port, 81);
  }
}

TEST(AsioResolverTest, RulesOfTheNameAndPortWinInTheirOrder) {
  const AddressRule rules[] = {{"shop.example", 80, "192.0.2.1"},
                               {"shop.example", 81, "192.0.2.2"},
                               {"SHOP.example", 80, "2001:db8::1"},
                               {"other.example", 80, "192.0.2.3"}};
  EXPECT_THAT(Resolve("Shop.Example", 80, rules).value(),
              ElementsAre(Endpoint{Family::kIpv4, "192.0.2.1", 80},
                          Endpoint{Family::kIpv6, "2001:db8::1", 80}));
  EXPECT_THAT(Resolve("shop.example", 81, rules).value(),
              ElementsAre(Endpoint{Family::kIpv4, "192.0.2.2", 81}));
}

TEST(AsioResolverTest, ARuleMayReplaceALiteral) {
  const AddressRule rules[] = {{"192.0.2.9", 80, "127.0.0.1"}};
  EXPECT_THAT(Resolve("192.0.2.9", 80, rules).value(),
              ElementsAre(Endpoint{Family::kIpv4, "127.0.0.1", 80}));
}

TEST(AsioResolverTest, ARuleThatGivesNoAddressIsNamed) {
  const AddressRule rules[] = {{"a", 80, "b.example"}};
  EXPECT_THAT(Message(Resolve("a", 80, rules).status()), HasSubstr("--resolve a:80:b.example"));
}

TEST(AsioResolverTest, AnUnknownNameIsNamedWithAWayOut) {
  // RFC 6761 keeps .invalid unknown.
  const Status status = Resolve("muster.invalid", 80, {}).status();
  EXPECT_THAT(Message(status), HasSubstr("cannot resolve 'muster.invalid'"));
  EXPECT_THAT(Message(status), HasSubstr("--resolve muster.invalid:80:ADDRESS"));
}

TEST(AsioResolverTest, UnixPathsUpToTheKernelsLimit) {
  const std::string longest(107, 'x');
  EXPECT_EQ(UnixEndpoint(longest).value(), (Endpoint{Family::kUnix, longest, 0}));
  EXPECT_THAT(Message(UnixEndpoint(longest + "x").status()), HasSubstr("108 bytes"));
  EXPECT_FALSE(UnixEndpoint("").ok());
}

}  // namespace
}  // namespace muster

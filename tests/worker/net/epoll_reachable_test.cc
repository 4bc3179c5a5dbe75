#include "worker/net/epoll_reachable.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/loopback_server.h"

namespace muster {
namespace {

using Family = Endpoint::Family;
using testing::ElementsAre;
constexpr Duration kLimit = Duration::Seconds(5);

TEST(EpollReachableTest, OfTwoFamiliesTheOneThatRefusesIsDropped) {
  const LoopbackServer server(Family::kIpv4, {});
  const RefusingAddress refusing(Family::kIpv6);
  EXPECT_THAT(DropUnreachable({refusing.endpoint(), server.endpoint()}, kLimit),
              ElementsAre(server.endpoint()));
}

TEST(EpollReachableTest, BothAreKeptWhenBothAccept) {
  const LoopbackServer first(Family::kIpv6, {});
  const LoopbackServer second(Family::kIpv4, {});
  EXPECT_THAT(DropUnreachable({first.endpoint(), second.endpoint()}, kLimit),
              ElementsAre(first.endpoint(), second.endpoint()));
}

TEST(EpollReachableTest, WhenNoneAcceptsAllAreKept) {
  const RefusingAddress first(Family::kIpv6);
  const RefusingAddress second(Family::kIpv4);
  EXPECT_THAT(DropUnreachable({first.endpoint(), second.endpoint()}, kLimit),
              ElementsAre(first.endpoint(), second.endpoint()));
}

TEST(EpollReachableTest, OneFamilyIsNotAsked) {
  const LoopbackServer server(Family::kIpv4, {});
  const RefusingAddress refusing(Family::kIpv4);
  EXPECT_EQ(DropUnreachable({refusing.endpoint(), server.endpoint()}, kLimit).size(), 2u);
  EXPECT_EQ(server.accepted(), 0u);
}

}  // namespace
}  // namespace muster

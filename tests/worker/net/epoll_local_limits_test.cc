#include "worker/net/epoll_local_limits.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

namespace muster {
namespace {

TEST(EpollLocalLimitsTest, TheSoftLimitIsRaisedToTheHardOne) {
  rlimit before = {};
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &before), 0);
  const rlimit lowered = {64, before.rlim_max};
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &lowered), 0);
  const LocalLimits limits = RaiseLocalLimits();
  rlimit after = {};
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &after), 0);
  setrlimit(RLIMIT_NOFILE, &before);
  EXPECT_EQ(after.rlim_cur, before.rlim_max);
  EXPECT_EQ(limits.descriptors, before.rlim_max);
}

TEST(EpollLocalLimitsTest, PortsAreCountedWithBothEnds) {
  LocalLimits limits;
  EXPECT_EQ(limits.ports(), 0u);
  limits.first_port = 32768;
  limits.last_port = 60999;
  EXPECT_EQ(limits.ports(), 28232u);
  EXPECT_GT(RaiseLocalLimits().ports(), 0u);
}

}  // namespace
}  // namespace muster

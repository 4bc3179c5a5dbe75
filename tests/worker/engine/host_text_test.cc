#include "worker/engine/host_text.h"

#include <gtest/gtest.h>

namespace muster {
namespace {

TEST(HostTextTest, RunQueue) {
  EXPECT_EQ(RunQueueNs("123456 789 42\n"), 789u);
  EXPECT_EQ(RunQueueNs(""), std::nullopt);
  EXPECT_EQ(RunQueueNs("1 2\n"), std::nullopt);
  EXPECT_EQ(RunQueueNs("1 x 3\n"), std::nullopt);
}

TEST(HostTextTest, TicksOfTheHost) {
  const auto ticks =
      TicksOf("cpu  66192 111 74202 75343 626 0 34626 196 7 8\ncpu0 1 1 1 1 1 1 1 1 0 0\nintr 5\n");
  ASSERT_TRUE(ticks.has_value());
  EXPECT_EQ(ticks->all, 66192u + 111 + 74202 + 75343 + 626 + 0 + 34626 + 196) << "guest is in user";
  EXPECT_EQ(ticks->steal, 196u);
  EXPECT_FALSE(TicksOf("cpu 1 2 3\n").has_value());
  EXPECT_FALSE(TicksOf("intr 1 2 3 4 5 6 7 8 9\n").has_value());
  EXPECT_FALSE(TicksOf("cpu 1 2 3 4 5 -6 7 8 9\n").has_value());
}

TEST(HostTextTest, ThrottlingOfBothVersionsOfControlGroups) {
  EXPECT_EQ(ThrottledNs("nr_periods 10\nnr_throttled 2\nthrottled_time 1234567\n"), 1'234'567u);
  EXPECT_EQ(ThrottledNs("usage_usec 5\nnr_throttled 2\nthrottled_usec 1234\n"), 1'234'000u);
  EXPECT_EQ(ThrottledNs("usage_usec 5\n"), std::nullopt);
}

TEST(HostTextTest, PathsOfControlGroups) {
  const std::string v1 = "12:cpu,cpuacct:/jobs/a\n5:memory:/jobs\n1:name=systemd:/x:y\n";
  EXPECT_EQ(CgroupPath(v1, "cpu"), "/jobs/a");
  EXPECT_EQ(CgroupPath(v1, "cpuacct"), "/jobs/a");
  EXPECT_EQ(CgroupPath(v1, "memory"), "/jobs");
  EXPECT_EQ(CgroupPath(v1, "name=systemd"), "/x:y");
  EXPECT_EQ(CgroupPath(v1, ""), std::nullopt);
  EXPECT_EQ(CgroupPath("0::/user.slice\n", ""), "/user.slice");
  EXPECT_EQ(CgroupPath("nonsense\n", ""), std::nullopt);
}

TEST(HostTextTest, CountersOfTheNetwork) {
  const std::string text =
      "TcpExt: SyncookiesSent ListenOverflows ListenDrops\nTcpExt: 1 7 8\n"
      "IpExt: InNoRoutes ListenDrops\nIpExt: 3 4\n";
  EXPECT_EQ(NetCounter(text, "TcpExt:", "ListenDrops"), 8u);
  EXPECT_EQ(NetCounter(text, "IpExt:", "ListenDrops"), 4u);
  EXPECT_EQ(NetCounter(text, "TcpExt:", "Other"), std::nullopt);
  EXPECT_EQ(NetCounter("TcpExt: A B\nTcpExt: 1\n", "TcpExt:", "B"), std::nullopt);
  EXPECT_EQ(NetCounter("", "TcpExt:", "B"), std::nullopt);
}

TEST(HostTextTest, SocketsInTimeWait) {
  const std::string text =
      "sockets: used 290\nTCP: inuse 4 orphan 0 tw 17 alloc 5 mem 1\nUDP: inuse 2 tw 9\n";
  EXPECT_EQ(SocketCount(text, "TCP:", "tw"), 17u);
  EXPECT_EQ(SocketCount(text, "RAW:", "tw"), std::nullopt);
  EXPECT_EQ(SocketCount("TCP: tw\n", "TCP:", "tw"), std::nullopt);
}

TEST(HostTextTest, Ports) {
  EXPECT_EQ(PortsOf("32768\t60999\n"), 28'232u);
  EXPECT_EQ(PortsOf("5 4"), std::nullopt);
  EXPECT_EQ(PortsOf("5"), std::nullopt);
}

TEST(HostTextTest, Memory) {
  EXPECT_EQ(ResidentBytes("Name:\tmuster\nVmHWM:\t  99 kB\nVmRSS:\t   36744 kB\n"), 36744u * 1024);
  EXPECT_EQ(ResidentBytes("Name:\tmuster\n"), std::nullopt);
  EXPECT_EQ(LimitBytes("1073741824\n"), 1073741824u);
  EXPECT_EQ(LimitBytes("max\n"), std::nullopt);
  EXPECT_EQ(LimitBytes("9223372036854771712\n"), std::nullopt) << "version 1's way to say none";
}

}  // namespace
}  // namespace muster

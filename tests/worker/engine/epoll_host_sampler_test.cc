#include "worker/engine/epoll_host_sampler.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <vector>

namespace muster {
namespace {

TEST(CounterStepsTest, TheFirstReadingIsWhereItBegins) {
  CounterSteps steps;
  EXPECT_EQ(steps.Step(std::nullopt), 0u);
  EXPECT_EQ(steps.Step(1'000), 0u);
  EXPECT_EQ(steps.Step(1'250), 250u);
  EXPECT_EQ(steps.Step(std::nullopt), 0u);
  EXPECT_EQ(steps.Step(1'300), 50u);
  EXPECT_EQ(steps.Step(20), 0u) << "begun anew";
  EXPECT_EQ(steps.Step(25), 5u);
}

// What holds on any host.
TEST(HostSamplerTest, TellsWhatThisProcessHolds) {
  const MonoTime start = MonoTime::FromNanos(1'000'000'000);
  HostSampler sampler(start);
  EXPECT_EQ(sampler.Take(start + Duration::Millis(999)), GeneratorHealth()) << "not yet";
  const GeneratorHealth health = sampler.Take(start + Duration::Seconds(1));
  EXPECT_GT(health.memory_bytes, 1u << 20);
  EXPECT_GE(health.descriptors, 3u);
  EXPECT_GE(health.descriptor_limit, health.descriptors);
  EXPECT_EQ(sampler.Take(start + Duration::Millis(1'500)), GeneratorHealth());
  EXPECT_GT(sampler.Take(start + Duration::Millis(1'500), /*at_once=*/true).memory_bytes, 0u);
}

TEST(HostSamplerTest, MoreDescriptorsAreSeen) {
  const MonoTime start;
  HostSampler sampler(start);
  const uint64_t before = sampler.Take(start, true).descriptors;
  std::vector<int> files;
  for (int i = 0; i < 20; ++i) files.push_back(open("/dev/null", O_RDONLY));
  EXPECT_GE(sampler.Take(start, true).descriptors, before + 20);
  for (const int fd : files) close(fd);
}

TEST(ThreadSamplerTest, ReadsWithoutFailing) {
  ThreadSampler sampler;
  sampler.TakeRunQueueNs();
  EXPECT_LT(sampler.TakeRunQueueNs(), 60'000'000'000u) << "of the moments in between";
}

}  // namespace
}  // namespace muster

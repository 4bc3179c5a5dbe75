// The simulated pipe keeps the contract that the memory pipe keeps (typed suite over both), and the
// faults of link and host are what they say.
#include "tests/sim/sim_link.h"

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <vector>

#include "common/session/memory_pipe.h"
#include "tests/sim/sim_host.h"

namespace muster {
namespace {

struct Ends {
  std::unique_ptr<WorkerPipe> worker;
  std::unique_ptr<MasterPipe> master;
};
using MakeEnds = std::function<Ends(SimExecutor*)>;

Ends Memory(SimExecutor* executor) {
  MemoryPipes pipes = MakeMemoryPipes(*executor, *executor);
  return {std::move(pipes.worker), std::move(pipes.master)};
}
Ends Simulated(SimExecutor* executor) {
  SimLink link(executor, executor, executor,
               {.delay = Duration::Millis(3), .jitter = Duration::Millis(9), .seed = 5});
  return {link.TakeWorkerEnd(), link.TakeMasterEnd()};
}

class PipeContract : public testing::TestWithParam<MakeEnds> {
 protected:
  void Open() {
    ends_.worker->Open({.on_message =
                            [this](const MasterMessage& m) {
                              EXPECT_FALSE(inside_);
                              got_.push_back(std::get<Ack>(m).through);
                            },
                        .on_closed = [this](const Status&) { ++closed_; }});
  }
  void Send(uint64_t n) {
    inside_ = true;
    ends_.master->Send(Ack{"r", n});
    inside_ = false;
  }
  SimExecutor executor_;
  Ends ends_ = GetParam()(&executor_);
  std::vector<uint64_t> got_;
  int closed_ = 0;
  bool inside_ = false;
};

TEST_P(PipeContract, WholeInOrderOnceAndTheCloseLast) {
  Send(1);
  Open();
  for (uint64_t i = 2; i <= 50; ++i) Send(i);
  ends_.master->Close();
  Send(51);
  executor_.RunUntilIdle();
  ASSERT_EQ(got_.size(), 50U);
  for (uint64_t i = 0; i < 50; ++i) EXPECT_EQ(got_[i], i + 1);
  EXPECT_EQ(closed_, 1);
}

TEST_P(PipeContract, NoHandlerAfterTheOwnClose) {
  Open();
  Send(1);
  ends_.worker->Close();
  ends_.master->Close();
  executor_.RunUntilIdle();
  EXPECT_TRUE(got_.empty());
  EXPECT_EQ(closed_, 0);
}

TEST_P(PipeContract, DestroyedEndsLeaveNothingBehind) {
  Open();
  Send(1);
  ends_ = Ends();
  executor_.RunUntilIdle();
  EXPECT_TRUE(got_.empty());
}

INSTANTIATE_TEST_SUITE_P(Both, PipeContract, testing::Values(Memory, Simulated));

class SimLinkTest : public testing::Test {
 protected:
  SimLinkTest() {
    worker_->Open(
        {.on_message = [this](auto) { ++got_; }, .on_closed = [this](auto) { ++closed_; }});
    master_->Open({.on_message = [](auto) {}, .on_closed = [this](auto) { ++closed_; }});
    executor_.RunUntilIdle();
  }
  SimExecutor executor_;
  SimLink link_{&executor_, &executor_, &executor_, {.delay = Duration::Millis(5), .jitter = {}}};
  std::unique_ptr<WorkerPipe> worker_ = link_.TakeWorkerEnd();
  std::unique_ptr<MasterPipe> master_ = link_.TakeMasterEnd();
  int got_ = 0;
  int closed_ = 0;
};

TEST_F(SimLinkTest, ABreakLosesWhatIsOnItsWayAndTellsBothEnds) {
  master_->Send(Ack{"r", 1});
  executor_.RunFor(Duration::Millis(1));
  link_.Break();
  executor_.RunUntilIdle();
  EXPECT_EQ(got_, 0);
  EXPECT_EQ(closed_, 2);
  EXPECT_EQ(link_.lost(), 1U);
}

TEST_F(SimLinkTest, APartitionDelaysAndTellsNobodyUntilItHeals) {
  link_.Partition(executor_.Now() + Duration::Seconds(3));
  master_->Send(Ack{"r", 1});
  executor_.RunFor(Duration::Seconds(2));
  EXPECT_EQ(got_, 0);
  executor_.RunFor(Duration::Seconds(2));
  EXPECT_EQ(got_, 1);
  EXPECT_EQ(closed_, 0);
}

TEST(SimHost, ClockIsOffAndDriftsAndTimersKeepIt) {
  SimExecutor base;
  SimHost host(&base, Duration::Seconds(-77), 200);
  MonoTime fired;
  const MonoTime when = host.Now() + Duration::Seconds(10);
  host.ScheduleAt(when, [&] { fired = base.Now(); });
  const MonoTime start = base.Now();
  base.RunUntilIdle();
  EXPECT_GE(host.Now(), when);
  EXPECT_NEAR((fired - start).seconds(), 10.0 * (1 - 0.0002), 1e-5);
}

TEST(SimHost, AStallPutsEverythingOffInOrderAndCancelStillWorks) {
  SimExecutor base;
  SimHost host(&base, Duration(), 0);
  std::vector<int> ran;
  for (int i = 0; i < 3; ++i) {
    host.ScheduleAfter(Duration::Millis(10 + i), [&ran, i] { ran.push_back(i); });
  }
  const TimerId cancelled = host.ScheduleAfter(Duration::Millis(11), [&] { ran.push_back(9); });
  host.Stall(base.Now() + Duration::Seconds(1));
  base.RunFor(Duration::Millis(500));
  host.Cancel(cancelled);
  EXPECT_TRUE(ran.empty());
  base.RunFor(Duration::Seconds(1));
  EXPECT_EQ(ran, (std::vector<int>{0, 1, 2}));
}

TEST(SimHost, NothingRunsAfterAKill) {
  SimExecutor base;
  SimHost host(&base, Duration(), 0);
  int ran = 0;
  host.Post([&] { ++ran; });
  host.Kill();
  host.Post([&] { ++ran; });
  base.RunUntilIdle();
  EXPECT_EQ(ran, 0);
}

}  // namespace
}  // namespace muster

#include "common/session/memory_pipe.h"

#include <gtest/gtest.h>

#include <vector>

#include "tests/sim/sim_executor.h"

namespace muster {
namespace {

Ack AckOf(uint64_t through) { return Ack{"r", through}; }
uint64_t Through(const MasterMessage& message) { return std::get<Ack>(message).through; }

class MemoryPipeTest : public testing::Test {
 protected:
  void OpenWorker() {
    pipes_.worker->Open({.on_message = [this](auto m) { got_.push_back(Through(m)); },
                         .on_closed = [this](auto) { ++closed_; }});
  }
  SimExecutor executor_;
  MemoryPipes pipes_ = MakeMemoryPipes(executor_, executor_);
  std::vector<uint64_t> got_;
  int closed_ = 0;
};

TEST_F(MemoryPipeTest, DeliversInOrderAndNeverInsideSend) {
  OpenWorker();
  for (uint64_t i = 1; i <= 3; ++i) pipes_.master->Send(AckOf(i));
  EXPECT_TRUE(got_.empty());
  executor_.RunUntilIdle();
  EXPECT_EQ(got_, (std::vector<uint64_t>{1, 2, 3}));
}

TEST_F(MemoryPipeTest, KeepsWhatCameBeforeOpenAndTellsTheCloseLast) {
  pipes_.master->Send(AckOf(1));
  pipes_.master->Close();
  executor_.RunUntilIdle();
  OpenWorker();
  EXPECT_TRUE(got_.empty());
  executor_.RunUntilIdle();
  EXPECT_EQ(got_, std::vector<uint64_t>{1});
  EXPECT_EQ(closed_, 1);
}

TEST_F(MemoryPipeTest, ClosedEndHearsNothingMore) {
  OpenWorker();
  pipes_.master->Send(AckOf(1));
  pipes_.worker->Close();
  pipes_.master->Close();
  executor_.RunUntilIdle();
  EXPECT_TRUE(got_.empty());
  EXPECT_EQ(closed_, 0);
}

TEST_F(MemoryPipeTest, DestroyingAnEndInsideItsHandlerIsSafe) {
  pipes_.worker->Open({.on_message =
                           [this](auto m) {
                             got_.push_back(Through(m));
                             pipes_.worker.reset();
                           },
                       .on_closed = [this](auto) { ++closed_; }});
  pipes_.master->Send(AckOf(1));
  pipes_.master->Send(AckOf(2));
  executor_.RunUntilIdle();
  EXPECT_EQ(got_, std::vector<uint64_t>{1});
  EXPECT_EQ(closed_, 0);
}

TEST_F(MemoryPipeTest, SendAfterTheOtherEndHasGoneIsHarmless) {
  pipes_.worker.reset();
  pipes_.master->Send(AckOf(1));
  executor_.RunUntilIdle();
}

}  // namespace
}  // namespace muster

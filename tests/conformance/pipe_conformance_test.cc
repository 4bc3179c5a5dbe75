// The contract of Pipe (common/session/pipe.h), the same cases over the pipe in memory, the
// simulated link and gRPC over loopback.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include "common/session/memory_pipe.h"
#include "tests/sim/sim_executor.h"
#include "tests/sim/sim_link.h"
#ifdef MUSTER_HAS_GRPC
#include "tests/common/session/grpc_world.h"
#endif

namespace muster {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

struct Pair {
  std::unique_ptr<WorkerPipe> worker;
  std::unique_ptr<MasterPipe> master;
};

class SimWorld {
 public:
  Executor& executor() { return executor_; }
  bool RunUntil(const std::function<bool()>& condition) {
    return executor_.RunUntilTrue(condition, executor_.Now() + Duration::Seconds(20));
  }
  // Runs what could still happen.
  void Settle() { executor_.RunFor(Duration::Seconds(20)); }

 protected:
  SimExecutor executor_;
};

class MemoryWorld : public SimWorld {
 public:
  Pair Connect() {
    MemoryPipes pipes = MakeMemoryPipes(executor_, executor_);
    return {std::move(pipes.worker), std::move(pipes.master)};
  }
};

class LinkWorld : public SimWorld {
 public:
  Pair Connect() {
    links_.push_back(std::make_unique<SimLink>(
        &executor_, &executor_, &executor_,
        SimLinkOptions{Duration::Millis(2), Duration::Millis(3), links_.size()}));
    return {links_.back()->TakeWorkerEnd(), links_.back()->TakeMasterEnd()};
  }

 private:
  std::vector<std::unique_ptr<SimLink>> links_;
};

#ifdef MUSTER_HAS_GRPC
class LoopbackWorld {
 public:
  LoopbackWorld() { CHECK(world_.Listen().ok()); }
  Executor& executor() { return world_.executor(); }
  bool RunUntil(const std::function<bool()>& condition) { return world_.RunUntil(condition); }
  void Settle() { world_.RunFor(Duration::Millis(50)); }
  Pair Connect() {
    GrpcWorld::Pair pair = world_.Connect();
    return {std::move(pair.worker), std::move(pair.master)};
  }

 private:
  GrpcWorld world_;
};
using Worlds = testing::Types<MemoryWorld, LinkWorld, LoopbackWorld>;
#else
using Worlds = testing::Types<MemoryWorld, LinkWorld>;
#endif

Batch BatchOf(uint64_t sequence, std::string bytes = "") { return {"run", sequence, bytes}; }
Ack AckOf(uint64_t through) { return {"run", through}; }
uint64_t NumberOf(const WorkerMessage& message) { return std::get<Batch>(message).sequence; }
uint64_t NumberOf(const MasterMessage& message) { return std::get<Ack>(message).through; }

std::vector<uint64_t> UpTo(uint64_t last) {
  std::vector<uint64_t> numbers(last);
  std::iota(numbers.begin(), numbers.end(), 1);
  return numbers;
}

// What one end has heard.
struct Heard {
  template <typename Pipe>
  void Open(Pipe& pipe) {
    pipe.Open({.on_message = [this](const auto& m) { OnMessage(NumberOf(m)); },
               .on_closed =
                   [this](const Status& why) {
                     EXPECT_FALSE(calling_us) << "a handler inside Send, Close or Open";
                     ++closes;
                     reason = why;
                   }});
  }
  void OnMessage(uint64_t number) {
    EXPECT_FALSE(calling_us) << "a handler inside Send, Close or Open";
    EXPECT_EQ(closes, 0) << "a message after the close";
    numbers.push_back(number);
    if (then) then(number);
  }
  // No handler may be called inside.
  void Calling(const std::function<void()>& call) {
    calling_us = true;
    call();
    calling_us = false;
  }
  std::vector<uint64_t> numbers;
  int closes = 0;
  Status reason;
  std::function<void(uint64_t)> then;
  bool calling_us = false;
};

template <typename World>
class PipeConformance : public testing::Test {
 protected:
  void ConnectAndOpen() {
    pair_ = world_.Connect();
    at_worker_.Open(*pair_.worker);
    at_master_.Open(*pair_.master);
  }
  bool AwaitAtMaster(size_t count) {
    return world_.RunUntil([&] { return at_master_.numbers.size() >= count; });
  }
  bool AwaitAtWorker(size_t count) {
    return world_.RunUntil([&] { return at_worker_.numbers.size() >= count; });
  }

  World world_;
  Heard at_worker_;
  Heard at_master_;
  Pair pair_;  // goes first: what it heard is called by it
};
TYPED_TEST_SUITE(PipeConformance, Worlds);

TYPED_TEST(PipeConformance, MessagesArriveWholeAndInOrderBothWays) {
  this->ConnectAndOpen();
  for (uint64_t i = 1; i <= 10'000; ++i) {
    this->pair_.worker->Send(BatchOf(i, "x"));
    if (i % 10 == 0) this->pair_.master->Send(AckOf(i / 10));
  }
  EXPECT_TRUE(this->AwaitAtMaster(10'000));
  EXPECT_TRUE(this->AwaitAtWorker(1'000));
  EXPECT_EQ(this->at_master_.numbers, UpTo(10'000));
  EXPECT_EQ(this->at_worker_.numbers, UpTo(1'000));
}

TYPED_TEST(PipeConformance, ALargeBatchArrivesByteForByte) {
  Pair pair = this->world_.Connect();
  std::string bytes(10 << 20, '\0');
  for (size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<char>(i * 7 + (i >> 12));
  std::string got;
  pair.worker->Open({.on_message = [](auto) {}, .on_closed = [](auto) {}});
  pair.master->Open({.on_message = [&](const auto& m) { got = std::get<Batch>(m).bytes; },
                     .on_closed = [](auto) {}});
  pair.worker->Send(BatchOf(1, bytes));
  EXPECT_TRUE(this->world_.RunUntil([&] { return !got.empty(); }));
  EXPECT_TRUE(got == bytes);
}

TYPED_TEST(PipeConformance, WhatCameBeforeOpenIsKept) {
  Pair pair = this->world_.Connect();
  this->at_worker_.Open(*pair.worker);
  for (uint64_t i = 1; i <= 3; ++i) pair.worker->Send(BatchOf(i));
  this->world_.Settle();
  this->at_master_.Calling([&] { this->at_master_.Open(*pair.master); });
  EXPECT_TRUE(this->AwaitAtMaster(3));
  EXPECT_THAT(this->at_master_.numbers, ElementsAre(1, 2, 3));
}

TYPED_TEST(PipeConformance, TheEndThatCameBeforeOpenIsToldAfterItsMessages) {
  Pair pair = this->world_.Connect();
  pair.worker->Send(BatchOf(1));
  pair.worker.reset();
  this->world_.Settle();
  this->at_master_.Open(*pair.master);
  EXPECT_TRUE(this->world_.RunUntil([&] { return this->at_master_.closes == 1; }));
  EXPECT_THAT(this->at_master_.numbers, ElementsAre(1));
}

TYPED_TEST(PipeConformance, NoHandlerIsCalledInsideACall) {
  Pair pair = this->world_.Connect();
  Heard& worker = this->at_worker_;
  Heard& master = this->at_master_;
  const auto calling = [&](const std::function<void()>& call) {
    worker.Calling([&] { master.Calling(call); });
  };
  calling([&] { worker.Open(*pair.worker); });
  calling([&] { master.Open(*pair.master); });
  master.then = [&](uint64_t i) { calling([&] { pair.master->Send(AckOf(i)); }); };
  calling([&] { pair.worker->Send(BatchOf(1)); });
  EXPECT_TRUE(this->AwaitAtWorker(1));
  calling([&] { pair.worker->Close(); });
  EXPECT_TRUE(this->world_.RunUntil([&] { return master.closes == 1; }));
}

TYPED_TEST(PipeConformance, WhatWasSentBeforeACloseArrivesThenTheClose) {
  this->ConnectAndOpen();
  for (uint64_t i = 1; i <= 1'000; ++i)
    this->pair_.worker->Send(BatchOf(i, std::string(1000, 'x')));
  this->pair_.worker->Close();
  EXPECT_TRUE(this->world_.RunUntil([&] { return this->at_master_.closes == 1; }));
  EXPECT_EQ(this->at_master_.numbers, UpTo(1'000));
  EXPECT_EQ(this->at_master_.reason.code(), absl::StatusCode::kUnavailable);
  EXPECT_FALSE(Message(this->at_master_.reason).empty());
}

TYPED_TEST(PipeConformance, TheMastersCloseAlsoLetsWhatWasSentArrive) {
  this->ConnectAndOpen();
  for (uint64_t i = 1; i <= 1'000; ++i) this->pair_.master->Send(AckOf(i));
  this->pair_.master.reset();
  EXPECT_TRUE(this->world_.RunUntil([&] { return this->at_worker_.closes == 1; }));
  EXPECT_EQ(this->at_worker_.numbers, UpTo(1'000));
}

TYPED_TEST(PipeConformance, TheCloseIsToldOnceToTheOtherEndAlone) {
  this->ConnectAndOpen();
  this->pair_.worker->Close();
  this->pair_.worker->Close();
  EXPECT_TRUE(this->world_.RunUntil([&] { return this->at_master_.closes > 0; }));
  this->pair_.master->Close();
  this->world_.Settle();
  EXPECT_EQ(this->at_master_.closes, 1);
  EXPECT_EQ(this->at_worker_.closes, 0);
}

TYPED_TEST(PipeConformance, NothingIsHeardAfterOnesOwnClose) {
  this->ConnectAndOpen();
  for (uint64_t i = 1; i <= 100; ++i) this->pair_.master->Send(AckOf(i));
  this->at_worker_.then = [&](uint64_t i) {
    if (i == 3) this->pair_.worker->Close();
  };
  EXPECT_TRUE(this->world_.RunUntil([&] { return this->at_master_.closes == 1; }));
  this->world_.Settle();
  EXPECT_THAT(this->at_worker_.numbers, ElementsAre(1, 2, 3));
  EXPECT_EQ(this->at_worker_.closes, 0);
}

TYPED_TEST(PipeConformance, AnEndThatBothSidesCloseHearsNothing) {
  this->ConnectAndOpen();
  this->pair_.worker->Send(BatchOf(1));
  this->pair_.master->Close();
  this->pair_.worker->Close();
  this->world_.Settle();
  EXPECT_THAT(this->at_master_.numbers, IsEmpty());
  EXPECT_EQ(this->at_master_.closes + this->at_worker_.closes, 0);
}

TYPED_TEST(PipeConformance, AnEndMayBeDestroyedInsideItsHandlers) {
  this->ConnectAndOpen();
  this->at_worker_.then = [&](uint64_t) { this->pair_.worker.reset(); };
  this->pair_.master->Send(AckOf(1));
  this->pair_.master->Send(AckOf(2));
  EXPECT_TRUE(this->world_.RunUntil([&] { return this->at_master_.closes == 1; }));
  EXPECT_THAT(this->at_worker_.numbers, ElementsAre(1));
}

TYPED_TEST(PipeConformance, AnEndMayBeDestroyedInsideOnClosed) {
  Pair pair = this->world_.Connect();
  bool closed = false;
  pair.worker->Open({.on_message = [](auto) {},
                     .on_closed =
                         [&](auto) {
                           pair.worker.reset();
                           closed = true;
                         }});
  this->at_master_.Open(*pair.master);
  pair.master->Close();
  EXPECT_TRUE(this->world_.RunUntil([&] { return closed; }));
}

TYPED_TEST(PipeConformance, SendingToAnEndThatIsGoneIsHarmless) {
  this->ConnectAndOpen();
  this->pair_.worker.reset();
  for (uint64_t i = 1; i <= 100; ++i) this->pair_.master->Send(AckOf(i));
  EXPECT_TRUE(this->world_.RunUntil([&] { return this->at_master_.closes == 1; }));
  this->pair_.master->Send(AckOf(101));
  this->pair_.master->Close();
  this->world_.Settle();
  EXPECT_EQ(this->at_master_.closes, 1);
}

TYPED_TEST(PipeConformance, AnEndThatNobodyOpenedMayGo) {
  Pair pair = this->world_.Connect();
  pair.worker->Send(BatchOf(1));
  pair.master.reset();
  this->at_worker_.Open(*pair.worker);
  EXPECT_TRUE(this->world_.RunUntil([&] { return this->at_worker_.closes == 1; }));
}

TYPED_TEST(PipeConformance, FiftyPipesKeepApart) {
  constexpr size_t kPipes = 50;
  std::vector<Heard> heard(kPipes);
  std::vector<Pair> pairs;
  for (size_t i = 0; i < kPipes; ++i) {
    pairs.push_back(this->world_.Connect());
    heard[i].Open(*pairs[i].master);
    pairs[i].worker->Open({.on_message = [](auto) {}, .on_closed = [](auto) {}});
  }
  for (uint64_t n = 1; n <= 20; ++n) {
    for (size_t i = 0; i < kPipes; ++i) pairs[i].worker->Send(BatchOf(100 * i + n));
  }
  EXPECT_TRUE(this->world_.RunUntil([&] {
    return std::all_of(heard.begin(), heard.end(), [](auto& h) { return h.numbers.size() >= 20; });
  }));
  for (size_t i = 0; i < kPipes; ++i) {
    std::vector<uint64_t> expected = UpTo(20);
    for (uint64_t& number : expected) number += 100 * i;
    EXPECT_EQ(heard[i].numbers, expected);
  }
}

}  // namespace
}  // namespace muster

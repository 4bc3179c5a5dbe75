#include "master/session/run_session.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>

#include "common/session/memory_pipe.h"
#include "tests/sim/sim_executor.h"
#include "tests/support/small_plan.h"

namespace muster {
namespace {

// A worker's end of a link, and what came over it.
struct Peer {
  std::unique_ptr<WorkerPipe> pipe;
  std::vector<MasterMessage> got;
  bool closed = false;

  template <typename T>
  std::vector<T> Got() const {
    std::vector<T> all;
    for (const MasterMessage& message : got) {
      if (const T* m = std::get_if<T>(&message)) all.push_back(*m);
    }
    return all;
  }
};

class RunSessionTest : public testing::Test {
 protected:
  void Create(uint32_t workers) {
    RunRequest request;
    request.plan = std::make_shared<const Plan>(Plan::Create(SmallSpec()).value());
    request.run_id = "r1";
    request.workers = workers;
    session_ = std::make_unique<RunSession>(
        executor_, "0.1.0", request, [](uint32_t, DeltaBatch) { return absl::OkStatus(); },
        RunSession::Callbacks{[this] { ++finished_; }, nullptr});
  }
  std::shared_ptr<Peer> Link() {
    MemoryPipes pipes = MakeMemoryPipes(executor_, executor_);
    auto peer = std::make_shared<Peer>();
    peer->pipe = std::move(pipes.worker);
    peer->pipe->Open({.on_message = [p = peer.get()](auto m) { p->got.push_back(std::move(m)); },
                      .on_closed = [p = peer.get()](auto) { p->closed = true; }});
    session_->AddLink(std::move(pipes.master));
    return peer;
  }
  void Say(const std::shared_ptr<Peer>& peer, WorkerMessage message) {
    peer->pipe->Send(std::move(message));
    executor_.RunFor(Duration::Millis(1));
  }
  std::shared_ptr<Peer> Greet(const std::string& name, uint64_t instance) {
    auto peer = Link();
    Hello hello;
    hello.build = "0.1.0";
    hello.name = name;
    hello.instance = instance;
    hello.lease = Duration::Seconds(5);
    Say(peer, hello);
    return peer;
  }

  SimExecutor executor_;
  int finished_ = 0;
  std::unique_ptr<RunSession> session_;
};

TEST_F(RunSessionTest, WelcomesAWorkerAndAnswersItsPings) {
  Create(2);
  const auto peer = Greet("a", 1);
  EXPECT_EQ(peer->Got<Welcome>(), std::vector<Welcome>{Welcome{}});
  Say(peer, Ping{3, MonoTime::FromNanos(9)});
  ASSERT_EQ(peer->Got<Pong>().size(), 1U);
  EXPECT_EQ(peer->Got<Pong>()[0].ping_sent, MonoTime::FromNanos(9));
  EXPECT_EQ(session_->LiveText(), "1/2 workers: a");
}

TEST_F(RunSessionTest, APeerThatDoesNotGreetIsClosed) {
  Create(1);
  const auto silent = Link();
  const auto rude = Link();
  Say(rude, Ping{1, MonoTime::FromNanos(1)});
  EXPECT_TRUE(rude->closed);
  executor_.RunFor(RunSession::kHelloLimit + Duration::Millis(200));
  EXPECT_TRUE(silent->closed);
}

TEST_F(RunSessionTest, ARefusedWorkerIsToldWhyAndHeardNoMore) {
  Create(2);
  const auto first = Greet("a", 1);
  const auto second = Greet("a", 2);
  ASSERT_EQ(second->Got<Welcome>().size(), 1U);
  EXPECT_TRUE(second->Got<Welcome>()[0].final);
  Say(second, Ping{1, MonoTime::FromNanos(1)});
  EXPECT_TRUE(second->Got<Pong>().empty());
  EXPECT_EQ(session_->LiveText(), "1/2 workers: a");
}

TEST_F(RunSessionTest, ANewLinkOfAWorkerVoidsItsOldOne) {
  Create(2);
  const auto old_link = Greet("a", 1);
  const auto new_link = Greet("a", 1);
  EXPECT_TRUE(old_link->closed);
  EXPECT_EQ(session_->LiveText(), "1/2 workers: a");
  Say(new_link, Ping{1, MonoTime::FromNanos(1)});
  EXPECT_EQ(new_link->Got<Pong>().size(), 1U);
}

TEST_F(RunSessionTest, StatesFollowTheRun) {
  Create(1);
  const auto a = Greet("a", 1);
  const auto b = Greet("b", 2);
  EXPECT_EQ(a->Got<Prepare>().size(), 1U);
  EXPECT_TRUE(b->Got<Prepare>().empty());
  EXPECT_EQ(session_->registry().entry(0).state, WorkerState::kRunning);
  EXPECT_EQ(session_->registry().entry(1).state, WorkerState::kSpare);
}

TEST_F(RunSessionTest, ByeUnlistsTheWorkerAndClosesItsLink) {
  Create(2);
  const auto a = Greet("a", 1);
  Say(a, Bye{"shutting down"});
  EXPECT_TRUE(a->closed);
  EXPECT_EQ(session_->LiveText(), "0/2 workers");
}

TEST_F(RunSessionTest, FinishedIsToldOnceAndNotInsideACall) {
  Create(1);
  session_->Stop();
  EXPECT_TRUE(session_->finished());
  EXPECT_EQ(finished_, 0);
  executor_.RunFor(Duration::Seconds(1));
  EXPECT_EQ(finished_, 1);
}

TEST_F(RunSessionTest, DestroyingItClosesEveryLink) {
  Create(2);
  const auto a = Greet("a", 1);
  const auto b = Link();
  session_.reset();
  executor_.RunFor(Duration::Seconds(1));
  EXPECT_TRUE(a->closed);
  EXPECT_TRUE(b->closed);
}

}  // namespace
}  // namespace muster

#include "worker/session/worker_session.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include "common/session/memory_pipe.h"
#include "common/wire/codec.h"
#include "tests/sim/sim_executor.h"
#include "tests/support/small_plan.h"

namespace muster {
namespace {

using LinkState = WorkerSession::LinkState;
using RunState = WorkerSession::RunState;

// Engines that do nothing by themselves: the test hands over their deltas.
class ScriptedEngines : public EngineGroup {
 public:
  Status Prepare(std::shared_ptr<const Plan>, const Assignment&, bool) override {
    ++prepared;
    return prepare_status;
  }
  void Start(MonoTime at, std::function<void(std::unique_ptr<EngineDelta>)> on_delta) override {
    t0.push_back(at);
    on_delta_ = std::move(on_delta);
  }
  void Stop(StopMode mode) override { stops.push_back(mode); }
  void Amend(std::shared_ptr<const Plan> plan, RunTime from,
             std::function<void(bool in_time)> on_done) override {
    amended.push_back({std::move(plan), from});
    answer_ = std::move(on_done);
  }
  void SetLease(MonoTime until) override { lease = until; }
  void SetSpoolFull(bool full) override { spool_full = full; }
  uint32_t threads() const override { return 1; }
  void Finish() override { ++finished; }

  void HandOver(int64_t through_ms, bool last = false) {
    auto delta = std::make_unique<EngineDelta>();
    delta->accounted_through = RunTime() + Duration::Millis(through_ms);
    delta->last = last;
    Counts& counts = delta->cells[CellKey{}].counts;
    counts.due = counts.not_started[0] = 1;
    on_delta_(std::move(delta));
  }
  void HandOver(std::unique_ptr<EngineDelta> delta) { on_delta_(std::move(delta)); }
  void AnswerAmend(bool in_time) { answer_(in_time); }

  Status prepare_status;
  int prepared = 0;
  int finished = 0;
  std::vector<MonoTime> t0;
  std::vector<StopMode> stops;
  std::vector<std::pair<std::shared_ptr<const Plan>, RunTime>> amended;
  MonoTime lease;
  bool spool_full = false;

 private:
  std::function<void(std::unique_ptr<EngineDelta>)> on_delta_;
  std::function<void(bool)> answer_;
};

class WorkerSessionTest : public testing::Test {
 protected:
  static constexpr Duration kLease = Duration::Seconds(10);

  WorkerSessionTest() { options_.build = "0.1.0"; }

  void Start() {
    options_.name = "w1";
    options_.instance = 42;
    options_.lease = kLease;
    session_ = std::make_unique<WorkerSession>(
        executor_, engines_, options_, [this] { return NewLink(); },
        [this](Status status) { done_.push_back(std::move(status)); }, nullptr);
    session_->Start();
    Settle();
  }
  std::unique_ptr<WorkerPipe> NewLink() {
    MemoryPipes pipes = MakeMemoryPipes(executor_, executor_);
    ++links_;
    master_ = std::move(pipes.master);
    master_closed_ = false;
    const int link = links_;
    master_->Open({.on_message = [this](WorkerMessage m) { OnMessage(std::move(m)); },
                   .on_closed =
                       [this, link](const Status&) {
                         if (link == links_) master_closed_ = true;
                       }});
    if (!accepting_) master_->Close();
    return std::move(pipes.worker);
  }
  void OnMessage(WorkerMessage message) {
    if (const auto* ping = std::get_if<Ping>(&message)) {
      ++pings_;
      if (!answering_) return;
      const MonoTime now = executor_.Now() + kMasterAhead;
      const Pong pong{ping->id, ping->sent, now, now};
      executor_.ScheduleAfter(answer_delay_, [this, pong] { master_->Send(pong); });
      return;
    }
    got_.push_back(std::move(message));
  }
  void Settle() { executor_.RunFor(Duration::Millis(1)); }
  void Say(MasterMessage message) {
    master_->Send(std::move(message));
    Settle();
  }
  // What the worker said since the last call, of one kind.
  template <typename T>
  std::vector<T> Take() {
    std::vector<T> taken;
    for (const WorkerMessage& message : got_) {
      if (const T* m = std::get_if<T>(&message)) taken.push_back(*m);
    }
    std::erase_if(got_, [](const WorkerMessage& m) { return std::holds_alternative<T>(m); });
    return taken;
  }
  Prepare PrepareOf(const std::string& run) const {
    const std::string bytes = EncodePlan(SmallSpec());
    return Prepare{run, bytes, HashPlan(bytes), Assignment{0, {1}}, false};
  }

  // The plan of PrepareOf with so many holds of a second on end, from 3 s on.
  AmendPlan AmendOf(const std::string& run, int64_t holds) const {
    PlanSpec spec = Plan::Create(SmallSpec())->spec();
    for (int64_t i = 0; i < holds; ++i) {
      spec.holds.push_back({RunTime() + Duration::Seconds(3 + i), Duration::Seconds(1)});
    }
    return AmendPlan{run, spec.holds, HashPlan(EncodePlan(spec))};
  }

  // --- to each state
  void ToIdle() {
    Start();
    Say(Welcome{});
    Take<Hello>();
  }
  void ToPrepared() {
    ToIdle();
    Say(PrepareOf("r1"));
  }
  void ToRunning() {
    ToPrepared();
    Take<Ready>();
    Say(StartRun{"r1", executor_.Now() + kMasterAhead + Duration::Millis(50)});
  }
  void ToDelivering() {
    ToRunning();
    engines_.HandOver(100);
    engines_.HandOver(200, true);
    Settle();
  }
  void To(RunState state) {
    switch (state) {
      case RunState::kIdle:
        return ToIdle();
      case RunState::kPrepared:
        return ToPrepared();
      case RunState::kRunning:
        return ToRunning();
      case RunState::kDelivering:
        return ToDelivering();
    }
  }
  void BreakLink() {
    master_->Close();
    Settle();
  }
  // Breaks the link, waits for the next one and welcomes it.
  void Relink() {
    BreakLink();
    const int before = links_;
    executor_.RunUntilTrue([&] { return links_ > before; });
    Settle();
    Say(Welcome{});
  }

  static constexpr Duration kMasterAhead = Duration::Seconds(5000);
  WorkerSessionOptions options_;
  SimExecutor executor_;
  ScriptedEngines engines_;
  std::unique_ptr<MasterPipe> master_;
  int links_ = 0;
  int pings_ = 0;
  bool accepting_ = true;
  bool answering_ = true;
  Duration answer_delay_;
  bool master_closed_ = false;
  std::vector<WorkerMessage> got_;
  std::vector<Status> done_;
  std::unique_ptr<WorkerSession> session_;
};

// --- greeting and clocks

TEST_F(WorkerSessionTest, SaysHelloFirstAndWaitsForTheWelcome) {
  Start();
  const std::vector<Hello> hellos = Take<Hello>();
  ASSERT_EQ(hellos.size(), 1U);
  EXPECT_EQ(hellos[0].name, "w1");
  EXPECT_EQ(hellos[0].instance, 42U);
  EXPECT_EQ(hellos[0].run_id, "");
  EXPECT_EQ(session_->link_state(), LinkState::kGreeting);
  EXPECT_EQ(pings_, 0);
}

TEST_F(WorkerSessionTest, BurstsEightPingsThenOneEvery200Ms) {
  ToIdle();
  EXPECT_EQ(pings_, 8);
  executor_.RunFor(Duration::Seconds(1));
  EXPECT_EQ(pings_, 13);
}

TEST_F(WorkerSessionTest, MessagesBeforeTheWelcomeMeanNothing) {
  Start();
  Say(PrepareOf("r1"));
  EXPECT_EQ(session_->run_state(), RunState::kIdle);
}

TEST_F(WorkerSessionTest, RefusedForGoodEndsTheSession) {
  Start();
  Say(Welcome{"name taken", true});
  ASSERT_EQ(done_.size(), 1U);
  EXPECT_EQ(done_[0].message(), "name taken");
  EXPECT_EQ(session_->link_state(), LinkState::kClosed);
}

TEST_F(WorkerSessionTest, RefusedForNowTriesAgain) {
  Start();
  Say(Welcome{"not yet", false});
  EXPECT_EQ(session_->link_state(), LinkState::kDown);
  executor_.RunFor(Duration::Seconds(1));
  EXPECT_GE(links_, 2);
  EXPECT_TRUE(done_.empty());
}

TEST_F(WorkerSessionTest, BackOffDoublesFrom100MsTo2SWithJitterBelowIt) {
  accepting_ = false;
  std::vector<MonoTime> attempts;
  Start();
  for (int i = 0; i < 10; ++i) {
    const int before = links_;
    executor_.RunUntilTrue([&] { return links_ > before; });
    attempts.push_back(executor_.Now());
  }
  Duration longest = Duration::Millis(200);
  for (size_t i = 1; i < attempts.size(); ++i) {
    EXPECT_GE(attempts[i] - attempts[i - 1], longest / 2);
    EXPECT_LE(attempts[i] - attempts[i - 1], longest + Duration::Millis(1));
    longest = std::min(longest * 2, Duration::Seconds(2));
  }
}

TEST_F(WorkerSessionTest, ASilentMasterIsReconnectedTo) {
  ToIdle();
  answering_ = false;
  executor_.RunFor(kLease / 2 + Duration::Seconds(1));
  EXPECT_GE(links_, 2);
}

// --- Prepare

TEST_F(WorkerSessionTest, ReadyCarriesTheHashAndTheClock) {
  ToPrepared();
  const std::vector<Ready> ready = Take<Ready>();
  ASSERT_EQ(ready.size(), 1U);
  EXPECT_EQ(ready[0].error, "");
  EXPECT_EQ(ready[0].plan_hash, HashPlan(EncodePlan(SmallSpec())));
  EXPECT_EQ(ready[0].clock_offset, kMasterAhead);
  EXPECT_EQ(ready[0].threads, 1U);
}

TEST_F(WorkerSessionTest, ReadyWaitsForEightExchanges) {
  answering_ = false;
  ToPrepared();
  EXPECT_TRUE(Take<Ready>().empty());
  answering_ = true;
  executor_.RunFor(Duration::Millis(200 * 7));
  EXPECT_TRUE(Take<Ready>().empty());
  executor_.RunFor(Duration::Millis(200 * 2));
  EXPECT_EQ(Take<Ready>().size(), 1U);
}

TEST_F(WorkerSessionTest, ReadyWaitsForABetterClockButNotForEver) {
  answer_delay_ = Duration::Millis(300);  // wrong by up to 150 ms
  ToPrepared();
  executor_.RunFor(WorkerSession::kClockWait - Duration::Millis(100));
  EXPECT_TRUE(Take<Ready>().empty());
  executor_.RunFor(Duration::Seconds(1));
  EXPECT_EQ(Take<Ready>().size(), 1U);
}

TEST_F(WorkerSessionTest, ReadyAsSoonAsTheLinkIsFastAgain) {
  answer_delay_ = Duration::Millis(300);
  ToPrepared();
  executor_.RunFor(Duration::Seconds(1));
  answer_delay_ = Duration();
  executor_.RunFor(Duration::Millis(400));
  EXPECT_EQ(Take<Ready>().size(), 1U);
}

TEST_F(WorkerSessionTest, ADamagedPlanIsAnErrorAndNothingIsPrepared) {
  ToIdle();
  Prepare prepare = PrepareOf("r1");
  prepare.plan += "x";
  Say(prepare);
  const std::vector<Ready> ready = Take<Ready>();
  ASSERT_EQ(ready.size(), 1U);
  EXPECT_NE(ready[0].error.find("damaged"), std::string::npos);
  EXPECT_EQ(engines_.prepared, 0);
  Say(StartRun{"r1", executor_.Now()});
  EXPECT_TRUE(engines_.t0.empty());
}

TEST_F(WorkerSessionTest, AnEnginesErrorIsToldAsItIs) {
  engines_.prepare_status = Unavailable("no such host: shop");
  ToPrepared();
  EXPECT_EQ(Take<Ready>().at(0).error, "no such host: shop");
}

// --- the table, row by row

TEST_F(WorkerSessionTest, PrepareInEachState) {
  for (const RunState state : {RunState::kPrepared, RunState::kRunning, RunState::kDelivering}) {
    To(state);
    Take<Ready>();
    Say(PrepareOf("r1"));
    EXPECT_EQ(Take<Ready>().size(), state == RunState::kPrepared ? 1U : 0U);
    Say(PrepareOf("r2"));
    const std::vector<Ready> busy = Take<Ready>();
    ASSERT_EQ(busy.size(), 1U);
    EXPECT_EQ(busy[0].run_id, "r2");
    EXPECT_EQ(busy[0].error, "busy with run r1");
    EXPECT_EQ(session_->run_state(), state);
    EXPECT_EQ(session_->run_id(), "r1");
  }
}

TEST_F(WorkerSessionTest, StartRunConvertsT0ToTheOwnClockAndOnlyOnce) {
  ToPrepared();
  const MonoTime t0 = executor_.Now() + Duration::Millis(50);
  Say(StartRun{"r1", t0 + kMasterAhead});
  Say(StartRun{"r1", t0 + kMasterAhead + Duration::Seconds(1)});
  EXPECT_EQ(engines_.t0, std::vector<MonoTime>{t0});
  EXPECT_EQ(session_->run_state(), RunState::kRunning);
}

TEST_F(WorkerSessionTest, StartRunElsewhereIsIgnored) {
  ToIdle();
  Say(StartRun{"r1", executor_.Now()});
  EXPECT_TRUE(engines_.t0.empty());
  ToDelivering();
  Say(StartRun{"r1", executor_.Now()});
  EXPECT_EQ(engines_.t0.size(), 1U);
}

TEST_F(WorkerSessionTest, StopRunInEachState) {
  for (const RunState state :
       {RunState::kIdle, RunState::kPrepared, RunState::kRunning, RunState::kDelivering}) {
    engines_.stops.clear();
    To(state);
    Say(StopRun{"r1", false});
    Say(StopRun{"r1", true});
    if (state == RunState::kRunning) {
      EXPECT_EQ(engines_.stops, (std::vector<StopMode>{StopMode::kDrain, StopMode::kNow}));
    } else {
      EXPECT_TRUE(engines_.stops.empty());
    }
    EXPECT_EQ(session_->run_state(), state);
  }
}

TEST_F(WorkerSessionTest, AmendPlanGoesToTheEnginesAndIsAnsweredWhenTheyHave) {
  for (const RunState state : {RunState::kRunning, RunState::kDelivering}) {
    engines_.amended.clear();
    To(state);
    Say(AmendOf("r1", 1));
    ASSERT_EQ(engines_.amended.size(), 1U);
    EXPECT_EQ(engines_.amended[0].second, RunTime() + Duration::Seconds(3));
    EXPECT_EQ(engines_.amended[0].first->load_end(), RunTime() + Duration::Seconds(11));
    EXPECT_TRUE(Take<Amended>().empty());
    engines_.AnswerAmend(true);
    Settle();
    EXPECT_EQ(Take<Amended>(), (std::vector<Amended>{{"r1", 1, ""}}));
    Say(AmendOf("r1", 3));
    ASSERT_EQ(engines_.amended.size(), 2U);
    EXPECT_EQ(engines_.amended[1].second, RunTime() + Duration::Seconds(4));
    engines_.AnswerAmend(true);
    Settle();
    EXPECT_EQ(Take<Amended>(), (std::vector<Amended>{{"r1", 3, ""}}));
  }
}

TEST_F(WorkerSessionTest, AmendPlanElsewhereIsIgnored) {
  for (const RunState state : {RunState::kIdle, RunState::kPrepared}) {
    To(state);
    Say(AmendOf("r1", 1));
  }
  To(RunState::kRunning);
  Say(AmendOf("r2", 1));
  EXPECT_TRUE(engines_.amended.empty());
  EXPECT_TRUE(Take<Amended>().empty());
}

TEST_F(WorkerSessionTest, AmendPlanThatComesTwiceIsAnsweredAgainAndDoneOnce) {
  ToRunning();
  Say(AmendOf("r1", 2));
  Say(AmendOf("r1", 2));  // before the engines have answered
  EXPECT_TRUE(Take<Amended>().empty());
  engines_.AnswerAmend(true);
  Say(AmendOf("r1", 2));
  Say(AmendOf("r1", 1));  // one from before
  EXPECT_EQ(Take<Amended>(), (std::vector<Amended>(3, {"r1", 2, ""})));
  EXPECT_EQ(engines_.amended.size(), 1U);
}

TEST_F(WorkerSessionTest, AmendedIsSaidAgainOnANewLinkBeforeAnyBatch) {
  ToRunning();
  Say(AmendOf("r1", 1));
  BreakLink();
  engines_.AnswerAmend(true);
  engines_.HandOver(100);
  Relink();
  ASSERT_GE(got_.size(), 2U);
  const auto is_batch = [](const WorkerMessage& m) { return std::holds_alternative<Batch>(m); };
  const auto is_amended = [](const WorkerMessage& m) { return std::holds_alternative<Amended>(m); };
  const auto batch = std::find_if(got_.begin(), got_.end(), is_batch);
  EXPECT_NE(batch, got_.end());
  EXPECT_LT(std::find_if(got_.begin(), got_.end(), is_amended), batch);
}

TEST_F(WorkerSessionTest, EnginesThatLearnOfAHoldTooLateGiveTheRunUp) {
  ToRunning();
  Say(AmendOf("r1", 1));
  engines_.AnswerAmend(false);
  Settle();
  EXPECT_EQ(Take<Amended>(),
            (std::vector<Amended>{{"r1", 0, "it learned of the hold after it began"}}));
  EXPECT_EQ(session_->run_state(), RunState::kIdle);
  EXPECT_EQ(engines_.finished, 1);
}

TEST_F(WorkerSessionTest, AnAmendmentThatDoesNotFitGivesTheRunUp) {
  AmendPlan other_hash = AmendOf("r1", 1);
  other_hash.plan_hash[0] ^= 1;
  AmendPlan other_holds = AmendOf("r1", 2);
  other_holds.holds[0].length += Duration::Nanos(1);
  AmendPlan after_the_end = AmendOf("r1", 1);
  after_the_end.holds[0].at = RunTime() + Duration::Seconds(10);
  for (const AmendPlan& amend : {other_hash, other_holds, after_the_end}) {
    ToRunning();
    if (amend.holds.size() == 2) {
      Say(AmendOf("r1", 1));
      engines_.AnswerAmend(true);
      Settle();
    }
    engines_.amended.clear();
    Take<Amended>();
    Say(amend);
    EXPECT_TRUE(engines_.amended.empty());
    const std::vector<Amended> said = Take<Amended>();
    ASSERT_EQ(said.size(), 1U);
    EXPECT_FALSE(said[0].error.empty());
    EXPECT_EQ(session_->run_state(), RunState::kIdle);
  }
}

TEST_F(WorkerSessionTest, FinishRunForgetsTheRunInEachState) {
  for (const RunState state : {RunState::kPrepared, RunState::kRunning, RunState::kDelivering}) {
    To(state);
    engines_.finished = 0;
    Say(FinishRun{"r1", "lost"});
    EXPECT_EQ(session_->run_state(), RunState::kIdle);
    EXPECT_EQ(engines_.finished, 1);
    EXPECT_EQ(session_->unacknowledged(), 0U);
  }
  Say(FinishRun{"r1", "lost"});
  EXPECT_EQ(session_->run_state(), RunState::kIdle);
}

TEST_F(WorkerSessionTest, MessagesOfAnotherRunAreIgnored) {
  ToDelivering();
  Say(FinishRun{"r0", "lost"});
  Say(StopRun{"r0", true});
  Say(Ack{"r0", 2});
  EXPECT_EQ(session_->run_state(), RunState::kDelivering);
  EXPECT_EQ(session_->unacknowledged(), 2U);
}

TEST_F(WorkerSessionTest, AckFreesAndTheLastOneEndsTheRun) {
  ToDelivering();
  EXPECT_EQ(Take<Batch>().size(), 2U);
  Say(Ack{"r1", 1});
  EXPECT_EQ(session_->unacknowledged(), 1U);
  EXPECT_EQ(session_->run_state(), RunState::kDelivering);
  Say(Ack{"r1", 2});
  EXPECT_EQ(session_->run_state(), RunState::kIdle);
  EXPECT_EQ(engines_.finished, 1);
}

TEST_F(WorkerSessionTest, AckOfEverythingWhileRunningDoesNotEndTheRun) {
  ToRunning();
  engines_.HandOver(100);
  Settle();
  Say(Ack{"r1", 1});
  EXPECT_EQ(session_->run_state(), RunState::kRunning);
}

TEST_F(WorkerSessionTest, AckOfWhatWasNeverMadeClosesTheLink) {
  ToDelivering();
  Say(Ack{"r1", 3});
  EXPECT_TRUE(master_closed_);
  EXPECT_EQ(session_->unacknowledged(), 2U);
}

TEST_F(WorkerSessionTest, BatchesAreNumberedFromOneAndDecode) {
  ToDelivering();
  const std::vector<Batch> batches = Take<Batch>();
  ASSERT_EQ(batches.size(), 2U);
  for (uint64_t i = 0; i < 2; ++i) {
    EXPECT_EQ(batches[i].sequence, i + 1);
    const StatusOr<DeltaBatch> batch = DecodeBatch(batches[i].bytes);
    ASSERT_TRUE(batch.ok()) << batch.status();
    EXPECT_EQ(batch->sequence, i + 1);
    EXPECT_EQ(batch->last, i == 1);
  }
}

// --- the link

TEST_F(WorkerSessionTest, WhatIsTooMuchForOneBatchBecomesSeveral) {
  ToRunning();
  Take<Batch>();
  auto delta = std::make_unique<EngineDelta>();
  delta->accounted_through = RunTime() + Duration::Seconds(30);
  for (uint32_t i = 0; i < 90; ++i) {
    for (uint16_t name = 0; name < 200; ++name) {
      Counts& counts = delta->cells[{i, 0, name}].counts;
      counts.due = counts.not_started[1] = 1;
    }
  }
  delta->last = true;
  engines_.HandOver(std::move(delta));
  Settle();
  EXPECT_EQ(session_->run_state(), RunState::kDelivering);
  uint64_t due = 0;
  const std::vector<Batch> batches = Take<Batch>();
  for (uint64_t i = 0; i < batches.size(); ++i) {
    const StatusOr<DeltaBatch> batch = DecodeBatch(batches[i].bytes);
    ASSERT_TRUE(batch.ok()) << batch.status();
    EXPECT_EQ(batches[i].sequence, i + 1);
    EXPECT_EQ(batch->sequence, i + 1);
    EXPECT_EQ(batch->last, i + 1 == batches.size());
    for (const auto& [key, cell] : batch->cells) due += cell.counts.due;
  }
  EXPECT_EQ(due, 18'000U);
}

TEST_F(WorkerSessionTest, AfterALostLinkEverythingUnacknowledgedIsResentByteForByte) {
  ToRunning();
  for (int i = 1; i <= 4; ++i) engines_.HandOver(100 * i);
  Settle();
  const std::vector<Batch> first = Take<Batch>();
  Say(Ack{"r1", 1});
  BreakLink();
  engines_.HandOver(500);
  Relink();
  EXPECT_EQ(Take<Hello>().at(0).run_id, "r1");
  const std::vector<Batch> again = Take<Batch>();
  ASSERT_EQ(again.size(), 4U);
  for (size_t i = 0; i < 3; ++i) EXPECT_EQ(again[i], first[i + 1]);
  EXPECT_EQ(again[3].sequence, 5U);
}

TEST_F(WorkerSessionTest, ALostLinkDoesNotTouchTheRun) {
  for (const RunState state :
       {RunState::kIdle, RunState::kPrepared, RunState::kRunning, RunState::kDelivering}) {
    To(state);
    Take<Ready>();
    Relink();
    EXPECT_EQ(session_->run_state(), state);
    EXPECT_EQ(session_->link_state(), LinkState::kUp);
    EXPECT_EQ(Take<Ready>().size(), state == RunState::kPrepared ? 1U : 0U);
  }
  EXPECT_TRUE(engines_.stops.empty());
}

// --- the lease

TEST_F(WorkerSessionTest, EachPongMovesTheLeaseOnFromThePingsSending) {
  ToRunning();
  const MonoTime last_ping = executor_.Now();
  executor_.RunFor(Duration::Seconds(1));
  EXPECT_GT(engines_.lease, last_ping + kLease);
  EXPECT_LE(engines_.lease, executor_.Now() + kLease);
}

TEST_F(WorkerSessionTest, LoadsOnWithoutALinkUntilTheLeaseEndsThenCuts) {
  ToRunning();
  accepting_ = false;
  BreakLink();
  const MonoTime end = engines_.lease;
  executor_.RunUntil(end + Duration::Nanos(-1));
  EXPECT_TRUE(engines_.stops.empty());
  executor_.RunUntil(end);
  EXPECT_EQ(engines_.stops, std::vector<StopMode>{StopMode::kNow});
}

TEST_F(WorkerSessionTest, AnsweredPingsKeepTheLeaseForEver) {
  ToRunning();
  executor_.RunFor(Duration::Seconds(100));
  EXPECT_TRUE(engines_.stops.empty());
}

TEST_F(WorkerSessionTest, DeliversAfterTheLeaseWhenTheMasterComesBack) {
  ToRunning();
  accepting_ = false;
  BreakLink();
  executor_.RunFor(kLease + Duration::Seconds(1));
  engines_.HandOver(300, true);
  Settle();
  EXPECT_EQ(session_->run_state(), RunState::kDelivering);
  accepting_ = true;
  executor_.RunFor(Duration::Seconds(3));
  Say(Welcome{});
  EXPECT_EQ(Take<Batch>().size(), 1U);
  Say(Ack{"r1", 1});
  EXPECT_EQ(session_->run_state(), RunState::kIdle);
}

TEST_F(WorkerSessionTest, GivesUpSixtySecondsAfterTheLease) {
  for (const RunState state : {RunState::kRunning, RunState::kDelivering}) {
    accepting_ = true;
    To(state);
    accepting_ = false;
    BreakLink();
    const MonoTime end = engines_.lease + Duration::Seconds(60);
    executor_.RunUntil(end + Duration::Nanos(-1));
    EXPECT_EQ(session_->run_state(), state);
    executor_.RunUntil(end);
    EXPECT_EQ(session_->run_state(), RunState::kIdle);
    EXPECT_TRUE(done_.empty());
  }
}

TEST_F(WorkerSessionTest, AFullOutboxStopsNewStartsUntilItIsFreed) {
  options_.outbox_bytes = 1;
  ToRunning();
  engines_.HandOver(100);
  EXPECT_TRUE(engines_.spool_full);
  Settle();
  Say(Ack{"r1", 1});
  EXPECT_FALSE(engines_.spool_full);
}

// --- shutdown

TEST_F(WorkerSessionTest, ShutdownWithoutARunSaysByeAndEndsWhenTheMasterCloses) {
  ToIdle();
  session_->Shutdown();
  Settle();
  EXPECT_EQ(Take<Bye>().size(), 1U);
  EXPECT_TRUE(done_.empty());
  BreakLink();
  ASSERT_EQ(done_.size(), 1U);
  EXPECT_TRUE(done_[0].ok());
}

TEST_F(WorkerSessionTest, ShutdownDoesNotWaitForAMasterThatNeverCloses) {
  ToIdle();
  session_->Shutdown();
  executor_.RunFor(WorkerSession::kByeWait);
  EXPECT_EQ(done_.size(), 1U);
}

TEST_F(WorkerSessionTest, ShutdownOfAPreparedRunForgetsItAndSaysBye) {
  ToPrepared();
  session_->Shutdown();
  Settle();
  EXPECT_EQ(session_->run_state(), RunState::kIdle);
  EXPECT_EQ(Take<Bye>().size(), 1U);
}

TEST_F(WorkerSessionTest, ShutdownDrainsDeliversAndThenSaysBye) {
  ToRunning();
  session_->Shutdown();
  EXPECT_EQ(engines_.stops, std::vector<StopMode>{StopMode::kDrain});
  engines_.HandOver(100, true);
  Settle();
  EXPECT_TRUE(Take<Bye>().empty());
  Say(Ack{"r1", 1});
  EXPECT_EQ(Take<Bye>().size(), 1U);
}

TEST_F(WorkerSessionTest, ASecondShutdownCuts) {
  ToRunning();
  session_->Shutdown();
  session_->Shutdown();
  EXPECT_EQ(engines_.stops, (std::vector<StopMode>{StopMode::kDrain, StopMode::kNow}));
}

TEST_F(WorkerSessionTest, ShutdownWhileDeliveringWithoutALinkEndsWhenItGivesUp) {
  ToDelivering();
  accepting_ = false;
  BreakLink();
  session_->Shutdown();
  executor_.RunFor(kLease + Duration::Seconds(59));
  EXPECT_TRUE(done_.empty());
  executor_.RunFor(Duration::Seconds(2));
  EXPECT_EQ(done_.size(), 1U);
}

// --- run after run

TEST_F(WorkerSessionTest, ServesRunAfterRunWithSequencesFromOneAgain) {
  ToDelivering();
  Say(Ack{"r1", 2});
  Take<Batch>();
  Say(PrepareOf("r2"));
  Say(StartRun{"r2", executor_.Now() + kMasterAhead});
  engines_.HandOver(100, true);
  Settle();
  const std::vector<Batch> batches = Take<Batch>();
  ASSERT_EQ(batches.size(), 1U);
  EXPECT_EQ(batches[0].run_id, "r2");
  EXPECT_EQ(batches[0].sequence, 1U);
}

TEST_F(WorkerSessionTest, DestroyedInTheMiddleOfARunLeavesNothingBehind) {
  ToRunning();
  session_.reset();
  executor_.RunFor(Duration::Seconds(100));
  EXPECT_EQ(engines_.finished, 1);
}

}  // namespace
}  // namespace muster

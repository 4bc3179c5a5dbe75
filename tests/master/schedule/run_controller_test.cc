#include "master/schedule/run_controller.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <utility>

#include "common/wire/codec.h"
#include "tests/support/small_plan.h"

namespace muster {
namespace {

constexpr Duration kLease = Duration::Seconds(5);

class RunControllerTest : public testing::Test {
 protected:
  void Create(uint32_t workers, const PlanSpec& spec = SmallSpec()) {
    RunRequest request;
    request.plan = std::make_shared<const Plan>(Plan::Create(spec).value());
    request.run_id = "r1";
    request.workers = workers;
    request.wait = Duration::Seconds(30);
    hash_ = HashPlan(EncodePlan(request.plan->spec()));
    controller_ = std::make_unique<RunController>(
        request,
        [this](uint32_t worker, DeltaBatch batch) {
          if (!sink_status_.ok()) return sink_status_;
          merged_.push_back({worker, batch.sequence});
          return absl::OkStatus();
        },
        now_);
  }
  void Connect(WorkerId id, const std::string& name, const std::string& held = "") {
    controller_->OnConnected({id, name, 1, kLease}, held, now_);
  }
  static Ready ReadyOf(const std::string& hash, const std::string& error = "") {
    Ready ready;
    ready.run_id = "r1";
    ready.plan_hash = hash;
    ready.error = error;
    ready.threads = 1;
    return ready;
  }
  void SayReady(WorkerId id, Duration clock_error = Duration::Millis(1)) {
    Ready ready = ReadyOf(hash_);
    ready.clock_error = clock_error;
    controller_->OnReady(id, ready, now_);
  }
  // Two workers, started; a is 0, b is 1.
  void ToRunning() {
    Create(2);
    Connect(0, "a");
    Connect(1, "b");
    SayReady(0);
    SayReady(1);
    controller_->TakeActions();
  }
  // `due`, all refused by the limit, so that the books balance.
  Batch BatchOf(uint64_t sequence, uint64_t due, int64_t through_ms, bool last = false) {
    DeltaBatch batch;
    batch.sequence = sequence;
    batch.accounted_through = RunTime() + Duration::Millis(through_ms);
    batch.last = last;
    Counts& counts = batch.cells[CellKey{}].counts;
    counts.due = counts.not_started[0] = due;
    return {"r1", sequence, EncodeBatch(batch)};
  }
  void Say(WorkerId id, const Batch& batch) {
    controller_->OnHeard(id, now_);
    controller_->OnBatch(id, batch, now_);
  }
  // What was said to `id` since the last call, of one kind.
  template <typename T>
  std::vector<T> Told(WorkerId id) {
    for (RunController::Action& action : controller_->TakeActions()) {
      actions_.push_back(std::move(action));
    }
    std::vector<T> told;
    std::erase_if(actions_, [&](const RunController::Action& action) {
      if (action.to != id || !action.message) return false;
      const T* message = std::get_if<T>(&*action.message);
      if (message != nullptr) told.push_back(*message);
      return message != nullptr;
    });
    return told;
  }
  bool LinkClosed(WorkerId id) {
    bool closed = false;
    for (const RunController::Action& action : controller_->TakeActions()) {
      closed |= action.to == id && !action.message;
    }
    return closed;
  }
  // Ticks on for `span`, hearing `heard` all the time.
  void Pass(Duration span, std::vector<WorkerId> heard = {}) {
    const MonoTime until = now_ + span;
    while (now_ < until) {
      now_ = std::min(until, now_ + RunController::kTick);
      for (const WorkerId id : heard) controller_->OnHeard(id, now_);
      controller_->Tick(now_);
    }
  }
  const RunOutcome& outcome() { return controller_->outcome(); }

  MonoTime now_ = MonoTime::FromNanos(1'000'000'000'000);
  std::string hash_;
  Status sink_status_;
  std::vector<std::pair<uint32_t, uint64_t>> merged_;
  std::vector<RunController::Action> actions_;
  std::unique_ptr<RunController> controller_;
};

// --- the start

TEST_F(RunControllerTest, TakesTheFirstByNameAndLeavesTheRestAsSpares) {
  Create(2);
  Connect(0, "c");
  EXPECT_EQ(controller_->phase(), RunPhase::kWaiting);
  Connect(1, "a");
  EXPECT_EQ(controller_->phase(), RunPhase::kPreparing);
  Connect(2, "b");
  EXPECT_EQ(Told<Prepare>(1).at(0).assignment, (Assignment{0, {1, 1}}));
  EXPECT_EQ(Told<Prepare>(0).at(0).assignment, (Assignment{1, {1, 1}}));
  EXPECT_TRUE(Told<Prepare>(2).empty());
  EXPECT_FALSE(controller_->TakesPart(2));
}

TEST_F(RunControllerTest, T0IsThreeWorstRoundTripsAheadAndAtLeast200Ms) {
  Create(2);
  Connect(0, "a");
  Connect(1, "b");
  SayReady(0, Duration::Millis(1));
  EXPECT_TRUE(Told<StartRun>(0).empty());
  SayReady(1, Duration::Millis(100));
  EXPECT_EQ(Told<StartRun>(0).at(0).t0, now_ + Duration::Millis(600));
  Create(1);
  Connect(0, "a");
  SayReady(0, Duration::Millis(1));
  EXPECT_EQ(Told<StartRun>(0).at(0).t0, now_ + Duration::Millis(200));
}

TEST_F(RunControllerTest, TooFewWorkersAtTheLimitIsIncompleteAndNothingRuns) {
  Create(2);
  Connect(0, "a");
  Pass(Duration::Seconds(30), {0});
  ASSERT_TRUE(controller_->finished());
  EXPECT_FALSE(outcome().began);
  EXPECT_EQ(outcome().error, "");
  EXPECT_EQ(outcome().incomplete.size(), 1U);
  EXPECT_TRUE(Told<Prepare>(0).empty());
}

TEST_F(RunControllerTest, ALimitThatCannotBeSplitIsAnErrorBeforeAnyWait) {
  PlanSpec spec = SmallSpec();
  std::get<OpenLoad>(spec.load).max_in_flight = 2;
  Create(3, spec);
  ASSERT_TRUE(controller_->finished());
  EXPECT_NE(outcome().error.find("max_in_flight: 2 cannot be split over 3 workers"),
            std::string::npos);
}

TEST_F(RunControllerTest, APlanTooLargeForTheWireIsAnErrorBeforeAnyWait) {
  PlanSpec spec = SmallSpec();
  spec.requests.resize(Plan::kMaxAllBodyBytes / Plan::kMaxBodyBytes);
  for (size_t i = 0; i < spec.requests.size(); ++i) {
    spec.requests[i].name = "r" + std::to_string(i);
    spec.requests[i].body.assign(Plan::kMaxBodyBytes, 'x');
  }
  Create(1, spec);
  EXPECT_TRUE(controller_->finished());
  EXPECT_FALSE(outcome().began);
  EXPECT_NE(outcome().error.find("bytes to send to a worker"), std::string::npos);
}

TEST_F(RunControllerTest, AWorkersErrorEndsTheRunForAll) {
  Create(2);
  Connect(0, "a");
  Connect(1, "b");
  controller_->OnReady(0, ReadyOf(hash_, "no such host"), now_);
  ASSERT_TRUE(controller_->finished());
  EXPECT_EQ(outcome().error, "worker a cannot run this plan: no such host");
  EXPECT_EQ(Told<FinishRun>(1).size(), 1U);
}

TEST_F(RunControllerTest, AnotherHashThanTheMastersEndsTheRun) {
  Create(1);
  Connect(0, "a");
  controller_->OnReady(0, ReadyOf("x"), now_);
  EXPECT_TRUE(controller_->finished());
  EXPECT_FALSE(outcome().began);
}

TEST_F(RunControllerTest, AWorkerLostOrLeavingBeforeTheStartEndsTheRun) {
  for (const bool bye : {false, true}) {
    Create(2);
    Connect(0, "a");
    Connect(1, "b");
    SayReady(0);
    bye ? controller_->OnBye(1, now_) : Pass(kLease + Duration::Seconds(3), {0});
    EXPECT_TRUE(controller_->finished());
    EXPECT_FALSE(outcome().began);
    EXPECT_EQ(outcome().incomplete.size(), 1U);
  }
}

// Found by cluster seed 2580: a late Ready started a run that had been given up.
TEST_F(RunControllerTest, NothingStartsAfterTheRunWasGivenUp) {
  Create(2);
  Connect(0, "a");
  Connect(1, "b");
  SayReady(0);
  Pass(kLease + Duration::Seconds(3), {0});
  ASSERT_TRUE(controller_->finished());
  controller_->TakeActions();
  Connect(1, "b", "r1");
  EXPECT_EQ(Told<FinishRun>(1).size(), 1U);
  SayReady(1);
  EXPECT_TRUE(Told<StartRun>(0).empty());
  EXPECT_FALSE(outcome().began);
}

// --- batches: each exactly once

TEST_F(RunControllerTest, AcceptsInOrderAcksAndEndsWithTheLastOfAll) {
  ToRunning();
  Say(0, BatchOf(1, 20, 4000));
  Say(0, BatchOf(2, 30, 10'000, true));
  EXPECT_EQ(Told<Ack>(0), (std::vector<Ack>{{"r1", 1}, {"r1", 2}}));
  EXPECT_EQ(Told<FinishRun>(0), (std::vector<FinishRun>{{"r1", ""}}));
  EXPECT_FALSE(controller_->finished());
  Say(1, BatchOf(1, 50, 10'000, true));
  ASSERT_TRUE(controller_->finished());
  EXPECT_TRUE(outcome().incomplete.empty());
  EXPECT_EQ(outcome().workers[0].state, "finished");
}

TEST_F(RunControllerTest, ARepeatIsDroppedAndAcknowledgedAgain) {
  ToRunning();
  Say(0, BatchOf(1, 1, 100));
  Say(0, BatchOf(2, 1, 200));
  Say(0, BatchOf(1, 1, 100));
  EXPECT_EQ(merged_.size(), 2U);
  EXPECT_EQ(Told<Ack>(0).back().through, 2U);
}

TEST_F(RunControllerTest, AGapIsNotMergedAndClosesTheLink) {
  ToRunning();
  Say(0, BatchOf(2, 1, 100));
  EXPECT_TRUE(LinkClosed(0));
  EXPECT_TRUE(merged_.empty());
}

TEST_F(RunControllerTest, NothingIsAcknowledgedThatTheSinkDidNotTake) {
  ToRunning();
  sink_status_ = Unavailable("disk is slow");
  Say(0, BatchOf(1, 1, 100));
  EXPECT_TRUE(LinkClosed(0));
  sink_status_ = absl::OkStatus();
  Say(0, BatchOf(1, 1, 100));
  EXPECT_EQ(Told<Ack>(0), (std::vector<Ack>{{"r1", 1}}));
}

TEST_F(RunControllerTest, WhatCannotBeTrueLosesItsWorkerAlone) {
  ToRunning();
  Say(0, Batch{"r1", 1, "garbage"});
  EXPECT_TRUE(controller_->IsLost(0));
  EXPECT_EQ(Told<FinishRun>(0), (std::vector<FinishRun>{{"r1", "lost"}}));
  EXPECT_TRUE(controller_->TakesPart(1));
  Say(0, BatchOf(1, 1, 100));
  EXPECT_EQ(Told<FinishRun>(0).size(), 1U);
  EXPECT_TRUE(merged_.empty());
}

TEST_F(RunControllerTest, AnAccountThatGoesBackOrHasTwoNumbersCannotBeTrue) {
  ToRunning();
  Say(0, BatchOf(1, 10, 2000));
  Say(0, BatchOf(2, 1, 1999));
  EXPECT_TRUE(controller_->IsLost(0));
  Batch batch = BatchOf(2, 1, 100);
  batch.sequence = 1;
  Say(1, batch);
  EXPECT_TRUE(controller_->IsLost(1));
  EXPECT_EQ(merged_.size(), 1U);
}

TEST_F(RunControllerTest, NothingIsInFlightAfterALastBatch) {
  ToRunning();
  DeltaBatch batch;
  batch.sequence = 1;
  batch.accounted_through = RunTime() + Duration::Seconds(10);
  batch.last = true;
  Counts& counts = batch.cells[CellKey{}].counts;
  counts.due = 50;
  counts.not_started[0] = 49;
  counts.started = counts.requests_started = 1;
  batch.in_flight = batch.requests_in_flight = 1;
  Say(0, Batch{"r1", 1, EncodeBatch(batch)});
  Say(1, BatchOf(1, 50, 10'000, true));
  ASSERT_EQ(outcome().incomplete.size(), 1U);
  EXPECT_NE(outcome().incomplete[0].find("in flight after the last batch"), std::string::npos);
}

TEST_F(RunControllerTest, BooksThatDoNotBalanceAreMergedAndSaid) {
  ToRunning();
  DeltaBatch batch;
  batch.sequence = 1;
  batch.accounted_through = RunTime() + Duration::Seconds(10);
  batch.last = true;
  batch.cells[CellKey{}].counts.due = 50;
  Say(0, Batch{"r1", 1, EncodeBatch(batch)});
  Say(1, BatchOf(1, 50, 10'000, true));
  EXPECT_EQ(merged_.size(), 2U);
  ASSERT_EQ(outcome().incomplete.size(), 1U);
  EXPECT_NE(outcome().incomplete[0].find("worker a: books do not balance"), std::string::npos);
}

TEST_F(RunControllerTest, MoreDueThanItsShareIsSaid) {
  ToRunning();
  Say(0, BatchOf(1, 51, 10'000, true));
  Say(1, BatchOf(1, 50, 10'000, true));
  ASSERT_EQ(outcome().incomplete.size(), 1U);
  EXPECT_NE(outcome().incomplete[0].find("51 iterations due, its share is 50"), std::string::npos);
}

// --- losses

TEST_F(RunControllerTest, OnlySilenceBeyondTheLeaseAndItsMarginIsDeath) {
  ToRunning();
  controller_->OnUnlinked(1);
  Pass(kLease + RunController::kLeaseMargin, {0});
  EXPECT_TRUE(controller_->TakesPart(1));
  Pass(RunController::kTick, {0});
  EXPECT_TRUE(controller_->IsLost(1));
}

TEST_F(RunControllerTest, TheBooksBalanceWithALostWorker) {
  ToRunning();
  Say(1, BatchOf(1, 20, 4000));
  Pass(Duration::Seconds(8), {0});
  Say(0, BatchOf(1, 50, 10'000, true));
  ASSERT_TRUE(controller_->finished());
  ASSERT_EQ(outcome().losses.size(), 1U);
  uint64_t not_started = 0;
  for (const auto& [key, cell] : outcome().losses[0].not_started) not_started += cell.counts.due;
  EXPECT_EQ(not_started, 30U);
  EXPECT_EQ(outcome().workers[1].state, "lost");
  ASSERT_EQ(outcome().incomplete.size(), 1U);
  EXPECT_THAT(outcome().incomplete[0],
              testing::MatchesRegex("worker b was lost at 0:[0-9.]+: nothing was heard of it for "
                                    "[0-9.]+s; 30 of its iterations were not started"));
}

// Its clock may be behind the master's, and its lease end that much later.
TEST_F(RunControllerTest, WhatALostWorkerMayHaveStartedHasTheErrorOfItsClock) {
  Create(2);
  Connect(0, "a");
  Connect(1, "b");
  SayReady(0);
  SayReady(1, Duration::Seconds(1));  // T0 is 6 s ahead
  Pass(Duration::Seconds(8), {0, 1});
  Pass(Duration::Seconds(8), {0});
  ASSERT_TRUE(controller_->IsLost(1));
  Say(0, BatchOf(1, 50, 10'000, true));
  // Every odd number due before 2 s + the lease + 1 s.
  EXPECT_EQ(outcome().losses.at(0).at_most, 40U);
}

TEST_F(RunControllerTest, AStallOfTheMasterItselfLosesNobody) {
  ToRunning();
  now_ += Duration::Seconds(60);
  controller_->Tick(now_);
  EXPECT_TRUE(controller_->TakesPart(0));
  Pass(Duration::Millis(200), {0, 1});
  EXPECT_TRUE(controller_->TakesPart(0));
  EXPECT_TRUE(controller_->TakesPart(1));
}

TEST_F(RunControllerTest, AnEarlyLastBatchIsALeaveAndALoss) {
  ToRunning();
  Say(0, BatchOf(1, 20, 4000, true));
  controller_->OnBye(0, now_);
  Say(1, BatchOf(1, 50, 10'000, true));
  ASSERT_TRUE(controller_->finished());
  EXPECT_EQ(outcome().workers[0].state, "left");
  ASSERT_EQ(outcome().losses.size(), 1U);
  EXPECT_EQ(outcome().losses[0].at_most, 0U);
  EXPECT_EQ(outcome().losses[0].first, 40U);
}

TEST_F(RunControllerTest, ARestartedProcessIsASpareAndTheOldOneIsLostByItsLease) {
  ToRunning();
  controller_->OnUnlinked(1);
  Connect(2, "b");
  EXPECT_FALSE(controller_->TakesPart(2));
  EXPECT_TRUE(controller_->TakesPart(1));
  Pass(Duration::Seconds(8), {0, 2});
  EXPECT_TRUE(controller_->IsLost(1));
}

TEST_F(RunControllerTest, ARunThatNeverDeliversEndsAtTheFinalLimit) {
  ToRunning();
  Pass(Duration::Seconds(10 + 10 + 5 + 5) - RunController::kTick, {0, 1});
  EXPECT_FALSE(controller_->finished());
  Pass(Duration::Millis(400), {0, 1});
  EXPECT_TRUE(controller_->finished());
  EXPECT_EQ(outcome().losses.size(), 2U);
}

// --- links

TEST_F(RunControllerTest, ABackComerIsToldEverythingItMayHaveMissed) {
  ToRunning();
  Say(0, BatchOf(1, 1, 100));
  controller_->Stop(now_);
  controller_->TakeActions();
  Connect(0, "a", "r1");
  EXPECT_EQ(Told<Ack>(0), (std::vector<Ack>{{"r1", 1}}));
  EXPECT_EQ(Told<StartRun>(0).size(), 1U);
  EXPECT_EQ(Told<StopRun>(0), (std::vector<StopRun>{{"r1", false}}));
}

TEST_F(RunControllerTest, ABackComerInEachPart) {
  Create(2);
  Connect(0, "a");
  Connect(1, "b");
  controller_->TakeActions();
  Connect(0, "a", "");  // the plan was lost on the way
  EXPECT_EQ(Told<Prepare>(0).size(), 1U);
  ToRunning();
  Connect(1, "b", "");  // it gave the run up
  EXPECT_TRUE(controller_->IsLost(1));
  Connect(1, "b", "r1");  // lost: refused
  EXPECT_EQ(Told<FinishRun>(1).back().reason, "lost");
  Say(0, BatchOf(1, 50, 10'000, true));
  controller_->TakeActions();
  Connect(0, "a", "r1");  // done, but the acknowledgement was lost
  EXPECT_EQ(Told<Ack>(0), (std::vector<Ack>{{"r1", 1}}));
  EXPECT_EQ(Told<FinishRun>(0), (std::vector<FinishRun>{{"r1", ""}}));
}

TEST_F(RunControllerTest, ARunThatThisMasterDoesNotKnowIsFinishedAtOnce) {
  Create(2);
  Connect(0, "a", "r0");
  EXPECT_EQ(Told<FinishRun>(0).at(0).run_id, "r0");
}

// --- the user's stop

TEST_F(RunControllerTest, StopOnceDrainsTwiceCuts) {
  ToRunning();
  Pass(Duration::Millis(4200), {0, 1});
  controller_->Stop(now_);
  EXPECT_EQ(Told<StopRun>(0), (std::vector<StopRun>{{"r1", false}}));
  controller_->Stop(now_);
  EXPECT_EQ(Told<StopRun>(0), (std::vector<StopRun>{{"r1", true}}));
  Say(0, BatchOf(1, 20, 4001, true));
  Say(1, BatchOf(1, 20, 4002, true));
  ASSERT_TRUE(controller_->finished());
  EXPECT_TRUE(outcome().interrupted);
  EXPECT_TRUE(outcome().cut);
  EXPECT_TRUE(outcome().incomplete.empty());
  EXPECT_EQ(outcome().load_end, RunTime() + Duration::Millis(4000));
}

TEST_F(RunControllerTest, AStopIsAwaitedForTheDrainAndTheMargin) {
  ToRunning();
  Pass(Duration::Millis(4200), {0, 1});
  controller_->Stop(now_);
  Pass(Duration::Seconds(10 + 5 + 5) - RunController::kTick, {0, 1});
  EXPECT_FALSE(controller_->finished());
  Pass(RunController::kTick, {0, 1});
  EXPECT_TRUE(controller_->finished());
}

// The stop reaches a worker by its own clock, and its account ends with an interval.
TEST_F(RunControllerTest, AWorkerThatStoppedAnIntervalBeforeTheMasterHasNotLeft) {
  ToRunning();
  Pass(Duration::Millis(4200), {0, 1});
  controller_->Stop(now_);
  Say(0, BatchOf(1, 20, 3900, true));
  Say(1, BatchOf(1, 19, 3898, true));
  ASSERT_TRUE(controller_->finished());
  EXPECT_EQ(outcome().workers[0].state, "finished");
  EXPECT_EQ(outcome().workers[1].state, "left");
}

TEST_F(RunControllerTest, StopBeforeTheStartEndsWithNothingRun) {
  Create(1);
  controller_->Stop(now_);
  ASSERT_TRUE(controller_->finished());
  EXPECT_TRUE(outcome().interrupted);
  EXPECT_FALSE(outcome().began);
}

// --- ended by a threshold

TEST_F(RunControllerTest, AnAbortDrainsAndIsNoInterrupt) {
  ToRunning();
  Pass(Duration::Millis(4200), {0, 1});
  controller_->Abort(now_);
  controller_->Abort(now_);
  EXPECT_EQ(Told<StopRun>(0), (std::vector<StopRun>{{"r1", false}})) << "once";
  EXPECT_EQ(controller_->phase(), RunPhase::kDraining);
  Say(0, BatchOf(1, 20, 4001, true));
  Say(1, BatchOf(1, 20, 4002, true));
  ASSERT_TRUE(controller_->finished());
  EXPECT_TRUE(outcome().aborted);
  EXPECT_FALSE(outcome().interrupted);
  EXPECT_TRUE(outcome().incomplete.empty());
  EXPECT_EQ(outcome().load_end, RunTime() + Duration::Millis(4000));
}

TEST_F(RunControllerTest, AfterAnAbortTheUsersStopCuts) {
  ToRunning();
  Pass(Duration::Millis(4200), {0, 1});
  controller_->Abort(now_);
  controller_->Stop(now_);
  EXPECT_EQ(Told<StopRun>(0), (std::vector<StopRun>{{"r1", false}, {"r1", true}}));
}

TEST_F(RunControllerTest, ThereIsNothingToAbortOutsideTheLoad) {
  ToRunning();
  controller_->Abort(now_);  // before T0
  EXPECT_TRUE(Told<StopRun>(0).empty());
  Pass(Duration::Millis(1200), {0, 1});
  controller_->Stop(now_);
  controller_->Abort(now_);
  EXPECT_EQ(Told<StopRun>(0).size(), 1u) << "stopped already";
  Say(0, BatchOf(1, 5, 1000, true));
  Say(1, BatchOf(1, 5, 1000, true));
  ASSERT_TRUE(controller_->finished());
  EXPECT_FALSE(outcome().aborted);
  controller_->Abort(now_);
  EXPECT_FALSE(outcome().aborted);
}

TEST_F(RunControllerTest, KnowsTheGroupOfEachChosenWorker) {
  Create(2);
  controller_->OnConnected({0, "b", 1, kLease, "eu"}, "", now_);
  controller_->OnConnected({1, "a", 1, kLease}, "", now_);
  EXPECT_EQ(controller_->GroupOf(0), "") << "a is the first by name";
  EXPECT_EQ(controller_->GroupOf(1), "eu");
}

// --- holds

class RunControllerHoldTest : public RunControllerTest {
 protected:
  // Half a second into a run of 60 s at 10/s.
  void ToLoad() {
    Create(2, SmallSpec(10, Duration::Seconds(60)));
    Connect(0, "a");
    Connect(1, "b");
    SayReady(0);
    SayReady(1);
    Pass(RunController::kLeastLead + Duration::Millis(500), {0, 1});
    controller_->TakeActions();
  }
  void Agree(WorkerId id, uint32_t holds, const std::string& error = "") {
    controller_->OnAmended(id, Amended{"r1", holds, error}, now_);
  }
  RunTime Run() const { return controller_->TimeOf(now_); }
};

TEST_F(RunControllerHoldTest, EveryWorkerIsToldEachStepUntilItIsReleased) {
  ToLoad();
  ASSERT_TRUE(controller_->Hold(now_).ok());
  EXPECT_EQ(controller_->held()->from, RunTime() + Duration::Seconds(3));
  for (uint32_t holds = 1; holds <= 4; ++holds) {
    for (const WorkerId id : {0U, 1U}) {
      const std::vector<AmendPlan> told = Told<AmendPlan>(id);
      ASSERT_EQ(told.size(), 1U);
      EXPECT_EQ(told[0].holds, controller_->plan()->spec().holds);
      EXPECT_EQ(told[0].holds.size(), holds);
      EXPECT_EQ(told[0].plan_hash, HashPlan(EncodePlan(controller_->plan()->spec())));
      Agree(id, holds);
    }
    const size_t before = controller_->plan()->spec().holds.size();
    while (controller_->plan()->spec().holds.size() == before) Pass(RunController::kTick, {0, 1});
    EXPECT_LE(Run(), controller_->plan()->spec().holds.back().at - RunController::kHoldLead);
  }
  ASSERT_TRUE(controller_->Release().ok());
  Agree(0, 5);
  Agree(1, 5);
  Pass(Duration::Seconds(20), {0, 1});
  EXPECT_EQ(controller_->plan()->load_end(), RunTime() + Duration::Seconds(75));
  EXPECT_TRUE(controller_->TakesPart(0) && controller_->TakesPart(1));
  Pass(RunTime() + Duration::Seconds(75) - Run() - RunController::kTick * 2, {0, 1});
  EXPECT_EQ(controller_->phase(), RunPhase::kRunning);
  Pass(RunController::kTick * 3, {0, 1});
  EXPECT_EQ(controller_->phase(), RunPhase::kDraining);
}

TEST_F(RunControllerHoldTest, RefusedWithoutTellingAnybody) {
  const auto refused = [this](const std::string& why) {
    const Status status = controller_->Hold(now_);
    EXPECT_NE(Message(status).find(why), std::string::npos) << status;
    EXPECT_TRUE(Told<AmendPlan>(0).empty() && Told<AmendPlan>(1).empty());
    EXPECT_TRUE(controller_->plan()->spec().holds.empty());
  };
  ToRunning();
  refused("not on");
  ToLoad();
  controller_->OnUnlinked(1);
  refused("worker b has no link");
  ToLoad();
  Pass(Duration::Millis(1'100), {0});
  refused("worker b was not heard");
  ToLoad();
  Pass(Duration::Millis(57'600), {0, 1});
  refused("ends before");
  ToLoad();
  controller_->Stop(now_);
  refused("being stopped");
  ToLoad();
  Say(0, BatchOf(1, 5, 58'500));  // its clock is ahead
  refused("ends before");
}

TEST_F(RunControllerHoldTest, OneAtATime) {
  ToLoad();
  ASSERT_TRUE(controller_->Hold(now_).ok());
  EXPECT_FALSE(controller_->Hold(now_).ok());
  ASSERT_TRUE(controller_->Release().ok());
  Agree(0, 1);
  EXPECT_EQ(Message(controller_->Hold(now_)), "worker b has not agreed to the hold before yet");
  Agree(1, 1);
  EXPECT_TRUE(controller_->Hold(now_).ok());
}

TEST_F(RunControllerHoldTest, AWorkerThatHasNotAgreedWhenItBeginsIsLost) {
  ToLoad();
  ASSERT_TRUE(controller_->Hold(now_).ok());
  Agree(0, 1);
  controller_->OnAmended(1, Amended{"another run", 1, ""}, now_);
  Pass(Duration::Millis(2'400), {0, 1});
  EXPECT_TRUE(controller_->TakesPart(1));
  Pass(Duration::Millis(200), {0, 1});
  EXPECT_TRUE(controller_->IsLost(1));
  EXPECT_TRUE(controller_->TakesPart(0));
  Agree(1, 1);  // too late
  EXPECT_TRUE(controller_->IsLost(1));
}

TEST_F(RunControllerHoldTest, AWorkerThatCannotFollowIsLostAtOnceWithItsReason) {
  ToLoad();
  ASSERT_TRUE(controller_->Hold(now_).ok());
  Agree(0, 1);
  Agree(1, 0, "it learned of the hold after it began");
  EXPECT_TRUE(controller_->IsLost(1));
  ASSERT_TRUE(controller_->Release().ok());
  // The held plan has 630 numbers, of which each owns half.
  Say(0, BatchOf(1, 315, 63'000, true));
  ASSERT_TRUE(controller_->finished());
  ASSERT_EQ(outcome().losses.size(), 1U);
  EXPECT_EQ(outcome().losses[0].worker, 1U);
  EXPECT_EQ(outcome().incomplete[0].find("worker b was lost at 0:00.5: it learned of the hold"), 0U)
      << outcome().incomplete[0];
  uint64_t lost = 0;
  for (const auto& [key, cell] : outcome().losses[0].not_started) lost += cell.counts.due;
  EXPECT_EQ(lost, 315U);
  EXPECT_EQ(outcome().load_end, RunTime() + Duration::Seconds(63));
  EXPECT_EQ(outcome().plan_hash, HashPlan(EncodePlan(controller_->plan()->spec())));
}

// It may have gone on with the load that the hold put off.
TEST_F(RunControllerHoldTest, WhatAWorkerWithoutTheHoldMayHaveStartedIsListed) {
  PlanSpec spec = SmallSpec(10, Duration::Seconds(60));
  std::get<OpenLoad>(spec.load).segments = {
      {Rate{}, Rate::PerSecond(600), Duration::Seconds(60), 0}};
  Create(1, spec);
  Connect(0, "a");
  SayReady(0);
  Pass(RunController::kLeastLead + Duration::Millis(500), {0});
  ASSERT_TRUE(controller_->Hold(now_).ok());
  const Plan held = *controller_->plan();
  const Plan plain = held.WithHolds({}).value();
  Pass(Duration::Millis(2'600), {0});
  ASSERT_TRUE(controller_->finished());
  const WorkerLoss& loss = outcome().losses.at(0);
  // Heard last when it was lost; its clock is wrong by 1 ms at most.
  const RunTime lease_end = outcome().ended + kLease + Duration::Nanos(999'999);
  EXPECT_EQ(loss.at_most, plain.rates().DueBy(lease_end));
  EXPECT_GT(loss.at_most, held.rates().DueBy(lease_end));
}

TEST_F(RunControllerHoldTest, WhoComesBackIsToldAgainBeforeItIsStopped) {
  ToLoad();
  ASSERT_TRUE(controller_->Hold(now_).ok());
  Agree(0, 1);
  Told<AmendPlan>(1);
  controller_->OnUnlinked(1);
  Connect(1, "b", "r1");
  EXPECT_EQ(Told<AmendPlan>(1).size(), 1U);
  Agree(1, 1);
  Connect(1, "b", "r1");
  EXPECT_TRUE(Told<AmendPlan>(1).empty());
}

TEST_F(RunControllerHoldTest, ABatchFromBeyondAHoldWantsAgreement) {
  ToLoad();
  ASSERT_TRUE(controller_->Hold(now_).ok());
  Say(0, BatchOf(1, 5, 2'999));
  EXPECT_TRUE(controller_->TakesPart(0));
  Say(0, BatchOf(2, 5, 3'000));
  EXPECT_TRUE(controller_->IsLost(0));
  Agree(1, 1);
  Say(1, BatchOf(1, 5, 3'000));
  EXPECT_TRUE(controller_->TakesPart(1));
  EXPECT_EQ(merged_.size(), 2U);
}

// One that leaves in order before the hold accounts for the rest of the load.
TEST_F(RunControllerHoldTest, WhoLeavesBeforeItAgreesHasLeft) {
  ToLoad();
  ASSERT_TRUE(controller_->Hold(now_).ok());
  Agree(0, 1);
  Say(1, BatchOf(1, 3, 60'000, true));
  EXPECT_FALSE(controller_->TakesPart(1));
  EXPECT_FALSE(controller_->IsLost(1));
  Say(0, BatchOf(1, 315, 63'000, true));
  EXPECT_EQ(outcome().workers[1].state, "left");
}

TEST_F(RunControllerHoldTest, AHoldThatCannotBeLengthenedRunsOut) {
  ToLoad();
  ASSERT_TRUE(controller_->Hold(now_).ok());
  Agree(0, 1);
  Agree(1, 1);
  controller_->OnUnlinked(1);
  Pass(Duration::Seconds(5), {0, 1});
  EXPECT_FALSE(controller_->held()->wanted);
  EXPECT_EQ(controller_->held()->why, "worker b has no link now");
  EXPECT_EQ(controller_->plan()->spec().holds.size(), 1U);
  EXPECT_TRUE(controller_->TakesPart(1));
}

TEST_F(RunControllerHoldTest, AStopEndsTheWishForAHold) {
  ToLoad();
  ASSERT_TRUE(controller_->Hold(now_).ok());
  controller_->Stop(now_);
  EXPECT_FALSE(controller_->held()->wanted);
  EXPECT_FALSE(controller_->Release().ok());
}

}  // namespace
}  // namespace muster

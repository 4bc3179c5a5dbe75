#include "master/results/verdict.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

namespace muster {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

ThresholdJudgement Judgement(const std::string& expression, bool passed,
                             bool passes_without_faults) {
  ThresholdJudgement judgement;
  judgement.result.threshold = *ParseThreshold(expression);
  judgement.result.passed = passed;
  judgement.result.observed_text = "what was observed";
  judgement.passes_without_generator_faults = passes_without_faults;
  return judgement;
}

// 100,000 due, all completed, one threshold passed.
VerdictInput Good() {
  VerdictInput input;
  input.counts.due = input.counts.started = input.counts.finished = 100'000;
  input.counts.requests_started = input.counts.completed = 100'000;
  input.measured = input.counts;
  input.thresholds = {Judgement("p99(response) < 1s", true, true)};
  WorkerSummary worker;
  worker.name = "lab-1";
  worker.busy = 0.5;
  input.workers = {worker};
  return input;
}

void SetNotStarted(VerdictInput* input, NotStarted reason, uint64_t n) {
  input->counts.not_started[static_cast<size_t>(reason)] = n;
}

// One rule and its twin: what looks alike and must come out otherwise.
struct Row {
  std::string what;
  std::function<void(VerdictInput*)> change;
  int exit_code;
  std::string reason;  // part of one; empty: no reasons at all
};

const std::vector<Row>& Table() {
  static const std::vector<Row> rows = {
      {"all well", [](VerdictInput*) {}, 0, ""},
      {"no thresholds", [](VerdictInput* in) { in->thresholds.clear(); }, 0, ""},
      {"internal error", [](VerdictInput* in) { in->internal_error = "disk on fire"; }, 70,
       "disk on fire"},
      {"interrupted", [](VerdictInput* in) { in->interrupted_by = "SIGINT"; }, 5, "SIGINT"},
      {"books", [](VerdictInput* in) { in->book_errors = {"law 1"}; }, 3, "law 1"},
      {"session", [](VerdictInput* in) { in->incomplete_reasons = {"2 of 3 workers came"}; }, 3,
       "2 of 3 workers came"},
      {"loss",
       [](VerdictInput* in) {
         in->losses = {Loss{"w", {}, {}, 3, 9, 4}};
       },
       3, "numbers 3 to 9 of worker w between 0:00 and 0:00, at most 4 requests"},
      {"loss of users",
       [](VerdictInput* in) {
         in->open = false;
         in->losses = {Loss{"w", {}, {}, 3, 9, std::nullopt}};
       },
       3, "what users 3 to 9 did on worker w"},
      {"loss in the drain",
       [](VerdictInput* in) {
         in->losses = {Loss{"w", {}, {}, {}, {}, 4}};
       },
       3, "what was in flight of worker w between 0:00 and 0:00, at most 4 requests"},
      {"worker_lost", [](VerdictInput* in) { SetNotStarted(in, NotStarted::kWorkerLost, 1); }, 3,
       "1 iteration not started for want of"},
      {"in flight on the lost", [](VerdictInput* in) { in->iterations_lost = 1; }, 3,
       "outcome unknown"},

      {"late beyond tolerance", [](VerdictInput* in) { SetNotStarted(in, NotStarted::kLate, 101); },
       4, "101 late"},
      {"late within", [](VerdictInput* in) { SetNotStarted(in, NotStarted::kLate, 100); }, 0, ""},
      {"late in the measured stages alone",
       [](VerdictInput* in) {
         in->measured.due = 10'000;
         in->measured.not_started[static_cast<size_t>(NotStarted::kLate)] = 11;
         SetNotStarted(in, NotStarted::kLate, 11);
       },
       4, "0.11 % of the measured load: 11 late"},
      {"late in the warm-up alone",
       [](VerdictInput* in) {
         in->measured.due = 10'000;
         SetNotStarted(in, NotStarted::kLate, 101);
       },
       4, "0.10 % of the load: 101 late"},
      {"descriptors", [](VerdictInput* in) { SetNotStarted(in, NotStarted::kDescriptors, 500); }, 4,
       "0.50 % of the load: 500 descriptors"},
      {"ports", [](VerdictInput* in) { SetNotStarted(in, NotStarted::kPorts, 500); }, 4, "ports"},
      {"spool", [](VerdictInput* in) { SetNotStarted(in, NotStarted::kSpoolFull, 500); }, 4,
       "spool_full"},
      {"local failures",
       [](VerdictInput* in) {
         in->counts.errors[static_cast<size_t>(ErrorClass::kLocalPorts)] = 500;
       },
       4, "local_ports"},
      {"the plan's own limit",
       [](VerdictInput* in) { SetNotStarted(in, NotStarted::kMaxInFlight, 50'000); }, 0, ""},
      {"max_in_flight met by a saturated generator",
       [](VerdictInput* in) {
         SetNotStarted(in, NotStarted::kMaxInFlight, 50'000);
         in->lag.p50_ns = 5'000'001;
       },
       4, "saturated"},
      {"max_in_flight met with a small lag",
       [](VerdictInput* in) {
         SetNotStarted(in, NotStarted::kMaxInFlight, 50'000);
         in->lag.p50_ns = 5'000'000;
       },
       0, ""},
      {"the target's failures",
       [](VerdictInput* in) {
         in->counts.errors[static_cast<size_t>(ErrorClass::kTimeout)] = 50'000;
       },
       0, ""},

      {"fails by lag alone",
       [](VerdictInput* in) { in->thresholds = {Judgement("p99(response) < 1s", false, true)}; }, 4,
       "would pass without the generator's own"},
      {"fails anyway",
       [](VerdictInput* in) { in->thresholds = {Judgement("p99(response) < 1s", false, false)}; },
       1, "threshold failed: p99(response) < 1s, observed what was observed"},

      {"closed, rate fails, busy",
       [](VerdictInput* in) {
         in->open = false;
         in->workers[0].busy = 0.91;
         in->thresholds = {Judgement("rate >= 9/s", false, false)};
       },
       4, "the generator's, not the target's: lab-1 was busy"},
      {"closed, rate fails, idle",
       [](VerdictInput* in) {
         in->open = false;
         in->workers[0].busy = 0.9;
         in->thresholds = {Judgement("rate >= 9/s", false, false)};
       },
       1, "threshold failed: rate"},
      {"closed, rate reached though busy",
       [](VerdictInput* in) {
         in->open = false;
         in->workers[0].busy = 0.99;
         in->thresholds = {Judgement("rate >= 9/s", true, true)};
       },
       0, ""},
      {"closed, upper limit kept while busy",
       [](VerdictInput* in) {
         in->open = false;
         in->workers[0].busy = 0.99;
         in->thresholds = {Judgement("rate < 9/s", true, true)};
       },
       4, "the generator's"},
      {"open, rate fails, busy",
       [](VerdictInput* in) {
         in->workers[0].busy = 0.99;
         in->thresholds = {Judgement("rate >= 9/s", false, false)};
       },
       1, "threshold failed: rate"},
      {"a busy core alone", [](VerdictInput* in) { in->workers[0].busy = 1; }, 0, ""},
      {"lag inside the numbers", [](VerdictInput* in) { in->lag.p99_ns = 50'000'000; }, 0, ""},

      {"nothing completed", [](VerdictInput* in) { in->counts.completed = 0; }, 1,
       "nothing completed at all"},
      {"nothing completed, no thresholds",
       [](VerdictInput* in) {
         in->counts.completed = 0;
         in->thresholds.clear();
       },
       1, "nothing completed at all"},
      {"nothing measured, no thresholds",
       [](VerdictInput* in) {
         in->measured = Counts();
         in->thresholds.clear();
       },
       1, "nothing completed in the measured stages"},
      {"aborted", [](VerdictInput* in) { in->aborted_by = "error_rate < 1%"; }, 1,
       "ended early by error_rate"},
  };
  return rows;
}

TEST(VerdictTest, EveryRuleAndItsTwin) {
  for (const Row& row : Table()) {
    VerdictInput input = Good();
    row.change(&input);
    const Judged judged = JudgeRun(input);
    EXPECT_EQ(judged.exit_code, row.exit_code) << row.what;
    EXPECT_EQ(judged.exit_code, static_cast<int>(judged.verdict.outcome)) << row.what;
    if (row.reason.empty()) {
      EXPECT_THAT(judged.verdict.reasons, IsEmpty()) << row.what;
    } else {
      EXPECT_THAT(judged.verdict.reasons, Contains(HasSubstr(row.reason))) << row.what;
    }
  }
}

int Weight(int exit_code) {
  static const std::vector<int> kHighestFirst = {70, 5, 3, 4, 1, 0};
  return static_cast<int>(std::find(kHighestFirst.begin(), kHighestFirst.end(), exit_code) -
                          kHighestFirst.begin());
}

// Any two rules together: the weightier code, and the reasons of both.
TEST(VerdictTest, TheHighestReasonWinsAndNoneIsSwallowed) {
  for (const Row& a : Table()) {
    for (const Row& b : Table()) {
      if (a.exit_code == 0 || b.exit_code == 0 || Weight(a.exit_code) > Weight(b.exit_code))
        continue;
      // Rules of the same code may replace one another's input; those of thresholds do so too.
      const bool both_thresholds = a.exit_code == 4 && b.exit_code <= 4;
      if (a.exit_code == b.exit_code || both_thresholds) continue;
      VerdictInput input = Good();
      b.change(&input);
      a.change(&input);
      const Judged judged = JudgeRun(input);
      EXPECT_EQ(judged.exit_code, a.exit_code) << a.what << " + " << b.what;
      EXPECT_GE(judged.verdict.reasons.size(), 2u) << a.what << " + " << b.what;
    }
  }
}

TEST(VerdictTest, TheFlagsSayWhatTheCodeCannot) {
  VerdictInput input = Good();
  input.interrupted_by = "SIGTERM";
  input.book_errors = {"law 2"};
  SetNotStarted(&input, NotStarted::kLate, 5'000);
  input.thresholds = {Judgement("p99(response) < 1s", false, false)};
  const Verdict verdict = JudgeRun(input).verdict;
  EXPECT_EQ(verdict.outcome, Outcome::kInterrupted);
  EXPECT_FALSE(verdict.complete);
  EXPECT_TRUE(verdict.generator_limited);
  EXPECT_FALSE(verdict.passed);
  EXPECT_FALSE(verdict.aborted);
  EXPECT_EQ(verdict.reasons.size(), 4u);
  EXPECT_TRUE(JudgeRun(Good()).verdict.complete);
  EXPECT_TRUE(JudgeRun(Good()).verdict.passed);
}

TEST(VerdictTest, AnAbortIsAFlagOfItsOwn) {
  VerdictInput input = Good();
  input.aborted_by = "error_rate < 1%";
  EXPECT_TRUE(JudgeRun(input).verdict.aborted);
}

TEST(VerdictTest, ARunWithoutAMeasuredCompletionHasNotPassed) {
  VerdictInput input = Good();
  input.measured = Counts();
  input.thresholds.clear();
  EXPECT_FALSE(JudgeRun(input).verdict.passed);
}

// One worker at its limit is enough to hold a closed run's rate down.
TEST(VerdictTest, TheBusiestWorkerCounts) {
  VerdictInput input = Good();
  input.open = false;
  input.thresholds = {Judgement("rate >= 9/s", false, false)};
  WorkerSummary busy;
  busy.name = "lab-2";
  busy.busy = 0.95;
  input.workers.push_back(busy);
  input.workers.push_back(input.workers[0]);
  EXPECT_THAT(JudgeRun(input).verdict.reasons, Contains(HasSubstr("lab-2 was busy")));
}

TEST(VerdictTest, ErrorsThatNoThresholdLooksAtAreANote) {
  VerdictInput input = Good();
  input.measured.unexpected = 50'000;
  EXPECT_THAT(JudgeRun(input).notes,
              Contains("error_rate is 50.0 %, and no threshold looks at it"));
  EXPECT_EQ(JudgeRun(input).exit_code, 0);
  for (const char* judges : {"error_rate < 60%", "count(unexpected) < 60000"}) {
    input.thresholds = {Judgement(judges, true, true)};
    EXPECT_THAT(JudgeRun(input).notes, IsEmpty()) << judges;
  }
  input = Good();
  input.measured.unexpected = 999;
  EXPECT_THAT(JudgeRun(input).notes, IsEmpty()) << "below the default's limit";
}

// A job that retries exit code 4 is to know what a retry can't mend.
TEST(VerdictTest, WhatFailsWhateverTheGeneratorDidIsNamed) {
  VerdictInput input = Good();
  input.thresholds = {Judgement("p99(response) < 1s", false, true),
                      Judgement("within(1ms) >= 99%", false, false)};
  const Judged judged = JudgeRun(input);
  EXPECT_EQ(judged.exit_code, 4);
  EXPECT_THAT(judged.notes, Contains("within(1ms) >= 99% fails whatever the generator did"));
  EXPECT_THAT(judged.notes, Not(Contains(HasSubstr("p99(response) < 1s fails"))));
}

TEST(VerdictTest, WhatChangesNoAnswerIsANote) {
  VerdictInput input = Good();
  input.lag.p99_ns = 5'000'000;
  SetNotStarted(&input, NotStarted::kLate, 7);
  const Judged judged = JudgeRun(input);
  EXPECT_EQ(judged.exit_code, 0);
  EXPECT_THAT(judged.notes, Contains(HasSubstr("5.00ms at p99")));
  EXPECT_THAT(judged.notes, Contains(HasSubstr("7 late")));
  EXPECT_THAT(JudgeRun(Good()).notes, IsEmpty());
}

TEST(VerdictTest, WhyNothingCompletedIsANote) {
  VerdictInput input = Good();
  input.counts.errors[static_cast<size_t>(ErrorClass::kConnectRefused)] = 100'000;
  input.counts.failed = 100'000;
  EXPECT_THAT(JudgeRun(input).notes, Not(Contains(HasSubstr("connect_refused"))));
  input.counts.completed = 0;
  EXPECT_THAT(JudgeRun(input).notes,
              Contains(HasSubstr("all 100,000 requests failed as connect_refused: ")));
}

TEST(VerdictTest, WhatALostWorkerCostIsSaidOnce) {
  VerdictInput input = Good();
  SetNotStarted(&input, NotStarted::kWorkerLost, 300);
  input.iterations_lost = 4;
  EXPECT_EQ(JudgeRun(input).verdict.reasons.size(), 2U);
  input.incomplete_reasons = {
      "worker w was lost at 0:03: silence; 300 of its iterations were not "
      "started, 4 in flight on it, outcome unknown"};
  EXPECT_THAT(JudgeRun(input).verdict.reasons, testing::ElementsAreArray(input.incomplete_reasons));
  EXPECT_FALSE(JudgeRun(input).verdict.complete);
}

}  // namespace
}  // namespace muster

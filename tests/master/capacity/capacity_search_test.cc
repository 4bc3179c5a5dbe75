#include "master/capacity/capacity_search.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>

#include "tests/sim/queue/sim_queue.h"

namespace muster {
namespace {

using Target = std::function<LevelObservation(const LevelRequest&)>;

SearchOptions From(double from) {
  SearchOptions options;
  options.allowed = {0.01};
  options.from = from;
  return options;
}

CapacitySearch Searched(const SearchOptions& options, const Target& target) {
  CapacitySearch search(options);
  while (search.Next()) search.Record(target(*search.Next()));
  return search;
}

LevelObservation Limiter(const LevelRequest& request) { return RunSimLimiter(1'000, 200, request); }

// Serves everything at once.
LevelObservation Endless(const LevelRequest& request) { return RunSimLimiter(1e12, 1, request); }

TEST(CapacitySearchTest, ALimitOnTheRateIsFoundWithinThreePercent) {
  for (const double from : {50.0, 80.0, 100.0, 130.0, 200.0, 250.0, 300.0, 400.0, 500.0, 700.0}) {
    for (const double allowed : {0.001, 0.01}) {
      SearchOptions options = From(from);
      options.allowed = {allowed};
      const CapacityAnswer answer = Searched(options, Limiter).Answer();
      const double truth = 1'000 / (1 - allowed);
      ASSERT_TRUE(answer.estimate.has_value());
      EXPECT_NEAR(*answer.estimate, truth, 0.03 * truth) << from << " " << allowed;
      EXPECT_TRUE(answer.interval->Contains(truth)) << from << " " << allowed;
      EXPECT_TRUE(answer.confirmed);
      EXPECT_LE(answer.sustained->load, 1.01 * truth);
      EXPECT_GE(answer.failed_at->load, truth);
      EXPECT_TRUE(answer.breaking_point->errors);
    }
  }
}

TEST(CapacitySearchTest, TheBudgetIsKept) {
  for (const int seconds : {20, 60, 300, 900}) {
    SearchOptions options = From(100);
    options.budget = Duration::Seconds(seconds);
    options.level_cost = Duration::Seconds(1);
    const CapacitySearch search = Searched(options, [](const LevelRequest& request) {
      LevelObservation level = Limiter(request);
      level.spent = request.length + Duration::Seconds(1);
      return level;
    });
    EXPECT_LE(search.spent(), options.budget) << seconds;
  }
}

TEST(CapacitySearchTest, TheSameObservationsGiveTheSameSearch) {
  const CapacitySearch a = Searched(From(100), Limiter), b = Searched(From(100), Limiter);
  ASSERT_EQ(a.levels().size(), b.levels().size());
  for (size_t i = 0; i < a.levels().size(); ++i) {
    EXPECT_EQ(a.levels()[i].load(), b.levels()[i].load());
  }
  EXPECT_EQ(a.Answer().interval, b.Answer().interval);
}

TEST(CapacitySearchTest, AGeneratorThatGivesOutFirstIsNeverTheTargetsLimit) {
  const CapacityAnswer answer = Searched(From(100), [](const LevelRequest& request) {
                                  LevelObservation level = Endless(request);
                                  level.generator_limited = request.load > 2'500;
                                  level.generator_reason = "busy";
                                  for (LevelRow& row : level.rows) {  // and it looks like a failure
                                    if (level.generator_limited) row.bad[0].hits = row.bad[0].all;
                                  }
                                  return level;
                                }).Answer();
  EXPECT_FALSE(answer.estimate.has_value());
  EXPECT_FALSE(answer.resolved);
  EXPECT_EQ(answer.why_not, Unresolved::kGeneratorLimited);
  EXPECT_EQ(answer.generator_reason, "busy");
  ASSERT_TRUE(answer.at_least.has_value());
  EXPECT_LE(*answer.at_least, 2'500);
  EXPECT_GE(*answer.at_least, 2'200);
  EXPECT_FALSE(answer.failed_at.has_value());
}

// It kept up with short levels and not with the long one.
TEST(CapacitySearchTest, AGeneratorThatGivesOutInConfirmingIsNotTheTargetsLimitEither) {
  SearchOptions options = From(100);
  options.budget = Duration::Seconds(30);
  const CapacityAnswer answer = Searched(options, [](const LevelRequest& request) {
                                  LevelObservation level = Endless(request);
                                  level.generator_limited =
                                      request.purpose == LevelPurpose::kConfirm;
                                  level.generator_reason = "late";
                                  return level;
                                }).Answer();
  EXPECT_EQ(answer.why_not, Unresolved::kGeneratorLimited);
  EXPECT_EQ(answer.generator_reason, "late");
  EXPECT_TRUE(answer.at_least.has_value());
  EXPECT_FALSE(answer.confirmed);
}

TEST(CapacitySearchTest, AtTheHighestLoadThatMayBeAskedForItIsAtLeastThat) {
  SearchOptions options = From(100);
  options.max = 500;
  const CapacityAnswer answer = Searched(options, Endless).Answer();
  EXPECT_EQ(answer.at_least, 500);
  EXPECT_TRUE(answer.confirmed);
  EXPECT_EQ(answer.why_not, Unresolved::kNothingFailed);
}

TEST(CapacitySearchTest, ATimeThatIsSpentBeforeAnythingFailedIsSaid) {
  SearchOptions options = From(100);
  options.budget = Duration::Seconds(20);
  const CapacityAnswer answer = Searched(options, Endless).Answer();
  EXPECT_TRUE(answer.at_least.has_value());
  EXPECT_EQ(answer.why_not, Unresolved::kBudgetSpent);
}

// A hiccup in a short level hides what is above it no longer than until a hold is sustained there.
TEST(CapacitySearchTest, AboveAFailureThatWasChanceItGoesOnClimbing) {
  const auto target = [](const LevelRequest& request) {
    const bool hiccup = request.purpose == LevelPurpose::kClimb && request.load > 550;
    return hiccup ? RunSimLimiter(0.0001, 0, request) : Limiter(request);
  };
  const CapacityAnswer answer = Searched(From(100), target).Answer();
  ASSERT_TRUE(answer.estimate.has_value());
  EXPECT_NEAR(*answer.estimate, 1'010, 30);  // of which 1 % fails
  EXPECT_TRUE(answer.interval->Contains(1'010));
}

TEST(CapacitySearchTest, WhatNeverBreaksIsNotPushedForEver) {
  SimQueue queue;
  queue.within_s = {0.1};
  SearchOptions options = From(20);
  options.budget = Duration::Seconds(1'200);
  options.narrow = 1;  // much time is left
  const CapacitySearch search = Searched(
      options, [&](const LevelRequest& request) { return RunSimLevel(queue, request, 1); });
  EXPECT_FALSE(search.Answer().breaking_point.has_value());
  EXPECT_EQ(std::count_if(search.levels().begin(), search.levels().end(),
                          [](const JudgedLevel& l) { return l.purpose == LevelPurpose::kBeyond; }),
            CapacitySearch::kMostBeyond);
}

TEST(CapacitySearchTest, ATargetThatAlwaysFailsIsGivenUp) {
  const CapacitySearch search = Searched(
      From(1'000), [](const LevelRequest& request) { return RunSimLimiter(0.0001, 0, request); });
  EXPECT_EQ(search.Answer().why_not, Unresolved::kNothingSustained);
  EXPECT_FALSE(search.Answer().sustained.has_value());
  EXPECT_FALSE(search.Answer().at_least.has_value());
  EXPECT_LE(search.levels().size(), 14U);
}

// So few arrivals that all of them lie in the part that is dropped.
TEST(CapacitySearchTest, LevelsWithNothingToJudgeEndTheSearch) {
  const CapacitySearch search = Searched(From(100), [](const LevelRequest& request) {
    LevelObservation level = RunSimLimiter(0.0001, 0, request);
    if (request.load > 40) return level;
    for (LevelRow& row : level.rows) row.bad[0] = {};
    return level;
  });
  EXPECT_EQ(search.Answer().why_not, Unresolved::kNothingSustained);
  EXPECT_LE(search.levels().size(), 6U);
}

TEST(CapacitySearchTest, StartedTooHighItClimbsDown) {
  const CapacityAnswer answer = Searched(From(5'000), Limiter).Answer();
  ASSERT_TRUE(answer.estimate.has_value());
  EXPECT_NEAR(*answer.estimate, 1'010, 30);
}

TEST(CapacitySearchTest, AnInterruptEndsItWithWhatThereIs) {
  CapacitySearch search(From(100));
  search.Record(Limiter(*search.Next()));
  LevelObservation cut = Limiter(*search.Next());
  cut.interrupted = true;
  search.Record(cut);
  EXPECT_FALSE(search.Next().has_value());
  EXPECT_EQ(search.Answer().why_not, Unresolved::kInterrupted);
  EXPECT_EQ(search.Answer().sustained->load, 100);
}

// Users in [1, 8] are served in time, 9 are not.
TEST(CapacitySearchTest, UsersAreWholeNumbers) {
  SearchOptions options = From(1);
  options.closed = true;
  const CapacitySearch search = Searched(options, [](const LevelRequest& request) {
    LevelObservation level = Endless({100, request.length, request.purpose});
    level.load = request.load;
    level.delivered_per_s = 50 * std::min(request.load, 8.0);
    for (LevelRow& row : level.rows) row.bad[0].hits = request.load > 8 ? row.bad[0].all / 5 : 0;
    return level;
  });
  for (const JudgedLevel& level : search.levels()) {
    EXPECT_EQ(level.load(), static_cast<int>(level.load()));
  }
  const CapacityAnswer answer = search.Answer();
  EXPECT_EQ(answer.sustained->load, 8);
  EXPECT_EQ(answer.failed_at->load, 9);
  EXPECT_EQ(answer.knee, 9);
}

// Each second of a level every request takes 1 % longer: what a short level shows does not last.
TEST(CapacitySearchTest, ATargetThatSlowsDownIsNotSustainedAtWhatAShortLevelHeld) {
  SimQueue queue;
  queue.service_s = 0.005;
  queue.within_s = {0.05};
  queue.slower_per_s = 0.01;
  const CapacitySearch search = Searched(
      From(20), [&](const LevelRequest& request) { return RunSimLevel(queue, request, 3); });
  double highest_short = 0;
  for (const JudgedLevel& level : search.levels()) {
    if (!level.long_enough() && level.sustained()) {
      highest_short = std::max(highest_short, level.load());
    }
  }
  EXPECT_LT(search.Answer().sustained->load, highest_short);
}

}  // namespace
}  // namespace muster

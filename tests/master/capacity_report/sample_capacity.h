// One fixed, wholly made-up capacity search for the tests of its reports: rates, an objective on
// time, one on errors and one on SYNs; what held, what failed and what says nothing of the target.
#pragma once

#include <gtest/gtest.h>

#include <limits>
#include <string>
#include <vector>

#include "master/capacity_report/capacity_result.h"

namespace muster {

inline Objective SampleObjective(const std::string& text) {
  const auto objective = ParseObjective(text);
  EXPECT_TRUE(objective.ok()) << text;
  return *objective;
}

// Of `late` and `errors` of 10,000 requests each.
inline JudgedLevel SampleLevel(LevelPurpose purpose, double load, LevelVerdict verdict,
                               uint64_t late, uint64_t errors = 0) {
  JudgedLevel level;
  level.purpose = purpose;
  LevelObservation& seen = level.observation;
  seen.load = load;
  seen.length = Duration::Seconds(purpose == LevelPurpose::kConfirm ? 60 : 5);
  seen.spent = seen.length + Duration::Millis(600);
  seen.delivered_per_s = load;
  seen.completed = static_cast<uint64_t>(load * seen.length.seconds());
  seen.in_flight_mean = load / 100;
  seen.p50_ns = 12.1e6;
  seen.p99_ns = late > 100 ? 271e6 : 48e6;
  seen.errors = errors;
  LevelJudgement& judgement = level.judgement;
  judgement.verdict = verdict;
  judgement.clear = true;
  judgement.objectives.resize(3);
  judgement.objectives[0].kept = {late, 10'000};
  judgement.objectives[1].kept = {errors, 10'000};
  judgement.objectives[2].kept = {0, 50};
  if (verdict == LevelVerdict::kFailed) judgement.failure = Limit{LimitKind::kObjective, 0};
  return level;
}

inline CapacityResult SampleCapacity() {
  CapacityResult result;
  result.tool_version = "1.2.3";
  result.name = "shop";
  result.target = "http://127.0.0.1:8080";
  result.load_hash = "0123abcd";
  result.seed = 7;
  result.started_at = WallTime::FromNanos(1'700'000'000'000'000'000);
  result.duration = Duration::Seconds(262);
  result.budget = Duration::Seconds(300);
  result.traffic = "open, even arrivals";
  result.environment.command = {"muster", "find-capacity", "shop.yaml"};
  result.environment.plan_file = "shop.yaml";
  result.environment.host = "bench";
  result.environment.cores = 4;
  result.objectives = {SampleObjective("within(100ms) >= 99%"),
                       SampleObjective("error_rate < 0.1%"), SampleObjective("dropped_syns == 0")};
  result.objectives[2].is_default = true;
  result.workers = {{"w1", 0.41, 88'000}, {"w2", 0.38, 1'200'000}};
  SearchResult& search = result.searches.emplace_back();
  const auto add = [&](auto... fields) { search.levels.push_back(SampleLevel(fields...)); };
  add(LevelPurpose::kClimb, 1'000.0, LevelVerdict::kSustained, 4u);
  add(LevelPurpose::kClimb, 1'500.0, LevelVerdict::kSustained, 31u);
  add(LevelPurpose::kClimb, 2'250.0, LevelVerdict::kFailed, 9'000u);
  add(LevelPurpose::kHold, 1'960.0, LevelVerdict::kFailed, 181u);
  add(LevelPurpose::kConfirm, 1'840.0, LevelVerdict::kSustained, 82u);
  add(LevelPurpose::kBeyond, 3'375.0, LevelVerdict::kFailed, 10'000u, 120u);
  search.levels.back().observation.p99_ns = std::numeric_limits<double>::infinity();
  search.levels.back().observation.dropped_syns = 3;
  CapacityAnswer& answer = search.answer;
  answer.estimate = 1'890;
  answer.interval = Interval{1'790, 2'010};
  answer.sustained = HeldLoad{1'840, Duration::Seconds(60)};
  answer.confirmed = true;
  answer.failed_at = HeldLoad{1'960, Duration::Seconds(30)};
  answer.limited_by = Limit{LimitKind::kObjective, 0};
  answer.resolved = true;
  answer.why_not = Unresolved::kResolved;
  answer.knee = 2'250;
  answer.breaking_point = BreakingPoint{
      .load = 3'375, .dropped_syns = true, .errors = true, .collapsed = false, .in_flight = 5'800};
  answer.spent = Duration::Seconds(260);
  Conclude(&result);
  return result;
}

// The same search in users, whose rates are those delivered.
inline CapacityResult SampleUsers() {
  CapacityResult result = SampleCapacity();
  result.closed = true;
  result.traffic = "users, thinking 1s to 3s";
  for (JudgedLevel& level : result.searches[0].levels) {
    level.observation.delivered_per_s = level.load() / 2;
    level.observation.completed /= 2;
  }
  Conclude(&result);
  return result;
}

// Ended by the generator, at 12,000/s at least.
inline CapacityResult SampleGeneratorLimited() {
  CapacityResult result = SampleCapacity();
  SearchResult& search = result.searches[0];
  search.levels.resize(2);
  JudgedLevel level = SampleLevel(LevelPurpose::kClimb, 18'000, LevelVerdict::kVoid, 9'000);
  level.observation.generator_limited = true;
  level.observation.generator_reason = "w1 was busy 98 % of its time";
  search.levels.push_back(level);
  search.answer = CapacityAnswer();
  search.answer.sustained = HeldLoad{12'000, Duration::Seconds(60)};
  search.answer.confirmed = true;
  search.answer.at_least = 12'000;
  search.answer.why_not = Unresolved::kGeneratorLimited;
  search.answer.generator_reason = level.observation.generator_reason;
  Conclude(&result);
  return result;
}

}  // namespace muster

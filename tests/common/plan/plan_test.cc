#include "common/plan/plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <utility>
#include <vector>

namespace muster {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

PlanSpec OpenSpec(int64_t per_second = 100, int64_t seconds = 10) {
  PlanSpec spec;
  spec.name = "shop";
  spec.target = {Target::Kind::kTcp, "localhost", 8080, "", "localhost:8080"};
  spec.stages = {{"main", true}};
  const Rate rate = Rate::PerSecond(per_second);
  spec.load =
      OpenLoad{.segments = {{rate, rate, Duration::Seconds(seconds), 0}}, .max_in_flight = 400};
  spec.requests = {{.name = "home", .weight = 9}, {.name = "buy", .weight = 1}};
  spec.seed = 7;
  return spec;
}

PlanSpec ClosedSpec(uint32_t users = 20) {
  PlanSpec spec = OpenSpec();
  spec.load = ClosedLoad{.segments = {{users, users, Duration::Seconds(10), 0}}};
  return spec;
}

Plan Make(PlanSpec spec) { return Plan::Create(std::move(spec)).value(); }

TEST(PlanTest, ConnectionsDefaultToWhatMayBeInFlight) {
  EXPECT_EQ(Make(OpenSpec()).connections(), 400U);
  EXPECT_EQ(Make(ClosedSpec(20)).connections(), 20U);
  PlanSpec spec = OpenSpec();
  spec.connections = 7;
  EXPECT_EQ(Make(spec).connections(), 7U);
  EXPECT_EQ(Make(spec).max_in_flight(), 400U);
}

TEST(PlanTest, CreatingAgainFromItsOwnSpecChangesNothing) {
  const Plan plan = Make(ClosedSpec());
  EXPECT_EQ(Make(plan.spec()).spec(), plan.spec());
}

TEST(PlanTest, RefusesALoadThatAsksForNothing) {
  EXPECT_THAT(Message(Plan::Create(OpenSpec(0)).status()), HasSubstr("rate is 0 throughout"));
  EXPECT_THAT(Message(Plan::Create(ClosedSpec(0)).status()), HasSubstr("no users throughout"));
}

TEST(PlanTest, PassesOnWhatTheProfilesAndTheChecksRefuse) {
  EXPECT_THAT(Message(Plan::Create(OpenSpec(20'000'000)).status()), HasSubstr("rate must be from"));
  EXPECT_THAT(Message(Plan::Create(ClosedSpec(2'000'000)).status()),
              HasSubstr("more than 1000000"));
  PlanSpec spec = OpenSpec();
  spec.requests.clear();
  EXPECT_THAT(Message(Plan::Create(spec).status()), HasSubstr("no requests"));
}

TEST(PlanTest, TheLimitOfIterationsCutsTheTotal) {
  PlanSpec spec = OpenSpec();
  EXPECT_EQ(Make(spec).total_iterations(), 1000U);
  spec.iterations = 300;
  EXPECT_EQ(Make(spec).total_iterations(), 300U);
  spec.iterations = 5000;
  EXPECT_EQ(Make(spec).total_iterations(), 1000U);
}

TEST(PlanTest, TheLimitOfIterationsEndsAnOpenLoadWhenItsLastShareIsOver) {
  PlanSpec spec = OpenSpec();
  spec.iterations = 50;
  EXPECT_EQ(Make(spec).load_end(), RunTime() + Duration::Millis(500));
  spec.iterations = 1000;
  EXPECT_EQ(Make(spec).load_end(), RunTime() + Duration::Seconds(10));
  // Not at the end of the stretch of rate 0, where number 1000 would be due.
  const Rate none, rate = Rate::PerSecond(100);
  std::get<OpenLoad>(spec.load).segments = {{rate, rate, Duration::Seconds(10), 0},
                                            {none, none, Duration::Seconds(60), 0},
                                            {rate, rate, Duration::Seconds(10), 0}};
  EXPECT_EQ(Make(spec).load_end(), RunTime() + Duration::Seconds(10));
  PlanSpec closed = ClosedSpec();
  closed.iterations = 50;
  EXPECT_EQ(Make(closed).load_end(), RunTime() + Duration::Seconds(10));
}

TEST(PlanTest, EveryNumberOfALimitedPlanIsDueBeforeItsEnd) {
  for (const ArrivalKind kind : {ArrivalKind::kEven, ArrivalKind::kPoisson}) {
    for (uint64_t limit = 1; limit < 1'500; limit += 7) {
      PlanSpec spec = OpenSpec(200);
      std::get<OpenLoad>(spec.load).arrivals = kind;
      spec.iterations = limit;
      const Plan plan = Make(spec);
      Arrivals arrivals(plan.rates(), kind, spec.seed, limit);
      EXPECT_LT(arrivals.DueTime(limit - 1), plan.load_end()) << limit;
      EXPECT_GE(plan.load_end(), RunTime() + Duration::Millis(static_cast<int64_t>(limit) * 5));
      EXPECT_LE(plan.load_end(), plan.rates().end());
    }
  }
}

TEST(PlanTest, RequestsAreDrawnByWeight) {
  const Plan plan = Make(OpenSpec());
  std::array<int, 2> drawn{};
  for (uint64_t k = 0; k < 100'000; ++k) ++drawn[plan.RequestOf(k)];
  EXPECT_NEAR(drawn[1], 10'000, 500);  // five deviations
  drawn = {};
  for (uint64_t n = 0; n < 100'000; ++n) ++drawn[plan.RequestOf(3, n)];
  EXPECT_NEAR(drawn[1], 10'000, 500);
}

TEST(PlanTest, EveryRequestOfTheLargestMixCanBeDrawn) {
  PlanSpec spec = OpenSpec();
  spec.requests.clear();
  for (size_t i = 0; i < Plan::kMaxRequests; ++i)
    spec.requests.push_back({.name = std::to_string(i)});
  const Plan plan = Make(spec);
  std::vector<int> drawn(Plan::kMaxRequests);
  for (uint64_t k = 0; k < 10'000; ++k) ++drawn[plan.RequestOf(k)];
  EXPECT_THAT(drawn, ::testing::Each(::testing::Gt(0)));
}

// What a seed means never changes.
TEST(PlanTest, DrawsOfASeedNeverChange) {
  PlanSpec spec = ClosedSpec();
  std::get<ClosedLoad>(spec.load).think_min = Duration::Seconds(1);
  std::get<ClosedLoad>(spec.load).think_max = Duration::Seconds(3);
  spec.requests[0].weight = 1;
  const Plan plan = Make(spec);
  std::vector<uint16_t> requests;
  for (uint64_t k = 0; k < 8; ++k) requests.push_back(plan.RequestOf(k, k / 4));
  EXPECT_THAT(requests, ElementsAre(1, 0, 0, 1, 0, 0, 1, 0));
  EXPECT_EQ(plan.ThinkTime(0, 0).nanos(), 2959952627);
  EXPECT_EQ(plan.ThinkTime(5, 2).nanos(), 1953078364);
}

TEST(PlanTest, OwnConnectionsWantOneForEachUser) {
  PlanSpec spec = ClosedSpec();
  std::get<ClosedLoad>(spec.load).own_connections = true;
  const uint32_t users = Make(spec).users().peak();
  EXPECT_EQ(Make(spec).connections(), users);
  spec.connections = users;
  EXPECT_TRUE(Plan::Create(spec).ok());
  spec.connections = users - 1;
  EXPECT_THAT(Message(Plan::Create(spec).status()),
              ::testing::HasSubstr("leave `connections` out"));
}

TEST(PlanTest, ThinkTimesFillTheirRangeAndMayBeFixed) {
  PlanSpec spec = ClosedSpec();
  ClosedLoad& load = std::get<ClosedLoad>(spec.load);
  EXPECT_EQ(Make(spec).ThinkTime(1, 1), Duration());
  load.think_min = load.think_max = Duration::Seconds(2);
  EXPECT_EQ(Make(spec).ThinkTime(1, 1), Duration::Seconds(2));
  load.think_min = Duration::Nanos(5);
  load.think_max = Duration::Nanos(7);
  std::array<int, 8> drawn{};
  const Plan plan = Make(spec);
  for (uint64_t n = 0; n < 3000; ++n) ++drawn.at(static_cast<size_t>(plan.ThinkTime(1, n).nanos()));
  EXPECT_EQ(drawn[5] + drawn[6] + drawn[7], 3000);
  for (const size_t ns : {5U, 6U, 7U}) EXPECT_NEAR(drawn[ns], 1000, 130);
}

TEST(PlanTest, WithinLimitsAreDistinctAndAscending) {
  PlanSpec spec = OpenSpec();
  for (const auto* text :
       {"within(1s) > 9%", "within(250ms) > 9%", "error_rate < 1%", "within(1s){name=buy} > 8%"}) {
    spec.thresholds.push_back(ParseThreshold(text).value());
  }
  EXPECT_THAT(Make(spec).within_limits(), ElementsAre(Duration::Millis(250), Duration::Seconds(1)));
}

TEST(PlanTest, StagesHaveTheLengthOfAllTheirSegments) {
  PlanSpec spec = OpenSpec();
  spec.stages = {{"steps", true}, {"hold", true}};
  const Rate rate = Rate::PerSecond(10);
  std::get<OpenLoad>(spec.load).segments = {{rate, rate, Duration::Seconds(1), 0},
                                            {rate, rate, Duration::Seconds(2), 0},
                                            {rate, rate, Duration::Seconds(4), 1}};
  const Plan plan = Make(spec);
  EXPECT_EQ(plan.StageLength(0), Duration::Seconds(3));
  EXPECT_EQ(plan.StageLength(1), Duration::Seconds(4));
  EXPECT_EQ(plan.StageAt(RunTime::FromNanos(2'999'999'999)), 0);
  EXPECT_EQ(plan.StageAt(RunTime::FromNanos(3'000'000'000)), 1);
  EXPECT_EQ(plan.load_end(), RunTime() + Duration::Seconds(7));
  EXPECT_EQ(Make(ClosedSpec()).StageLength(0), Duration::Seconds(10));
}

TEST(PlanTest, IntervalsAreShortForRunsOfUpToAMinute) {
  EXPECT_EQ(Make(OpenSpec(1, 60)).interval(), Duration::Millis(100));
  EXPECT_EQ(Make(OpenSpec(1, 61)).interval(), Duration::Seconds(1));
}

TEST(PlanTest, RequestsOfAThresholdHaveItsNameAndAllItsTags) {
  PlanSpec spec = OpenSpec();
  spec.requests = {{.name = "user", .tags = {{"kind", "read"}, {"team", "web"}}},
                   {.name = "user", .tags = {{"kind", "write"}}},
                   {.name = "buy", .tags = {{"kind", "read"}}}};
  const Plan plan = Make(spec);
  const auto of = [&](std::string_view text) {
    return plan.RequestsOf(ParseThreshold(text).value());
  };
  EXPECT_THAT(of("error_rate < 1%"), ElementsAre(0, 1, 2));
  EXPECT_THAT(of("error_rate{name=user} < 1%"), ElementsAre(0, 1));
  EXPECT_THAT(of("error_rate{kind=read} < 1%"), ElementsAre(0, 2));
  EXPECT_THAT(of("error_rate{kind=read,team=web} < 1%"), ElementsAre(0));
  EXPECT_THAT(of("error_rate{kind=read,name=buy} < 1%"), ElementsAre(2));
  EXPECT_THAT(of("error_rate{kind=else} < 1%"), ElementsAre());
}

TEST(PlanTest, WindowsFitTheIntervalAndTheLoad) {
  const auto with = [](std::string_view threshold, int64_t seconds) {
    PlanSpec spec = OpenSpec(100, seconds);
    spec.thresholds = {ParseThreshold(threshold).value()};
    return Message(Plan::Create(spec).status());
  };
  EXPECT_EQ(with("error_rate < 1% over 500ms", 60), "");
  EXPECT_EQ(with("error_rate < 1% over 10s for 30s", 30), "");
  EXPECT_EQ(with("error_rate < 1% over 500ms", 61),
            "threshold \"error_rate < 1% over 500ms\": a window of this run is a multiple of 1s");
  EXPECT_THAT(with("error_rate < 1% over 150ms", 30), HasSubstr("a multiple of 100ms"));
  EXPECT_THAT(with("error_rate < 1% over 10s for 25s", 29),
              HasSubstr("it looks at 30s on end, and the stages that it is about last 29s"));
  EXPECT_THAT(with("error_rate{stage=main} < 1% over 20s", 19), HasSubstr("last 19s"));
}

}  // namespace
}  // namespace muster

#include "master/plan/load_flags.h"

#include <gtest/gtest.h>

namespace muster {
namespace {

struct Applied {
  explicit Applied(const PlanFlags& flags, PlanDraft start = {}) : draft(std::move(start)) {
    status = ApplyLoadFlags(flags, draft, notes);
  }
  const OpenLoad& open() const { return std::get<OpenLoad>(draft.load); }
  const ClosedLoad& closed() const { return std::get<ClosedLoad>(draft.load); }
  PlanDraft draft;
  std::vector<std::string> notes;
  Status status;
};

// A plan of 20 s with a ramp and a hold.
PlanDraft OpenDraft() {
  PlanDraft draft;
  draft.stages = {{"warm", false}, {"steady", true}};
  draft.load =
      OpenLoad{.arrivals = ArrivalKind::kPoisson,
               .segments = {{Rate{}, Rate::PerSecond(10), Duration::Seconds(5), 0},
                            {Rate::PerSecond(10), Rate::PerSecond(10), Duration::Seconds(15), 1}},
               .max_in_flight = 77};
  draft.max_in_flight_given = true;
  return draft;
}

PlanFlags Flags() { return {}; }

TEST(LoadFlagsTest, NothingGivenIsTenUsersForTenSecondsAndSaysSo) {
  const Applied applied(Flags());
  ASSERT_TRUE(applied.status.ok());
  EXPECT_EQ(applied.closed().segments,
            (std::vector<UserSegment>{{10, 10, Duration::Seconds(10), 0}}));
  EXPECT_EQ(applied.notes, (std::vector<std::string>{"no load was given: 10 users for 10s"}));
}

TEST(LoadFlagsTest, APlansLoadStaysWithoutFlags) {
  const Applied applied(Flags(), OpenDraft());
  ASSERT_TRUE(applied.status.ok());
  EXPECT_EQ(applied.draft.load, OpenDraft().load);
  EXPECT_EQ(applied.draft.stages, OpenDraft().stages);
  EXPECT_TRUE(applied.notes.empty());
}

TEST(LoadFlagsTest, ARateReplacesTheStagesForThePlansLengthAndKeepsItsLimits) {
  PlanFlags flags;
  flags.rate = Rate::PerSecond(500);
  const Applied applied(flags, OpenDraft());
  ASSERT_TRUE(applied.status.ok());
  EXPECT_EQ(applied.open().segments,
            (std::vector<RateSegment>{
                {Rate::PerSecond(500), Rate::PerSecond(500), Duration::Seconds(20), 0}}));
  EXPECT_EQ(applied.draft.stages, (std::vector<Stage>{{"stage-1", true}}));
  EXPECT_EQ(applied.open().arrivals, ArrivalKind::kPoisson);
  EXPECT_EQ(applied.open().max_in_flight, 77U);
}

TEST(LoadFlagsTest, UsersReplaceAnOpenLoad) {
  PlanFlags flags;
  flags.users = 5;
  flags.duration = Duration::Seconds(3);
  flags.think = {Duration::Seconds(1), Duration::Seconds(2)};
  flags.own_connections = true;
  const Applied applied(flags, OpenDraft());
  ASSERT_TRUE(applied.status.ok());
  EXPECT_EQ(applied.closed().segments, (std::vector<UserSegment>{{5, 5, Duration::Seconds(3), 0}}));
  EXPECT_EQ(applied.closed().think_max, Duration::Seconds(2));
  EXPECT_TRUE(applied.closed().own_connections);
}

TEST(LoadFlagsTest, StagesRampFromTheLevelBeforeTheFirstFromTheFlagOrZero) {
  PlanFlags flags;
  flags.stages = {{Duration::Seconds(30), Rate::PerSecond(20)},
                  {Duration::Seconds(10), Rate::PerSecond(20)}};
  EXPECT_EQ(Applied(flags).open().segments[0].from, Rate{});
  EXPECT_EQ(Applied(flags).open().segments[1].from, Rate::PerSecond(20));
  EXPECT_EQ(Applied(flags).draft.stages.size(), 2U);
  flags.rate = Rate::PerSecond(5);
  EXPECT_EQ(Applied(flags).open().segments[0].from, Rate::PerSecond(5));

  PlanFlags users;
  users.stages = {{Duration::Seconds(30), uint32_t{200}}};
  EXPECT_EQ(Applied(users).closed().segments,
            (std::vector<UserSegment>{{0, 200, Duration::Seconds(30), 0}}));
}

TEST(LoadFlagsTest, IterationsAloneLastAsLongAsTheyTake) {
  PlanFlags flags;
  flags.iterations = 10;
  flags.rate = Rate{Rate::kPerSecond * 3};
  EXPECT_EQ(Applied(flags).open().segments[0].length, Duration::Nanos(3'333'333'334));
  flags.rate.reset();
  flags.users = 2;
  EXPECT_EQ(Applied(flags).closed().segments[0].length, Duration::Seconds(3600));
  EXPECT_EQ(Applied(flags).draft.iterations, 10U);
  flags.users.reset();
  flags.rate = Rate{};
  EXPECT_FALSE(Applied(flags).status.ok());
  flags.rate = Rate{1};
  EXPECT_FALSE(Applied(flags).status.ok());
}

TEST(LoadFlagsTest, DurationAloneSetsASingleStage) {
  PlanFlags flags;
  flags.duration = Duration::Seconds(3);
  EXPECT_NE(Message(Applied(flags, OpenDraft()).status).find("several parts"), std::string::npos);
  PlanDraft single = OpenDraft();
  std::get<OpenLoad>(single.load).segments.erase(std::get<OpenLoad>(single.load).segments.begin());
  const Applied applied(flags, single);
  ASSERT_TRUE(applied.status.ok());
  EXPECT_EQ(applied.open().segments[0].length, Duration::Seconds(3));
  EXPECT_EQ(Applied(flags).closed().segments[0].length, Duration::Seconds(3));
}

TEST(LoadFlagsTest, FlagsOfTheOtherModelAreRefused) {
  const auto refused = [](auto set, bool rate) {
    PlanFlags flags;
    set(flags);
    if (rate) flags.rate = Rate::PerSecond(1);
    return !Applied(flags).status.ok();
  };
  EXPECT_TRUE(refused([](PlanFlags& f) { f.arrivals = ArrivalKind::kEven; }, false));
  EXPECT_TRUE(refused([](PlanFlags& f) { f.max_in_flight = 5; }, false));
  EXPECT_TRUE(refused([](PlanFlags& f) { f.max_lateness = Duration::Seconds(1); }, false));
  EXPECT_TRUE(refused([](PlanFlags& f) { f.think = {Duration(), Duration()}; }, true));
  EXPECT_TRUE(refused([](PlanFlags& f) { f.own_connections = true; }, true));
  EXPECT_TRUE(refused([](PlanFlags& f) { f.stages = {{Duration::Seconds(1), 5U}}; }, true));
  EXPECT_FALSE(refused([](PlanFlags& f) { f.max_in_flight = 5; }, true));
}

TEST(LoadFlagsTest, MaxInFlightIsTwoSecondsOfThePeakWithinItsBounds) {
  const auto limit = [](Rate peak) {
    OpenLoad load;
    load.segments = {{Rate{}, peak, Duration::Seconds(1), 0},
                     {peak, Rate{}, Duration::Seconds(1), 0}};
    return DefaultMaxInFlight(load);
  };
  EXPECT_EQ(limit(Rate::PerSecond(1)), 100U);
  EXPECT_EQ(limit(Rate::PerSecond(50)), 100U);
  EXPECT_EQ(limit(Rate{50 * Rate::kPerSecond + 1}), 101U);
  EXPECT_EQ(limit(Rate::PerSecond(2000)), 4000U);
  EXPECT_EQ(limit(Rate{Rate::kMax}), 10'000U);
}

}  // namespace
}  // namespace muster

#include "master/plan/yaml_load.h"

#include <gtest/gtest.h>

namespace muster {
namespace {

struct Load {
  explicit Load(const std::string& text) {
    const auto root = ReadYamlTree(text, errors);
    if (root) ReadYamlLoad(*root, errors, draft);
  }
  std::string Errors() const { return Message(errors.ToStatus()); }
  const OpenLoad& open() const { return std::get<OpenLoad>(draft.load); }
  const ClosedLoad& closed() const { return std::get<ClosedLoad>(draft.load); }
  SourceErrors errors{"p"};
  PlanDraft draft;
};

RateSegment Segment(int64_t from, int64_t to, int64_t seconds, uint16_t stage) {
  return {Rate::PerSecond(from), Rate::PerSecond(to), Duration::Seconds(seconds), stage};
}

TEST(YamlLoadTest, TheFourFormsOfAStageFollowOneAnother) {
  const Load load(
      "rate:\n"
      "  stages:\n"
      "    - {name: warm, to: 2000/s, over: 30s, measure: false}\n"
      "    - {at: 2000/s, for: 2m}\n"
      "    - {name: steps, step: 500/s, every: 10s, times: 2}\n"
      "    - {to: 100/s, over: 1s}\n"
      "    - {from: 50/s, to: 60/s, over: 5s}\n"
      "    - {step: -20/s, every: 1s, times: 3}\n");
  ASSERT_EQ(load.Errors(), "");
  EXPECT_EQ(load.draft.stages, (std::vector<Stage>{{"warm", false},
                                                   {"stage-2", true},
                                                   {"steps", true},
                                                   {"stage-4", true},
                                                   {"stage-5", true},
                                                   {"stage-6", true}}));
  EXPECT_EQ(load.open().segments,
            (std::vector<RateSegment>{
                Segment(0, 2000, 30, 0), Segment(2000, 2000, 120, 1), Segment(2500, 2500, 10, 2),
                Segment(3000, 3000, 10, 2), Segment(3000, 100, 1, 3), Segment(50, 60, 5, 4),
                Segment(40, 40, 1, 5), Segment(20, 20, 1, 5), Segment(0, 0, 1, 5)}));
}

TEST(YamlLoadTest, RateHasArrivalsAndLimits) {
  const Load load(
      "rate: {arrivals: poisson, max_in_flight: 40, max_lateness: 2s, "
      "stages: [{at: 60/m, for: 1m}]}");
  ASSERT_EQ(load.Errors(), "");
  EXPECT_EQ(load.open().arrivals, ArrivalKind::kPoisson);
  EXPECT_EQ(load.open().max_in_flight, 40U);
  EXPECT_TRUE(load.draft.max_in_flight_given);
  EXPECT_EQ(load.open().max_lateness, Duration::Seconds(2));
  EXPECT_EQ(load.open().segments[0].to, Rate::PerSecond(1));
}

TEST(YamlLoadTest, UsersThinkAndHaveWholeNumbers) {
  const Load load(
      "users: {think: 1s..3s, own_connections: true, stages: [{to: 200, over: 1m}, {at: 50, for: "
      "2m}]}");
  ASSERT_EQ(load.Errors(), "");
  EXPECT_EQ(load.closed().think_min, Duration::Seconds(1));
  EXPECT_EQ(load.closed().think_max, Duration::Seconds(3));
  EXPECT_TRUE(load.closed().own_connections);
  EXPECT_EQ(load.closed().segments,
            (std::vector<UserSegment>{{0, 200, Duration::Seconds(60), 0},
                                      {50, 50, Duration::Seconds(120), 1}}));
}

TEST(YamlLoadTest, RefusalsNameThePlaceAndTheRemedy) {
  const std::string forms =
      "a stage is one of {to, over}, {at, for}, {from, to, over} or {step, every, times}";
  const struct {
    const char* text;
    std::string error;
  } rows[] = {
      {"5", "p:1:1: load: expected a mapping (key: value), found '5'"},
      {"{}", "p:1:1: load: expected one of 'rate'"},
      {"{rate: {}}", "p:1:8: load.rate: 'stages' is missing: a list of stages"},
      {"{rate: {stages: []}}", "p:1:17: load.rate.stages: at least one stage is needed"},
      {"{rate: {stages: 5}}", "p:1:17: load.rate.stages: expected a list of stages"},
      {"{rate: {stages: [5]}}", "p:1:18: load.rate.stages[0]: expected a mapping"},
      {"{rtae: {}}", "p:1:2: unknown key 'rtae' in load; did you mean 'rate'?"},
      {"{rate: {stages: [{at: 2000, for: 1s}]}}",
       "p:1:23: load.rate.stages[0].at: \"2000\" is not a rate: it has no unit; write 2000/s"},
      {"{rate: {stages: [{at: 1/s, for: 30}]}}",
       "p:1:33: load.rate.stages[0].for: \"30\" is not a duration: it has no unit; write 30s"},
      {"{users: {stages: [{at: 5/s, for: 1s}]}}",
       "p:1:24: load.users.stages[0].at: '5/s' is a rate; under users, write a number of users"},
      {"{rate: {stages: [{at: 1/s}]}}",
       "p:1:18: load.rate.stages[0]: " + forms + "; 'for' is missing"},
      {"{rate: {stages: [{to: 1/s, for: 1s}]}}", forms + "; a ramp takes 'over', not 'for'"},
      {"{rate: {stages: [{at: 1/s, for: 1s, to: 2/s}]}}", forms},
      {"{rate: {stages: [{at: 1/s, for: 0s}]}}",
       "p:1:33: load.rate.stages[0].for: a stage must be longer than 0s"},
      {"{rate: {stages: [{at: 1/s, for: 721h}]}}", "the load is longer than 30 days"},
      {"{rate: {stages: [{at: 20000000/s, for: 1s}]}}", "above the limit"},
      {"{users: {stages: [{at: 1000001, for: 1s}]}}", "not a whole number from 0 to 1000000"},
      {"{rate: {stages: [{step: 1/s, every: 1s, times: 0}]}}",
       "p:1:48: load.rate.stages[0].times: '0' is not a whole number from 1 to 1000"},
      {"{rate: {stages: [{step: -1/s, every: 1s, times: 1}]}}", "the steps go below 0"},
      {"{rate: {stages: [{step: 9000000/s, every: 1s, times: 2}]}}", "more than 10,000,000/s"},
      {"{rate: {stages: [{at: 1/s, for: 1s, name: a}, {at: 1/s, for: 1s, name: a}]}}",
       "p:1:72: load.rate.stages[1].name: a stage 'a' exists already"},
      {"{rate: {stages: [{at: 1/s, for: 1s, measure: no}]}}",
       "p:1:46: load.rate.stages[0].measure: expected true or false, found 'no'"},
      {"{rate: {arrivals: random, stages: [{at: 1/s, for: 1s}]}}",
       "p:1:19: load.rate.arrivals: 'random' is no kind of arrivals; write even or poisson"},
      {"{users: {think: 3, stages: [{at: 1, for: 1s}]}}", "p:1:17: load.users.think: \"3\" is not"},
  };
  for (const auto& row : rows) {
    const std::string errors = Load(row.text).Errors();
    EXPECT_NE(errors.find(row.error), std::string::npos) << row.text << "\n" << errors;
  }
}

TEST(YamlLoadTest, MoreThanTwoHundredStagesAreRefused) {
  std::string text = "rate: {stages: [";
  for (int i = 0; i < 201; ++i) text += "{at: 1/s, for: 1s},";
  EXPECT_NE(Load(text + "]}").Errors().find("more than 200 stages"), std::string::npos);
}

}  // namespace
}  // namespace muster

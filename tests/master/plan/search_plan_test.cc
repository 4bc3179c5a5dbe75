#include "master/plan/search_plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "master/plan/plan_loader.h"

namespace muster {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr const char* kRates =
    "muster: 1\n"
    "target: http://h\n"
    "load: {rate: {arrivals: poisson, stages: [{name: steady, at: 50/s, for: 10s}]}}\n"
    "iterations: 100\n"
    "requests: [{name: a, get: /a}, {name: b, get: /b}]\n"
    "thresholds:\n"
    "  - within(100ms){stage=steady} >= 99%\n"
    "  - mean(response) < 1s\n"
    "  - error_rate{name=a} < 1%\n"
    "  - not_started_rate < 1%\n";

StatusOr<LoadedPlan> Load(SearchFlags search, const std::string& text = kRates,
                          const std::string& source = "shop.yaml") {
  PlanFlags flags;
  flags.source = source;
  flags.search = std::move(search);
  return LoadPlan(
      flags, [&](const std::string&, size_t) { return StatusOr<std::string>(text); }, 7);
}

std::vector<std::string> ExpressionsOf(const LoadedPlan& loaded) {
  std::vector<std::string> expressions;
  for (const Objective& objective : loaded.objectives) expressions.push_back(objective.expression);
  return expressions;
}

std::string Notes(const LoadedPlan& loaded) {
  std::string text;
  for (const std::string& note : loaded.notes) text += note + "\n";
  return text;
}

TEST(SearchPlanTest, ThePlansModelIsTheAxisAndItsKindStays) {
  const auto rates = Load({});
  ASSERT_TRUE(rates.ok()) << rates.status();
  ASSERT_TRUE(rates->plan.open());
  EXPECT_EQ(rates->plan.open_load().arrivals, ArrivalKind::kPoisson);
  EXPECT_FALSE(rates->plan.spec().iterations);
  EXPECT_THAT(Notes(*rates), HasSubstr("limit of iterations does not apply"));
  const auto users = Load({.axis = LoadAxis::kUsers});
  ASSERT_TRUE(users.ok()) << users.status();
  EXPECT_FALSE(users->plan.open());
}

TEST(SearchPlanTest, WithoutAPlanItIsTheRate) {
  const auto url = Load({}, "", "http://h/x");
  ASSERT_TRUE(url.ok()) << url.status();
  EXPECT_TRUE(url->plan.open());
  EXPECT_THAT(ExpressionsOf(*url),
              ElementsAre("within(1s) >= 99%", "error_rate < 0.1%", "dropped_syns == 0"));
  EXPECT_THAT(Notes(*url), HasSubstr("no objective was given: within(1s) >= 99%"));
}

TEST(SearchPlanTest, ThePlansSharesAreTheObjectivesAndTheOthersAreNamed) {
  const auto loaded = Load({});
  ASSERT_TRUE(loaded.ok()) << loaded.status();
  EXPECT_THAT(ExpressionsOf(*loaded),
              ElementsAre("within(100ms){stage=steady} >= 99%", "error_rate{name=a} < 1%",
                          "not_started_rate < 1%"));
  EXPECT_EQ(loaded->plan.spec().thresholds.size(), 3u);
  EXPECT_EQ(loaded->plan.spec().thresholds[0].stage, "");
  EXPECT_THAT(Notes(*loaded), HasSubstr("shop.yaml:8:5: 'mean(response) < 1s' is not used"));
}

TEST(SearchPlanTest, UsersHaveNoNotStartedRate) {
  const auto users = Load({.axis = LoadAxis::kUsers});
  ASSERT_TRUE(users.ok()) << users.status();
  EXPECT_THAT(ExpressionsOf(*users),
              ElementsAre("within(100ms){stage=steady} >= 99%", "error_rate{name=a} < 1%"));
  const auto refused =
      Load({.objectives = {*ParseObjective("not_started_rate < 1%")}, .axis = LoadAxis::kUsers});
  EXPECT_THAT(Message(refused.status()), HasSubstr("--objective: 'not_started_rate < 1%': users"));
}

TEST(SearchPlanTest, SharesComeFirstAndReplaceThePlansThresholds) {
  const auto loaded = Load({.objectives = {*ParseObjective("dropped_syns == 0"),
                                           *ParseObjective("p99(response) < 1s")}});
  ASSERT_TRUE(loaded.ok()) << loaded.status();
  EXPECT_THAT(ExpressionsOf(*loaded), ElementsAre("p99(response) < 1s", "dropped_syns == 0"));
  ASSERT_EQ(loaded->plan.spec().thresholds.size(), 1u);
  EXPECT_EQ(loaded->plan.spec().thresholds[0], loaded->objectives[0].share);
  const auto unknown = Load({.objectives = {*ParseObjective("error_rate{name=c} < 1%")}});
  EXPECT_THAT(Message(unknown.status()), HasSubstr("no request is named 'c'"));
}

TEST(SearchPlanTest, LoadsFitTheAxisAndEachOther) {
  const std::pair<SearchFlags, const char*> kCases[] = {
      {{.axis = LoadAxis::kUsers, .from = LoadFlag{5, true}}, "--from: a rate, and the axis"},
      {{.axis = LoadAxis::kUsers, .max = LoadFlag{5.5, false}}, "--max: users are whole"},
      {{.from = LoadFlag{50, false}, .max = LoadFlag{50, false}}, "--max: not above --from"},
      {{.max = LoadFlag{50, false}, .at_least = LoadFlag{60, false}}, "--at-least: above --max"},
  };
  for (const auto& [search, error] : kCases) {
    EXPECT_THAT(Message(Load(search).status()), testing::StartsWith(error));
  }
}

}  // namespace
}  // namespace muster

#include "master/compare/compare_json.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/master/compare/sample_runs.h"
#include "tests/master/report/golden.h"

namespace muster {
namespace {

using Json = nlohmann::json;

TEST(CompareJsonTest, MatchesItsGoldenFiles) {
  auto base = BaseRuns({10, 11, 10.5, 10.2}), changed = NewRuns({13, 14, 13.5, 13.2});
  base[3].all.values[2] = std::nullopt;
  changed[0].name = "bad \xff UTF-8";
  ExpectGolden("compare.json", CompareJson(*CompareSides(base, changed, CompareOptions{})));
  ExpectGolden("compare_none.json",
               NoBaselineJson("no baseline: there is no file a.json", CompareOptions{}));
}

TEST(CompareJsonTest, TheOutcomeAndTheExitCodeAgree) {
  const auto outcome = [](std::vector<double> base, std::vector<double> changed) {
    const Json json =
        Json::parse(CompareJson(*CompareSides(BaseRuns(base), NewRuns(changed), CompareOptions{})));
    return std::pair(json["outcome"].get<std::string>(), json["exit_code"].get<int>());
  };
  EXPECT_EQ(outcome({1, 1, 1, 1}, {9, 9, 9, 9}), std::pair(std::string("regression"), 1));
  EXPECT_EQ(outcome({1, 1, 1, 1}, {1, 1, 1, 1}), std::pair(std::string("no_regression"), 0));
  EXPECT_EQ(outcome({1}, {9}), std::pair(std::string("not_judged"), 0));
}

TEST(CompareJsonTest, EveryRunsFigureIsThere) {
  const Json json = Json::parse(
      CompareJson(*CompareSides(BaseRuns({10, 11}), NewRuns({13, 14}), CompareOptions{})));
  EXPECT_EQ(json["metrics"][2]["metric"], "p99");
  EXPECT_EQ(json["metrics"][2]["base_values"], Json({10e6, 11e6}));
  EXPECT_EQ(json["metrics"][2]["new_values"], Json({13e6, 14e6}));
  EXPECT_TRUE(json["metrics"][2]["p_worse"].is_null());
  EXPECT_EQ(json["base"][1]["source"], "b1.json");
}

}  // namespace
}  // namespace muster

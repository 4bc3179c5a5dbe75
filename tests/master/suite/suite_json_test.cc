#include "master/suite/suite_json.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/master/report/golden.h"
#include "tests/master/suite/sample_rows.h"

namespace muster {
namespace {

TEST(SuiteJsonTest, TheResultIsTheGoldenOne) {
  ExpectGolden("suite.json", SuiteJson(SampleSuiteResult()));
}

TEST(SuiteJsonTest, EveryRowHasTheKeysOfTheContract) {
  const auto json = nlohmann::json::parse(SuiteJson(SampleSuiteResult()));
  const auto& rows = json.at("suite").at("rows");
  ASSERT_EQ(rows.size(), 6u);
  for (const auto& row : rows) {
    for (const char* key : {"target", "plan", "requests_total", "rate_per_s", "duration_s",
                            "median_ms", "failed", "p99_ms", "verdict", "reason"}) {
      EXPECT_TRUE(row.contains(key)) << key;
    }
  }
  EXPECT_EQ(rows[0].at("rate_per_s"), 1234.5);
  EXPECT_EQ(rows[0].at("requests_total"), 2469);
  EXPECT_TRUE(rows[2].at("rate_per_s").is_null());
  EXPECT_EQ(rows[3].at("capacity").at("estimate_per_s"), 1890);
  EXPECT_TRUE(rows[0].at("capacity").is_null());
}

}  // namespace
}  // namespace muster

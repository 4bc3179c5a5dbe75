#include "master/capacity_report/capacity_json.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/master/capacity_report/sample_capacity.h"
#include "tests/master/report/golden.h"

namespace muster {
namespace {

using Json = nlohmann::ordered_json;

Json JsonOf(const CapacityResult& result) { return Json::parse(CapacityJson(result)); }

// tests/golden/CMakeLists.txt validates them against docs/capacity.schema.json.
TEST(CapacityJsonTest, MatchesItsGoldenFiles) {
  ExpectGolden("capacity.json", CapacityJson(SampleCapacity()));
  ExpectGolden("capacity_users.json", CapacityJson(SampleUsers()));
  ExpectGolden("capacity_generator.json", CapacityJson(SampleGeneratorLimited()));
}

TEST(CapacityJsonTest, TheContractsNames) {
  const Json capacity = JsonOf(SampleCapacity())["capacity"];
  EXPECT_EQ(capacity["axis"], "rate");
  EXPECT_EQ(capacity["estimate_per_s"], 1'890);
  EXPECT_EQ(capacity["low_per_s"], 1'790);
  EXPECT_EQ(capacity["high_per_s"], 2'010);
  EXPECT_EQ(capacity["sustained_per_s"], 1'840);
  EXPECT_EQ(capacity["failed_at_per_s"], 1'960);
  EXPECT_EQ(capacity["limited_by"], "within(100ms) >= 99%");
  EXPECT_EQ(capacity["resolved"], true);
  EXPECT_EQ(capacity["users"], nullptr);
}

TEST(CapacityJsonTest, UsersHaveTheirOwnNamesBesideRates) {
  const Json capacity = JsonOf(SampleUsers())["capacity"];
  EXPECT_EQ(capacity["axis"], "users");
  EXPECT_EQ(capacity["sustained_per_s"], 920);
  EXPECT_EQ(capacity["users"]["sustained"], 1'840);
  EXPECT_EQ(capacity["users"]["estimate"], 1'890);
  EXPECT_EQ(capacity["knee"]["users"], 2'250);
}

TEST(CapacityJsonTest, WhatIsNotKnownIsNull) {
  const Json json = JsonOf(SampleGeneratorLimited());
  const Json& capacity = json["capacity"];
  EXPECT_EQ(capacity["estimate_per_s"], nullptr);
  EXPECT_EQ(capacity["at_least_per_s"], 12'000);
  EXPECT_EQ(capacity["limited_by"], "generator");
  EXPECT_EQ(capacity["reason"], "generator_limited");
  EXPECT_EQ(json["exit_code"], 4);
  CapacityResult open_ended = SampleCapacity();
  open_ended.answer.interval->high = std::numeric_limits<double>::infinity();
  EXPECT_EQ(JsonOf(open_ended)["capacity"]["high_per_s"], nullptr);
}

TEST(CapacityJsonTest, APercentileAmongTheFailedIsNull) {
  const Json levels = JsonOf(SampleCapacity())["searches"][0]["levels"];
  EXPECT_EQ(levels[0]["p99_ns"], 48'000'000);
  EXPECT_EQ(levels[5]["p99_ns"], nullptr);
  EXPECT_EQ(levels[5]["objectives"][1]["bad"], 120);
}

}  // namespace
}  // namespace muster

#include "master/suite/capacity_json.h"

#include <gtest/gtest.h>

namespace muster {
namespace {

TEST(CapacityJsonTest, WhatIsWrittenReadsBack) {
  CapacityFigures capacity{.axis = "rate",
                           .per_s = {1, 2, 3, 4, 5, std::nullopt},
                           .users = std::nullopt,
                           .limited_by = "error_rate < 1%",
                           .resolved = true,
                           .text = "in words"};
  EXPECT_EQ(CapacityOfJson(CapacityToJson(capacity)), capacity);
  capacity.users = CapacityNumbers{.estimate = 45, .at_least = 6};
  EXPECT_EQ(CapacityOfJson(CapacityToJson(capacity)), capacity);
}

TEST(CapacityJsonTest, AnAnswerWithoutItsAxisIsNone) {
  EXPECT_THROW(CapacityOfJson({{"resolved", true}}), nlohmann::json::exception);
  EXPECT_THROW(CapacityOfJson({{"axis", 1}, {"resolved", true}}), nlohmann::json::exception);
}

}  // namespace
}  // namespace muster

#include "master/results/scope.h"

#include <gtest/gtest.h>

#include "tests/master/results/fixture.h"

namespace muster {
namespace {

// "home" has the tag kind=read, "buy" kind=pay; "warm" is not measured.
std::shared_ptr<const Plan> TaggedPlan() {
  PlanSpec spec = OpenSpec();
  spec.requests[0].tags = {{"kind", "read"}};
  spec.requests[1].tags = {{"kind", "pay"}};
  return MakePlan(spec);
}

std::optional<Scope> Resolved(const std::string& filters) {
  return ScopeOf(*TaggedPlan(), *ParseThreshold("error_rate" + filters + " < 1%"));
}

TEST(ScopeTest, FiltersAreResolvedToIndices) {
  EXPECT_EQ(Resolved(""), Scope{});
  EXPECT_EQ(Resolved("{name=buy}"), (Scope{{}, {1}, ""}));
  EXPECT_EQ(Resolved("{kind=pay}"), Resolved("{name=buy}")) << "what selects the same is the same";
  EXPECT_EQ(Resolved("{stage=late,worker=eu}"), (Scope{2, {}, "eu"}));
  EXPECT_EQ(Resolved("{name=none}"), std::nullopt);
  EXPECT_EQ(Resolved("{stage=none}"), std::nullopt);
  EXPECT_EQ(Resolved("{name=buy,kind=read}"), std::nullopt);
}

TEST(ScopeTest, HoldsCellsOfItsStageRequestsAndGroup) {
  const auto plan = TaggedPlan();
  const auto holds = [&](const char* filters, uint16_t stage, uint16_t name, const char* group) {
    return Resolved(filters)->Holds(*plan, CellKey{7, stage, name}, group);
  };
  EXPECT_FALSE(holds("", 0, 0, "")) << "not measured";
  EXPECT_TRUE(holds("", 1, 0, ""));
  EXPECT_TRUE(holds("", 1, 0, "eu"));
  EXPECT_FALSE(holds("{stage=late}", 1, 0, ""));
  EXPECT_TRUE(holds("{stage=late}", 2, 0, ""));
  EXPECT_FALSE(holds("{name=buy}", 1, 0, ""));
  EXPECT_TRUE(holds("{name=buy}", 1, 1, ""));
  EXPECT_FALSE(holds("{worker=eu}", 1, 1, ""));
  EXPECT_FALSE(holds("{worker=eu}", 1, 1, "us"));
  EXPECT_TRUE(holds("{worker=eu}", 1, 1, "eu"));
}

}  // namespace
}  // namespace muster

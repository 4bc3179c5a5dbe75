#include "master/capacity/share_curve.h"

#include <gtest/gtest.h>

#include <cmath>

namespace muster {
namespace {

ShareCurve Start() { return {std::log(100), LogitOf(0.01), 12}; }

// Counts that lie on a curve of slope 20 that meets 1 % at 105.
std::vector<CurvePoint> OnCurve(double n) {
  const ShareCurve truth{std::log(105), LogitOf(0.01), 20};
  std::vector<CurvePoint> points;
  for (const double load : {80.0, 95.0, 100.0, 110.0, 120.0}) {
    points.push_back({std::log(load), n * truth.ShareAt(std::log(load)), n, 1, 1});
  }
  return points;
}

TEST(ShareCurveTest, CountsOnACurveGiveThatCurve) {
  const std::vector<CurvePoint> points = OnCurve(1e6);
  const ShareCurve curve = FitCurve(points, 1, kLogSlopePrior, Start());
  EXPECT_NEAR(curve.slope, 20, 0.05);
  EXPECT_NEAR(std::exp(curve.Meets(0.01)), 105, 0.05);
}

TEST(ShareCurveTest, FewCountsLeaveTheSlopeToThePrior) {
  const std::vector<CurvePoint> points = OnCurve(100);
  const ShareCurve curve = FitCurve(points, 50, kLogSlopePrior, Start());
  EXPECT_NEAR(curve.slope, std::exp(kLogSlopePrior), 2);
}

TEST(ShareCurveTest, WhereNothingIsBadTheCapacityLiesAbove) {
  const std::vector<CurvePoint> points{{std::log(90), 0, 5'000, 1, 1},
                                       {std::log(100), 0, 5'000, 1, 1}};
  EXPECT_GT(std::exp(FitCurve(points, 1, kLogSlopePrior, Start()).Meets(0.01)), 110);
}

TEST(ShareCurveTest, LevelsFarFromWhatIsAllowedHardlyCount) {
  std::vector<CurvePoint> points = OnCurve(1e5);
  points.push_back({std::log(130), 1e4, 1e5, 1, 1});  // that curve has 42 %
  const ShareCurve curve = FitLocalCurve(points, 1, 0.01, Start());
  EXPECT_LE(points.back().weight, 0.2);
  EXPECT_NEAR(std::exp(curve.Meets(0.01)), 105, 3);
}

// A target that sheds load, or one that always fails a few: the far ends are no line.
TEST(ShareCurveTest, LevelsFarOffTheLineDoNotBendIt) {
  for (const auto& [load, share] :
       {std::pair{315.0, 0.3}, {315.0, 0.1}, {210.0, 0.5}, {20.0, 1e-4}}) {
    std::vector<CurvePoint> points = OnCurve(1e5);
    points.push_back({std::log(load), share * 1e5, 1e5, 1, 1});
    const ShareCurve curve = FitLocalCurve(points, 1, 0.01, Start());
    EXPECT_NEAR(std::exp(curve.Meets(0.01)), 105, 1) << share << " at " << load;
    EXPECT_NEAR(curve.slope, 20, 2) << share << " at " << load;
  }
}

TEST(ShareCurveTest, SlopesStayWithinTheirBounds) {
  const std::vector<CurvePoint> falling{{std::log(90), 900, 1'000, 1, 1},
                                        {std::log(110), 1, 1'000, 1, 1}};
  EXPECT_GE(FitCurve(falling, 1, kLogSlopePrior, Start()).slope, 2.99);
}

}  // namespace
}  // namespace muster

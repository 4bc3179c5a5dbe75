#include "master/statistics/sections.h"

#include <gtest/gtest.h>

#include "master/statistics/interval.h"
#include "tests/master/statistics/simulated_stage.h"

namespace muster {
namespace {

TEST(SectionsTest, RefusesWhatIsTooShortOrTooCoarse) {
  EXPECT_EQ(CheckCut(30, kSecond), CutRefusal::kNone);
  EXPECT_EQ(CheckCut(29, kSecond), CutRefusal::kTooShort);
  EXPECT_EQ(CheckCut(299, Duration::Millis(100)), CutRefusal::kTooShort);
  EXPECT_EQ(CheckCut(300, Duration::Millis(100)), CutRefusal::kNone);
  EXPECT_EQ(CheckCut(19, Duration::Seconds(8)), CutRefusal::kTooFewRows);
  EXPECT_EQ(CheckCut(20, Duration::Seconds(8)), CutRefusal::kNone);
  EXPECT_EQ(CheckCut(0, kSecond), CutRefusal::kTooShort);
  EXPECT_FALSE(CutIntoSections(StageRows(29, kSecond).views(), kSecond).has_value());
}

TEST(SectionsTest, EveryRowIsInOneSectionAndLengthsDifferByOneAtMost) {
  for (size_t rows = kMinSectionRows; rows < 130; ++rows) {
    EXPECT_EQ(PartStart(rows, kSections, 0), 0U);
    EXPECT_EQ(PartStart(rows, kSections, kSections), rows);
    for (size_t i = 0; i < kSections; ++i) {
      const size_t length = PartStart(rows, kSections, i + 1) - PartStart(rows, kSections, i);
      EXPECT_GE(length, rows / kSections) << rows;
      EXPECT_LE(length, (rows + kSections - 1) / kSections) << rows;
    }
  }
}

TEST(SectionsTest, SectionsAddUpToTheWhole) {
  StageRows stage(37, kSecond);
  SimulateIndependent(300, 0.02, 1, &stage);
  stage.Fail(36, 5);
  const auto cut = CutIntoSections(stage.views(), kSecond);
  ASSERT_TRUE(cut.has_value());
  EXPECT_EQ(cut->length, Duration::Seconds(37));
  Section sum, direct;
  for (const Section& part : cut->parts) sum.Add({&part.latency, part.failed});
  for (const RowView& row : stage.views()) direct.Add(row);
  EXPECT_EQ(sum.latency, direct.latency);
  EXPECT_EQ(cut->whole.latency, direct.latency);
  EXPECT_EQ(cut->whole.failed, 5U);
  EXPECT_EQ(cut->parts[9].failed, 5U);
}

TEST(SectionsTest, FailedOnesRankAboveEveryRecord) {
  Section section;
  Histogram latency;
  for (int64_t i = 1; i <= 90; ++i) latency.Record(i);
  section.Add({&latency, 10});
  EXPECT_EQ(section.all(), 100U);
  EXPECT_EQ(section.AtPercentile(50'000), 50);
  EXPECT_EQ(section.AtPercentile(90'000), 90);
  EXPECT_EQ(section.AtPercentile(90'001), kRankFailed);
  EXPECT_EQ(section.AtRank(1), 1);
  EXPECT_EQ(section.Above(80), 20U);
  EXPECT_EQ(section.Above(90), 10U);
  EXPECT_EQ(section.Above(kRankFailed), 10U);
}

}  // namespace
}  // namespace muster

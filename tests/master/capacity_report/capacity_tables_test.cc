#include "master/capacity_report/capacity_tables.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/master/capacity_report/sample_capacity.h"
#include "tests/master/report/golden.h"

namespace muster {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(CapacityTablesTest, MatchTheirGoldenFiles) {
  ExpectGolden("capacity.md", CapacityMarkdown(SampleCapacity()));
  ExpectGolden("capacity.csv", CapacityCsv(SampleCapacity()));
  ExpectGolden("capacity_junit.xml", CapacityJunit(SampleGeneratorLimited()));
}

TEST(CapacityTablesTest, EveryCsvRowHasEveryColumn) {
  CapacityResult result = SampleGeneratorLimited();
  result.searches[0].levels[2].observation.generator_reason = "a \"busy\", worker\n";
  const std::string csv = CapacityCsv(result);
  EXPECT_THAT(csv, HasSubstr("\"says nothing of the target: a \"\"busy\"\", worker\n\"\r\n"));
  const std::string head = csv.substr(0, csv.find("\r\n"));
  const std::string row =
      csv.substr(head.size() + 2, csv.find("\r\n", head.size() + 2) - head.size() - 2);
  EXPECT_EQ(std::count(head.begin(), head.end(), ','), std::count(row.begin(), row.end(), ','));
}

TEST(CapacityTablesTest, MarkdownDoesNotTakeNamesForMarkup) {
  CapacityResult result = SampleCapacity();
  result.name = "<b>|x";
  EXPECT_THAT(CapacityMarkdown(result), Not(HasSubstr("<b>")));
}

TEST(CapacityTablesTest, JunitFailsWhereTheTargetIsJudgedAndIsAnErrorWhereItIsNot) {
  EXPECT_THAT(CapacityJunit(SampleCapacity()), HasSubstr("failures=\"0\" errors=\"0\""));
  CapacityResult result = SampleCapacity();
  result.wanted = 5'000;
  Conclude(&result);
  EXPECT_THAT(CapacityJunit(result), HasSubstr("<failure type=\"failed\""));
  EXPECT_THAT(CapacityJunit(SampleGeneratorLimited()),
              HasSubstr("<error type=\"generator_limited\""));
}

}  // namespace
}  // namespace muster

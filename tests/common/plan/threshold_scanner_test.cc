#include "common/plan/threshold_scanner.h"

#include <gtest/gtest.h>

namespace muster {
namespace {

TEST(ThresholdScannerTest, PartsComeInOrderWithTheirPlaces) {
  ThresholdScanner scanner("  p99.9 ( ok )>=  1s now");
  size_t at = 0;
  EXPECT_EQ(scanner.TrimmedText(), "p99.9 ( ok )>=  1s now");
  EXPECT_EQ(scanner.Word(&at), "p99.9");
  EXPECT_EQ(at, 2u);
  EXPECT_FALSE(scanner.Accept(')'));
  EXPECT_TRUE(scanner.Accept('('));
  EXPECT_EQ(scanner.Word(&at), "ok");
  EXPECT_TRUE(scanner.Accept(')'));
  EXPECT_EQ(scanner.Run("<>=", &at), ">=");
  EXPECT_EQ(scanner.NextWord(&at), "1s");
  const size_t before = scanner.position();
  EXPECT_EQ(scanner.NextWord(&at), "now");
  EXPECT_EQ(scanner.NextWord(&at), "");
  EXPECT_FALSE(scanner.Accept('x'));
  scanner.GoBack(before);
  EXPECT_EQ(scanner.NextWord(&at), "now");
}

TEST(ThresholdScannerTest, ErrorsSayTheColumnAndWhatIsThere) {
  ThresholdScanner scanner("ab");
  EXPECT_EQ(Message(scanner.Fail(4, "no")), "column 5: no");
  EXPECT_EQ(Message(scanner.Expected("x")), "column 1: expected x, found \"a\"");
  size_t at = 0;
  scanner.Word(&at);
  EXPECT_EQ(Message(scanner.Expected("x")), "column 3: expected x, found the end of the threshold");
}

std::string ValueOf(std::string_view text, std::string_view rest) {
  ThresholdScanner scanner(text);
  std::string value;
  const Status status = scanner.Value(&value);
  if (!status.ok()) return Message(status);
  EXPECT_EQ(text.substr(scanner.position()), rest) << text;
  return value;
}

TEST(ThresholdScannerTest, ValuesEndOutsideTheirOwnBracesAndQuotes) {
  EXPECT_EQ(ValueOf(" a b , c", ", c"), "a b");
  EXPECT_EQ(ValueOf("a}", "}"), "a");
  EXPECT_EQ(ValueOf("/x/{a,b}/{c{d}}}", "}"), "/x/{a,b}/{c{d}}");
  EXPECT_EQ(ValueOf(R"("a,}\"\\" })", " }"), R"(a,}"\)");
  EXPECT_EQ(ValueOf("}", ""), "column 1: expected a value");
  EXPECT_EQ(ValueOf("\"\"", ""), "column 1: expected a value");
  EXPECT_EQ(ValueOf("\"a\\", ""), "column 1: the quoted value has no end");
}

}  // namespace
}  // namespace muster

#include "master/suite/suite_report.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string_view>

#include "tests/master/report/golden.h"
#include "tests/master/suite/sample_rows.h"

namespace muster {
namespace {

size_t Count(const std::string& text, std::string_view part) {
  size_t count = 0;
  for (size_t at = text.find(part); at != text.npos; at = text.find(part, at + 1)) ++count;
  return count;
}

TEST(SuiteReportTest, TheTablesAreTheGoldenOnes) {
  const SuiteResult result = SampleSuiteResult();
  ExpectGolden("suite.txt", SuiteTerminal(result, {}));
  ExpectGolden("suite_ascii.txt", SuiteTerminal(result, {.unicode = false}));
  ExpectGolden("suite.md", SuiteMarkdown(result));
  ExpectGolden("suite.csv", SuiteCsv(result));
  ExpectGolden("suite.html", SuiteHtml(result));
}

TEST(SuiteReportTest, EveryLineOfAMarkdownTableHasAsManyCells) {
  const std::string text = SuiteMarkdown(SampleSuiteResult());
  size_t cells = 0, lines = 0;
  for (size_t at = text.find("\n|"); at != text.npos; at = text.find("\n|", at + 1)) {
    const std::string line = text.substr(at + 1, text.find('\n', at + 1) - at - 1);
    if (cells == 0) cells = Count(line, "|");
    EXPECT_EQ(Count(line, "|"), cells) << line;
    ++lines;
  }
  EXPECT_EQ(lines, 2u + 6);
}

TEST(SuiteReportTest, NamesMoveNoCursorAndOpenNoTag) {
  SuiteResult result = SampleSuiteResult();
  result.rows[0].reason = "\x1b[2J<script>alert(1)</script>|\r\n";
  for (const std::string& text : {SuiteTerminal(result, {}), SuiteHtml(result)}) {
    EXPECT_EQ(text.find('\x1b'), text.npos);
  }
  EXPECT_EQ(SuiteHtml(result).find("<script"), std::string::npos);
  EXPECT_EQ(Count(SuiteMarkdown(result), "\n"), Count(SuiteMarkdown(SampleSuiteResult()), "\n"));
}

TEST(SuiteReportTest, ColumnsWithoutAValueAreLeftOutButNotInCsv) {
  SuiteResult result = SampleSuiteResult();
  std::erase_if(result.rows, [](const SuiteRow& row) { return row.plan == "capacity"; });
  EXPECT_EQ(SuiteMarkdown(result).find("sustained"), std::string::npos);
  EXPECT_EQ(SuiteHtml(result).find("sustained"), std::string::npos);
  EXPECT_NE(SuiteCsv(result).find("sustained_per_s"), std::string::npos);
}

}  // namespace
}  // namespace muster

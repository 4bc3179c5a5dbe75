#include "master/report/terminal_report.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>

#include "tests/master/report/golden.h"
#include "tests/master/report/sample_summary.h"

namespace muster {
namespace {

RunSummary ClosedPassed() {
  RunSummary s = SampleSummary();
  s.model = "closed";
  s.asked = "50 users";
  s.counts.failed = s.counts.failed_after_send = s.counts.unexpected = 0;
  s.counts.errors = {};
  s.counts.not_started = {};
  s.counts.due = s.counts.started = s.counts.finished = s.counts.requests_started = 289'955;
  s.by_name = {SampleName("/", s.counts, 1932.7)};
  s.latency.response_all = s.latency.by_kind[0];
  s.statuses = StatusCounts();
  s.statuses.Add(200, 289'955);
  s.thresholds = {SampleThreshold("error_rate < 1%", 0, "0 %", true)};
  s.thresholds[0].threshold.is_default = true;
  s.verdict = Verdict{Outcome::kPassed, true, true, false, false, {}};
  s.exit_code = 0;
  s.notes.clear();
  s.findings.clear();
  s.workers = {SampleWorker("here", 289'955, 0.35)};
  s.workers[0].clock_error = Duration();
  return s;
}

RunSummary NothingArrived() {
  RunSummary s = SampleSummary();
  Counts counts;
  counts.due = counts.started = counts.finished = counts.requests_started = counts.failed = 500;
  counts.errors[static_cast<size_t>(ErrorClass::kConnectRefused)] = 500;
  s.counts = counts;
  s.statuses = StatusCounts();
  s.latency = LatencyTable();
  s.latency.response_all.count = 500;
  s.by_name = {NameSummary{"home", {}, counts, {}, s.latency, 0, {}}};
  s.thresholds = {SampleThreshold("p99(response) < 400ms", 0, "failed", false),
                  SampleThreshold("error_rate < 1%", 1, "100 %", false)};
  s.verdict = Verdict{Outcome::kIncomplete,
                      false,
                      false,
                      true,
                      false,
                      {"in doubt: numbers 401 to 499 of worker lab-2, at most 33 requests that "
                       "no count shows",
                       "nothing completed at all"}};
  s.exit_code = 3;
  s.workers[1].state = "lost";
  s.books_balanced = false;
  return s;
}

size_t WidestLine(const std::string& text) {
  std::istringstream lines(text);
  size_t widest = 0;
  for (std::string line; std::getline(lines, line);) widest = std::max(widest, TextWidth(line));
  return widest;
}

TEST(TerminalReportTest, MatchesItsGoldenFiles) {
  ExpectGolden("result.txt", TerminalReport(SampleSummary(), {false, 100, true}));
  ExpectGolden("result_color.txt", TerminalReport(SampleSummary(), {true, 100, true}));
  ExpectGolden("result_ascii_80.txt", TerminalReport(SampleSummary(), {false, 80, false}));
  ExpectGolden("result_closed_passed.txt", TerminalReport(ClosedPassed(), {false, 100, true}));
  ExpectGolden("result_nothing_arrived.txt", TerminalReport(NothingArrived(), {false, 100, true}));
}

TEST(TerminalReportTest, ColourChangesNoTextButTheCodes) {
  std::string colored = TerminalReport(SampleSummary(), {true, 100, true});
  for (size_t at; (at = colored.find('\x1b')) != std::string::npos;) {
    colored.erase(at, colored.find('m', at) - at + 1);
  }
  EXPECT_EQ(colored, TerminalReport(SampleSummary(), {false, 100, true}));
}

TEST(TerminalReportTest, WithoutUnicodeEveryByteIsAscii) {
  RunSummary s = SampleSummary();
  s.name = "größe";
  const std::string text = TerminalReport(s, {true, 100, false});
  EXPECT_TRUE(std::all_of(text.begin(), text.end(), [](char c) { return (c & 0x80) == 0; }));
}

TEST(TerminalReportTest, NamesCannotMoveTheCursor) {
  RunSummary s = SampleSummary();
  s.name = "a\x1b[2Jb\nc";
  s.by_name[0].name = "x\ry";
  const std::string text = TerminalReport(s, {false, 100, true});
  EXPECT_EQ(text.find('\x1b'), std::string::npos);
  EXPECT_EQ(text.find('\r'), std::string::npos);
  EXPECT_NE(text.find("a?[2Jb?c"), std::string::npos);
}

TEST(TerminalReportTest, EveryOutcomeHasItsFirstWord) {
  const std::pair<Outcome, std::string> words[] = {
      {Outcome::kPassed, "PASSED"},           {Outcome::kThresholdFailed, "FAILED"},
      {Outcome::kIncomplete, "INCOMPLETE"},   {Outcome::kGeneratorLimited, "GENERATOR-LIMITED"},
      {Outcome::kInterrupted, "INTERRUPTED"}, {Outcome::kInternalError, "INTERNAL ERROR"}};
  for (const auto& [outcome, word] : words) {
    RunSummary s = SampleSummary();
    s.verdict.outcome = outcome;
    EXPECT_TRUE(TerminalReport(s, {}).starts_with(word + "  shop")) << word;
  }
}

TEST(TerminalReportTest, ThreeFindingsAreShownAfterTheThresholds) {
  RunSummary s = SampleSummary();
  const std::string text = TerminalReport(s, {false, 100, true});
  for (size_t i = 0; i < 3; ++i) {
    EXPECT_GT(text.find("  ! " + s.findings[i].text), text.find("error_rate"));
  }
  EXPECT_EQ(text.find(s.findings[3].text), std::string::npos);
  EXPECT_NE(text.find("- and 1 more finding, in --out"), std::string::npos);
  s.findings.resize(3);
  EXPECT_EQ(TerminalReport(s, {}).find("more finding"), std::string::npos);
}

TEST(TerminalReportTest, TheTablesFitEightyColumns) {
  RunSummary s = SampleSummary();
  s.thresholds.clear();
  s.notes.clear();
  s.findings.clear();
  EXPECT_LE(WidestLine(TerminalReport(s, {false, 80, true})), 80u);
}

TEST(TerminalReportTest, AnEmptySummaryIsPrintedToo) {
  const std::string text = TerminalReport(RunSummary(), {});
  EXPECT_NE(text.find("no thresholds"), std::string::npos);
  EXPECT_NE(text.find("accounting NOT balanced"), std::string::npos);
}

TEST(TerminalReportTest, ATagThatIsAskedForHasATableOfItsOwn) {
  RunSummary s = SampleSummary();
  for (const char* value : {"pay", "(none)"}) {
    s.by_tag.push_back({"kind", value, s.by_name[1].counts, {}, s.by_name[1].latency, 193.3});
    s.by_tag.push_back({"team", "web", s.by_name[1].counts, {}, s.by_name[1].latency, 193.3});
  }
  TextOptions options{false, 100, true};
  EXPECT_EQ(TerminalReport(s, options).find("\nkind "), std::string::npos);
  options.by = "kind";
  const std::string text = TerminalReport(s, options);
  EXPECT_NE(text.find("\nkind      completed"), std::string::npos) << text;
  EXPECT_NE(text.find("\npay          28,990"), std::string::npos) << text;
  EXPECT_NE(text.find("\n(none) "), std::string::npos) << text;
  EXPECT_EQ(text.find("\nweb "), std::string::npos) << text;
}

TEST(TerminalReportTest, AThresholdWithAWindowSaysWhichWasWorst) {
  RunSummary s = SampleSummary();
  s.thresholds = {SampleThreshold("p99(response) < 400ms over 10s for 30s", 451e6, "451ms", false)};
  s.thresholds[0].first_breach = RunTime::FromNanos(20'000'000'000);
  s.thresholds[0].worst_window = WorstWindow{RunTime::FromNanos(40'000'000'000),
                                             RunTime::FromNanos(50'000'000'000), 612e6, "612ms"};
  s.thresholds[0].aborted_at = RunTime::FromNanos(50'000'000'000);
  const std::string text = TerminalReport(s, {false, 200, true});
  EXPECT_NE(text.find("p99(response)  451ms   want < 400ms over 10s for 30s   first breach 0:20   "
                      "worst 0:40 to 0:50: 612ms   ended the run at 0:50\n"),
            std::string::npos)
      << text;
  s.notes.clear();
  const std::string narrow = TerminalReport(s, {false, 80, true});
  EXPECT_LE(WidestLine(narrow), 80u);
  EXPECT_EQ(narrow.find(" \n"), std::string::npos) << narrow;
  EXPECT_NE(narrow.find("first breach 0:20\n"), std::string::npos) << narrow;
  EXPECT_NE(narrow.find("ended the run at 0:50\n  !"), std::string::npos) << narrow;
}

}  // namespace
}  // namespace muster

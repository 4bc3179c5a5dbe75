#include "master/capacity_report/capacity_tables.h"

#include <cmath>
#include <cstdio>
#include <string_view>

#include "master/capacity_report/capacity_text.h"
#include "master/report/json_report.h"
#include "master/report/markdown_text.h"
#include "master/report/wall_clock.h"
#include "master/report/xml_text.h"
#include "master/results/format.h"

namespace muster {
namespace {

std::string Decimal(double value, int digits) {
  char text[64];
  std::snprintf(text, sizeof(text), "%.*f", digits, value);
  return text;
}

std::string MarkdownRow(const std::vector<std::string>& cells) {
  std::string row = "|";
  for (const std::string& cell : cells) row += " " + cell + " |";
  return row + "\n";
}

std::string LevelRowText(const CapacityResult& result, const JudgedLevel& level) {
  const LevelObservation& seen = level.observation;
  return MarkdownRow({NameOf(level.purpose), LoadText(result, seen.load),
                      FormatSpan(LengthOf(seen)), FormatRatePerSecond(seen.delivered_per_s),
                      TimeText(seen.p50_ns), TimeText(seen.p99_ns), VerdictWord(level),
                      MarkdownText(FailureText(result, level))});
}

// RFC 4180.
std::string CsvText(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == text.npos) return text;
  std::string quoted = "\"";
  for (const char c : text) quoted += c == '"' ? "\"\"" : std::string(1, c);
  return quoted + "\"";
}

std::string Millis(double ns) { return ns > 0 && std::isfinite(ns) ? Decimal(ns / 1e6, 3) : ""; }

std::string JunitOutcome(const CapacityResult& result) {
  if (result.verdict.outcome == Outcome::kPassed) return "";
  return result.verdict.outcome == Outcome::kThresholdFailed ? "failure" : "error";
}

}  // namespace

std::string CapacityMarkdown(const CapacityResult& result) {
  std::string text = "## " + MarkdownText(result.name) + ": " +
                     MarkdownText(AnswerText(result, result.answer)) + "\n\n";
  for (const std::string& reason : result.verdict.reasons) {
    text += "- **" + OutcomeName(result.verdict.outcome) + "**: " + MarkdownText(reason) + "\n";
  }
  const std::string limit = LimitText(result, result.answer.limited_by);
  if (!limit.empty()) text += "- limited by " + MarkdownText(limit) + "\n";
  if (const std::string knee = KneeText(result); !knee.empty()) {
    text += "- knee at " + MarkdownText(knee) + "\n";
  }
  if (const std::string point = BreakingText(result); !point.empty()) {
    text += "- breaks at " + MarkdownText(point) + "\n";
  }
  std::string objectives;
  for (const Objective& objective : result.objectives) {
    objectives += (objectives.empty() ? "" : ", ") + MarkdownText(objective.expression) +
                  (objective.is_default ? " (default)" : "");
  }
  text += "- objectives: " + objectives + "\n- load: " + MarkdownText(result.target) + ", " +
          MarkdownText(result.traffic) + "\n";
  for (size_t i = 0; i < result.searches.size(); ++i) {
    text += "\n";
    if (result.searches.size() > 1) {
      text += "Search " + std::to_string(i + 1) + ": " +
              MarkdownText(AnswerText(result, result.searches[i].answer)) + "\n\n";
    }
    text += MarkdownRow({"level", "load", "for", "delivered", "p50", "p99", "verdict", "why"});
    text += "|---|--:|--:|--:|--:|--:|---|---|\n";
    for (const JudgedLevel& level : result.searches[i].levels) text += LevelRowText(result, level);
  }
  return text;
}

std::string CapacityCsv(const CapacityResult& result) {
  std::string text =
      "search,purpose,load,unit,length_s,delivered_per_s,in_flight,p50_ms,p99_ms,errors,"
      "dropped_syns,verdict,reason\r\n";
  for (size_t i = 0; i < result.searches.size(); ++i) {
    for (const JudgedLevel& level : result.searches[i].levels) {
      const LevelObservation& seen = level.observation;
      text += std::to_string(i + 1) + "," + NameOf(level.purpose) + "," +
              Decimal(seen.load, result.closed ? 0 : 3) + "," +
              (result.closed ? "users" : "per_s") + "," + Decimal(LengthOf(seen).seconds(), 3) +
              "," + Decimal(seen.delivered_per_s, 3) + "," + Decimal(seen.in_flight_mean, 3) + "," +
              Millis(seen.p50_ns) + "," + Millis(seen.p99_ns) + "," + std::to_string(seen.errors) +
              "," + std::to_string(seen.dropped_syns) + "," + VerdictWord(level) + "," +
              CsvText(FailureText(result, level)) + "\r\n";
    }
  }
  return text;
}

std::string CapacityJunit(const CapacityResult& result) {
  const std::string kind = JunitOutcome(result);
  const std::string answer = XmlText(AnswerText(result, result.answer));
  const std::string totals = " name=\"" + XmlText(result.name) + "\" tests=\"1\" failures=\"" +
                             (kind == "failure" ? "1" : "0") + "\" errors=\"" +
                             (kind == "error" ? "1" : "0") + "\" time=\"" +
                             Decimal(result.duration.seconds(), 3) + "\"";
  std::string text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites" + totals +
                     ">\n  <testsuite" + totals + " timestamp=\"" +
                     FormatUtc(result.started_at).substr(0, 19) +
                     "\">\n    <testcase classname=\"" + "muster." + XmlText(result.name) +
                     "\" name=\"capacity\" time=\"" + Decimal(result.duration.seconds(), 3) + "\"";
  if (kind.empty()) {
    text += "/>\n";
  } else {
    text += ">\n      <" + kind + " type=\"" + OutcomeName(result.verdict.outcome) +
            "\" message=\"" + XmlText(result.verdict.reasons.front()) + "\">" + answer + "</" +
            kind + ">\n    </testcase>\n";
  }
  return text + "    <system-out>" + answer + "</system-out>\n  </testsuite>\n</testsuites>\n";
}

}  // namespace muster

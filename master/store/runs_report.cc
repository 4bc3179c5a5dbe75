#include "master/store/runs_report.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "master/report/json_report.h"
#include "master/report/wall_clock.h"
#include "master/results/format.h"

namespace muster {
namespace {

using RunsJsonValue = nlohmann::ordered_json;

constexpr size_t kColumns = 10;
constexpr size_t kWidestText = 32;  // of what a plan names
constexpr size_t kFirstNumber = 5;  // columns from here on are numbers, but for the last
using Cells = std::array<std::string, kColumns>;

std::string CellOf(const std::optional<int64_t>& ns) {
  return ns ? FormatLatency(*ns) : std::string("-");
}

std::string VerdictCell(const StoredRun& run) {
  if (!run.finished) return "unfinished";
  std::string word = OutcomeName(run.outcome);
  std::replace(word.begin(), word.end(), '_', '-');
  return word;
}

Style MoodOf(const StoredRun& run) {
  if (!run.finished) return Style::kDim;
  switch (run.outcome) {
    case Outcome::kPassed:
      return Style::kGood;
    case Outcome::kThresholdFailed:
    case Outcome::kIncomplete:
    case Outcome::kInternalError:
      return Style::kBad;
    case Outcome::kGeneratorLimited:
    case Outcome::kInterrupted:
      return Style::kWarn;
  }
  return Style::kPlain;
}

Cells CellsOf(const TextStyle& style, const StoredRun& run) {
  const auto text = [&](const std::string& from) {
    return CutToWidth(style.Clean(from), kWidestText);
  };
  // "2024-02-29T12:34:56.789Z" to the minute.
  std::string when = FormatUtc(run.started_at).substr(0, 16);
  std::replace(when.begin(), when.end(), 'T', ' ');
  const std::string none = "-";
  return {style.Clean(run.id) + (run.pinned ? "*" : ""),
          when,
          text(run.name),
          text(run.model + " " + run.asked),
          text(run.target),
          run.finished ? FormatRatePerSecond(run.rate_per_s) : none,
          CellOf(run.p50_ns),
          CellOf(run.p99_ns),
          run.error_rate ? FormatShare(*run.error_rate) : none,
          VerdictCell(run)};
}

std::string LineOf(const Cells& cells, const std::array<size_t, kColumns>& widths) {
  std::string line;
  for (size_t i = 0; i < kColumns; ++i) {
    const bool number = i >= kFirstNumber && i + 1 < kColumns;
    line += (i == 0 ? "" : "  ") +
            (number ? PadLeft(cells[i], widths[i]) : PadRight(cells[i], widths[i]));
  }
  while (line.ends_with(' ')) line.pop_back();
  return line;
}

RunsJsonValue JsonOf(const StoredRun& run) {
  const auto or_null = [](const auto& value) {
    return value ? RunsJsonValue(*value) : RunsJsonValue(nullptr);
  };
  RunsJsonValue json = {{"id", run.id},
                        {"name", run.name},
                        {"started_at", FormatUtc(run.started_at)},
                        {"state", run.finished ? "finished" : "unfinished"},
                        {"pinned", run.pinned},
                        {"model", run.model},
                        {"asked", run.asked},
                        {"target", run.target},
                        {"bytes", run.bytes},
                        {"load_rate_per_s", nullptr},
                        {"p50_ns", or_null(run.p50_ns)},
                        {"p99_ns", or_null(run.p99_ns)},
                        {"error_rate", or_null(run.error_rate)},
                        {"outcome", nullptr},
                        {"exit_code", nullptr}};
  if (run.finished) {
    json["load_rate_per_s"] = run.rate_per_s;
    json["outcome"] = OutcomeName(run.outcome);
    json["exit_code"] = run.exit_code;
  }
  return json;
}

}  // namespace

std::string RunsTable(const RunList& list, const TextOptions& options) {
  if (list.runs.empty()) return "no runs\n";
  const TextStyle style(options);
  const Cells head = {"run",  "when (UTC)", "name", "load",   "target",
                      "rate", "p50",        "p99",  "errors", "verdict"};
  std::vector<Cells> rows;
  std::array<size_t, kColumns> widths{};
  for (size_t i = 0; i < kColumns; ++i) widths[i] = TextWidth(head[i]);
  for (const StoredRun& run : list.runs) {
    rows.push_back(CellsOf(style, run));
    for (size_t i = 0; i < kColumns; ++i) {
      widths[i] = std::max(widths[i], TextWidth(rows.back()[i]));
    }
  }
  std::string text = style.Paint(Style::kBold, LineOf(head, widths)) + "\n";
  for (size_t i = 0; i < rows.size(); ++i) {
    std::string& verdict = rows[i].back();
    verdict = style.Paint(MoodOf(list.runs[i]), verdict);
    text += LineOf(rows[i], widths) + "\n";
  }
  if (list.matching > list.runs.size()) {
    text += "and " + FormatCount(list.matching - list.runs.size()) +
            " older ones; --limit shows more\n";
  }
  return text;
}

std::string RunsJson(const RunList& list) {
  RunsJsonValue json = {
      {"schema", "muster-runs/1"}, {"matching", list.matching}, {"runs", RunsJsonValue::array()}};
  for (const StoredRun& run : list.runs) json["runs"].push_back(JsonOf(run));
  return json.dump(2, ' ', false, RunsJsonValue::error_handler_t::replace) + "\n";
}

}  // namespace muster

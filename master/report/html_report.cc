#include "master/report/html_report.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "master/report/html_assets.h"
#include "master/report/html_page.h"
#include "master/report/json_report.h"
#include "master/report/percentile_rows.h"
#include "master/report/terminal_report.h"
#include "master/results/format.h"

namespace muster {
namespace {

using Json = nlohmann::ordered_json;

constexpr size_t kMaxWindows = 40;  // rows of the table beside the charts
constexpr size_t kPlainWidth = 100;

template <typename T>
Json OrNull(const std::optional<T>& value) {
  return value ? Json(*value) : Json(nullptr);
}

// Rows as columns, which take a fifth of the space of named members.
Json Columns(const std::vector<TimelineRow>& rows) {
  Json json = Json::object();
  const auto add = [&](const char* name, auto&& of) {
    Json column = Json::array();
    for (const TimelineRow& row : rows) column.push_back(of(row));
    json[name] = std::move(column);
  };
  add("start", [](const TimelineRow& row) { return row.start.nanos(); });
  add("end", [](const TimelineRow& row) { return row.end.nanos(); });
  add("due", [](const TimelineRow& row) { return row.due; });
  add("started", [](const TimelineRow& row) { return row.started; });
  add("completed", [](const TimelineRow& row) { return row.completed; });
  add("failed", [](const TimelineRow& row) { return row.failed; });
  add("unexpected", [](const TimelineRow& row) { return row.unexpected; });
  add("not_started", [](const TimelineRow& row) { return row.not_started; });
  add("in_flight", [](const TimelineRow& row) { return row.in_flight; });
  add("p50", [](const TimelineRow& row) { return OrNull(row.response.p50_ns); });
  add("p95", [](const TimelineRow& row) { return OrNull(row.response.p95_ns); });
  add("p99", [](const TimelineRow& row) { return OrNull(row.response.p99_ns); });
  add("max", [](const TimelineRow& row) { return OrNull(row.response.max_ns); });
  return json;
}

// The rows merged into at most kMaxWindows.
std::vector<TimelineRow> Windows(const std::vector<TimelineRow>& rows) {
  std::vector<TimelineRow> windows;
  const size_t each = (rows.size() + kMaxWindows - 1) / kMaxWindows;
  for (size_t from = 0; from < rows.size(); from += each) {
    TimelineRow window;
    Histogram response;
    window.start = rows[from].start;
    for (size_t i = from; i < std::min(from + each, rows.size()); ++i) {
      const TimelineRow& row = rows[i];
      window.end = row.end;
      window.due += row.due;
      window.not_started += row.not_started;
      window.started += row.started;
      window.completed += row.completed;
      window.failed += row.failed;
      window.unexpected += row.unexpected;
      window.in_flight = row.in_flight;
      response.Merge(HistogramOf(row.response));
    }
    window.response = Summarize(response);
    windows.push_back(std::move(window));
  }
  return windows;
}

// The values at the levels of `levels`, which grows to the longest curve: the levels' steps are the
// same for all. The row of 100 % is left out: it lies at no place of the axis.
Json Curve(const LatencySummary& latency, std::vector<double>* levels) {
  const Histogram histogram = HistogramOf(latency);
  Json curve = Json::array();
  if (latency.count == 0) return curve;
  for (const PercentileRow& row : PercentileRows(histogram, latency.count)) {
    if (row.percentile == 100) break;
    if (curve.size() == levels->size()) levels->push_back(row.percentile);
    curve.push_back(row.value_ns);
  }
  return curve;
}

Json Curves(const RunSummary& s, std::vector<double>* levels) {
  Json curves = Json::object();
  curves["response_all"] = Curve(s.latency.response_all, levels);
  const LatencySummary& completed = s.latency.by_kind[static_cast<size_t>(LatencyKind::kResponse)];
  // Where nothing failed it is the same curve.
  if (completed.count != s.latency.response_all.count) {
    curves["response"] = Curve(completed, levels);
  }
  for (const LatencyKind kind : {LatencyKind::kService, LatencyKind::kWait, LatencyKind::kLag}) {
    const auto i = static_cast<size_t>(kind);
    curves[std::string(kLatencyNames[i])] = Curve(s.latency.by_kind[i], levels);
  }
  return curves;
}

Json NamesJson(const RunSummary& s, std::vector<double>* levels) {
  Json names = Json::array();
  for (const NameSummary& name : s.by_name) {
    Json tags = Json::object();
    for (const auto& [key, value] : name.tags) tags[key] = value;
    names.push_back({{"method", name.method},
                     {"tags", std::move(tags)},
                     {"curve", Curve(name.latency.response_all, levels)},
                     {"time", name.timeline.empty() ? Json(nullptr) : Columns(name.timeline)}});
  }
  return names;
}

std::string IntervalText(const ThresholdResult& result) {
  if (!result.certainty || !result.certainty->interval) return "";
  const auto end = [&](double value) {
    return value > 1e300 ? "failed" : FormatObserved(result.threshold, value);
  };
  const Certainty& certainty = *result.certainty;
  return end(certainty.interval->low) + " to " + end(certainty.interval->high) +
         (certainty.optimistic ? ", or wider" : "") + (certainty.borderline ? " (borderline)" : "");
}

// What the other outputs for people say in words.
Json TextJson(const RunSummary& s) {
  const std::string model = s.model == "closed" ? "closed"
                            : s.poisson         ? "open, Poisson"
                                                : "open, even";
  const Duration drain = std::max(Duration(), s.duration - s.load_duration);
  Json thresholds = Json::array();
  for (const ThresholdResult& result : s.thresholds) {
    Json one = {{"observed", result.observed_text},
                {"default", result.threshold.is_default},
                {"interval", IntervalText(result)},
                {"first_breach_ns", nullptr}};
    if (result.first_breach) one["first_breach_ns"] = result.first_breach->nanos();
    thresholds.push_back(std::move(one));
  }
  return {{"target", s.target},
          {"asked", s.asked},
          {"model", model},
          {"length", FormatSpan(s.load_duration) + " + drain " + FormatSpan(drain)},
          {"seed", std::to_string(s.seed)},  // beyond 2^53 a script's number would be another
          {"balanced", s.books_balanced},
          {"thresholds", std::move(thresholds)}};
}

std::string Title(const RunSummary& s) {
  std::string outcome = OutcomeName(s.verdict.outcome);
  std::replace(outcome.begin(), outcome.end(), '_', ' ');
  return s.name + ": " + outcome + " - Muster";
}

}  // namespace

std::string HtmlData(const RunSummary& s) {
  Json data;
  data["result"] = Json::parse(JsonReport(s));
  data["result"].erase("timeline");
  data["text"] = TextJson(s);
  data["time"] = Columns(s.timeline);
  data["windows"] = Columns(Windows(s.timeline));
  std::vector<double> levels;
  data["curves"] = Curves(s, &levels);
  data["names"] = NamesJson(s, &levels);
  data["levels"] = levels;
  data["plan_text"] = s.environment.plan_text;
  return data.dump(-1, ' ', /*ensure_ascii=*/false, Json::error_handler_t::replace);
}

std::string HtmlReport(const RunSummary& s) {
  return HtmlPage({.title = Title(s),
                   .plain = TerminalReport(s, TextOptions{false, kPlainWidth, true}),
                   .json = HtmlData(s),
                   .script = kHtmlScript});
}

}  // namespace muster

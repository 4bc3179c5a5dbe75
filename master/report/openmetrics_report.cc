#include "master/report/openmetrics_report.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "master/report/json_report.h"
#include "master/report/utf8.h"

namespace muster {
namespace {

using Labels = std::vector<std::pair<std::string_view, std::string>>;

std::string LabelText(const Labels& labels) {
  std::string text;
  for (const auto& [name, value] : labels) {
    text += (text.empty() ? "{" : ",") + std::string(name) + "=\"";
    for (const char c : ValidUtf8(value)) {
      if (c == '\n') {
        text += "\\n";
        continue;
      }
      if (c == '\\' || c == '"') text += '\\';
      text += c;
    }
    text += '"';
  }
  return text.empty() ? "" : text + "}";
}

std::string NumberText(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "+Inf" : "-Inf";
  char text[64];
  std::snprintf(text, sizeof(text), "%.12g", value);
  return text;
}

// Whole nanoseconds as seconds, exactly.
std::string SecondsText(Int128 ns) {
  const std::string fraction = ToString(1'000'000'000 + ns % 1'000'000'000).substr(1);
  return ToString(ns / 1'000'000'000) + "." + fraction;
}

// Builds the text, one family after the other.
class Families {
 public:
  void Begin(const std::string& name, std::string_view type, std::string_view help,
             std::string_view unit = "") {
    name_ = "muster_" + name;
    text_ += "# TYPE " + name_ + " " + std::string(type) + "\n";
    if (!unit.empty()) text_ += "# UNIT " + name_ + " " + std::string(unit) + "\n";
    text_ += "# HELP " + name_ + " " + std::string(help) + "\n";
  }
  void Sample(std::string_view suffix, const Labels& labels, const std::string& value) {
    text_ += name_ + std::string(suffix) + LabelText(labels) + " " + value + "\n";
  }
  void Total(uint64_t n, const Labels& labels = {}) { Sample("_total", labels, std::to_string(n)); }
  void Gauge(double value, const Labels& labels = {}) { Sample("", labels, NumberText(value)); }
  // A summary's quantiles, over latency.count, and the exact sum of its records.
  void Quantiles(const LatencySummary& latency, const Labels& labels = {}) {
    const std::pair<std::string_view, std::optional<int64_t>> quantiles[] = {
        {"0.5", latency.p50_ns},
        {"0.9", latency.p90_ns},
        {"0.95", latency.p95_ns},
        {"0.99", latency.p99_ns},
        {"0.999", latency.p999_ns}};
    for (const auto& [level, ns] : quantiles) {
      Labels all = labels;
      all.emplace_back("quantile", level);
      Sample("", all, ns ? SecondsText(*ns) : latency.count == 0 ? "NaN" : "+Inf");
    }
    Sample("_count", labels, std::to_string(latency.count));
    Sample("_sum", labels, SecondsText(latency.sum_ns));
  }
  std::string Finish() && { return std::move(text_) + "# EOF\n"; }

 private:
  std::string name_;
  std::string text_;
};

double ErrorRatio(const Counts& counts) {
  const uint64_t ended = counts.completed + counts.failed;
  return ended == 0
             ? NAN
             : static_cast<double>(counts.failed + counts.unexpected) / static_cast<double>(ended);
}

void AddRun(const RunSummary& s, Families* out) {
  out->Begin("run", "info", "The plan and the tool.");
  out->Sample("_info", {{"name", s.name}, {"model", s.model}, {"version", s.tool_version}}, "1");
  out->Begin("exit_code", "gauge",
             "0 passed, 1 a threshold failed, 3 incomplete, 4 limited by the "
             "generator, 5 interrupted, 70 internal error.");
  out->Gauge(s.exit_code);
  out->Begin("load_seconds", "gauge", "Length of the load phase as run.", "seconds");
  out->Sample("", {}, SecondsText(s.load_duration.nanos()));
}

void AddCounts(const RunSummary& s, Families* out) {
  out->Begin("iterations_due", "counter", "Iterations that the plan had due.");
  out->Total(s.counts.due);
  out->Begin("iterations_started", "counter", "Iterations that were started.");
  out->Total(s.counts.started);
  out->Begin("iterations_not_started", "counter", "Iterations due and never begun, by reason.");
  for (size_t i = 0; i < kNotStartedReasons; ++i) {
    out->Total(s.counts.not_started[i], {{"reason", std::string(kNotStartedNames[i])}});
  }
  out->Begin("requests_completed", "counter", "Requests with a whole response, of any status.");
  out->Total(s.counts.completed);
  out->Begin("requests_failed", "counter", "Requests without one.");
  out->Total(s.counts.failed);
  out->Begin("requests_unexpected", "counter", "Completed requests with an unexpected status.");
  out->Total(s.counts.unexpected);
  out->Begin("errors", "counter", "Failed requests, by class; classes that occurred.");
  for (size_t i = 0; i < kErrorClasses; ++i) {
    if (s.counts.errors[i] == 0) continue;
    out->Total(s.counts.errors[i], {{"class", std::string(kErrorNames[i])}});
  }
  out->Begin("responses", "counter", "Responses, by status.");
  for (const auto& [status, count] : s.statuses.entries()) {
    out->Total(count, {{"status", std::to_string(status)}});
  }
  out->Begin("request_rate", "gauge", "Completions per second of the load phase.");
  out->Gauge(s.load_rate_per_s);
  out->Begin("error_ratio", "gauge", "(failed + unexpected) / (completed + failed).");
  out->Gauge(ErrorRatio(s.counts));
  out->Begin("slow_connects", "counter", "Connects of a second or more, or with a SYN sent again.");
  out->Total(s.counts.slow_connect);
}

void AddLatencies(const RunSummary& s, Families* out) {
  out->Begin("response_seconds", "summary",
             "Due to done, over all that was due; failed and not started rank last.", "seconds");
  out->Quantiles(s.latency.response_all);
  const std::pair<LatencyKind, std::string_view> kinds[] = {
      {LatencyKind::kService, "First byte sent to last received."},
      {LatencyKind::kWait, "Handled to first byte sent: a free connection, DNS, connect, TLS."},
      {LatencyKind::kLag, "Due to handled: the generator itself."}};
  for (const auto& [kind, help] : kinds) {
    out->Begin(std::string(kLatencyNames[static_cast<size_t>(kind)]) + "_seconds", "summary", help,
               "seconds");
    out->Quantiles(s.latency.by_kind[static_cast<size_t>(kind)]);
  }
}

// Measured stages.
void AddNames(const RunSummary& s, Families* out) {
  out->Begin("request_completed", "counter", "As muster_requests_completed, by name.");
  for (const NameSummary& name : s.by_name) {
    out->Total(name.counts.completed, {{"name", name.name}});
  }
  out->Begin("request_failed", "counter", "As muster_requests_failed, by name.");
  for (const NameSummary& name : s.by_name) out->Total(name.counts.failed, {{"name", name.name}});
  out->Begin("request_error_ratio", "gauge", "As muster_error_ratio, by name.");
  for (const NameSummary& name : s.by_name) {
    out->Gauge(ErrorRatio(name.counts), {{"name", name.name}});
  }
  out->Begin("request_response_seconds", "summary", "As muster_response_seconds, by name.",
             "seconds");
  for (const NameSummary& name : s.by_name) {
    out->Quantiles(name.latency.response_all, {{"name", name.name}});
  }
}

// Expressions are unique in what is written, not in a plan: a second one has a number.
void AddThresholds(const RunSummary& s, Families* out) {
  std::vector<Labels> labels;
  for (const ThresholdResult& result : s.thresholds) {
    Labels own = {{"expression", result.threshold.expression}};
    for (size_t n = 2; std::find(labels.begin(), labels.end(), own) != labels.end(); ++n) {
      own = {{"expression", result.threshold.expression}, {"n", std::to_string(n)}};
    }
    labels.push_back(std::move(own));
  }
  out->Begin("threshold_passed", "gauge", "1: it held.");
  for (size_t i = 0; i < labels.size(); ++i) out->Gauge(s.thresholds[i].passed, labels[i]);
  out->Begin(
      "threshold_observed", "gauge",
      "In nanoseconds, as a share, per second or a count; NaN: no data, or among the failed.");
  for (size_t i = 0; i < labels.size(); ++i) {
    out->Gauge(s.thresholds[i].observed.value_or(NAN), labels[i]);
  }
}

void AddFindings(const RunSummary& s, Families* out) {
  out->Begin("findings", "gauge", "What Muster found about the run by itself, by severity.");
  for (const Severity severity : {Severity::kVerdict, Severity::kWarning, Severity::kNote}) {
    const auto count =
        std::count_if(s.findings.begin(), s.findings.end(),
                      [&](const auto& finding) { return finding.severity == severity; });
    out->Gauge(static_cast<double>(count), {{"severity", SeverityName(severity)}});
  }
}

}  // namespace

std::string OpenMetricsReport(const RunSummary& s) {
  Families out;
  AddRun(s, &out);
  AddCounts(s, &out);
  AddLatencies(s, &out);
  AddNames(s, &out);
  AddThresholds(s, &out);
  AddFindings(s, &out);
  return std::move(out).Finish();
}

}  // namespace muster

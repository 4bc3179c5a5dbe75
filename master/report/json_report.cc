#include "master/report/json_report.h"

#include <cmath>
#include <nlohmann/json.hpp>

#include "master/report/wall_clock.h"

namespace muster {
namespace {

using Json = nlohmann::ordered_json;

template <typename T>
Json OrNull(const std::optional<T>& value) {
  return value ? Json(*value) : Json(nullptr);
}

// JSON has no infinities; a rate or share that is none is null.
Json Number(double value) { return std::isfinite(value) ? Json(value) : Json(nullptr); }

Json LatencyJson(const LatencySummary& latency) {
  return {{"count", latency.count},
          {"min_ns", OrNull(latency.min_ns)},
          {"mean_ns", OrNull(latency.mean_ns)},
          {"max_ns", OrNull(latency.max_ns)},
          {"p50_ns", OrNull(latency.p50_ns)},
          {"p90_ns", OrNull(latency.p90_ns)},
          {"p95_ns", OrNull(latency.p95_ns)},
          {"p99_ns", OrNull(latency.p99_ns)},
          {"p999_ns", OrNull(latency.p999_ns)},
          {"saturated", latency.saturated}};
}

Json TableJson(const LatencyTable& table, bool with_all) {
  Json json = Json::object();
  for (size_t kind = 0; kind < kLatencyKinds; ++kind) {
    json[std::string(kLatencyNames[kind])] = LatencyJson(table.by_kind[kind]);
    if (kind == static_cast<size_t>(LatencyKind::kResponse) && with_all) {
      json["response_all"] = LatencyJson(table.response_all);
    }
  }
  return json;
}

// The names whose count is not 0.
template <size_t N>
Json NamedCounts(const std::array<std::string_view, N>& names,
                 const std::array<uint64_t, N>& counts) {
  Json json = Json::object();
  for (size_t i = 0; i < N; ++i) {
    if (counts[i] > 0) json[std::string(names[i])] = counts[i];
  }
  return json;
}

Json StatusesJson(const StatusCounts& statuses) {
  Json json = Json::object();
  for (const auto& [status, count] : statuses.entries()) json[std::to_string(status)] = count;
  return json;
}

Json RunJson(const RunSummary& s) {
  return {{"id", s.id},
          {"name", s.name},
          {"seed", s.seed},
          {"plan_hash", s.plan_hash},
          {"load_hash", s.load_hash},
          {"started_at", FormatUtc(s.started_at)},
          {"duration_ns", s.duration.nanos()},
          {"model", s.model}};
}

Json IterationsJson(const RunSummary& s) {
  return {{"due", s.counts.due},         {"not_started", s.counts.not_started_total()},
          {"started", s.counts.started}, {"finished", s.counts.finished},
          {"cut", s.counts.cut},         {"in_flight", s.iterations_in_flight},
          {"lost", s.iterations_lost}};
}

Json RequestsJson(const RunSummary& s) {
  return {{"started", s.counts.requests_started},
          {"completed", s.counts.completed},
          {"failed", s.counts.failed},
          {"failed_after_send", s.counts.failed_after_send},
          {"unexpected", s.counts.unexpected},
          {"in_flight", s.requests_in_flight},
          {"lost", s.requests_lost},
          {"bytes_sent", s.counts.bytes_sent},
          {"bytes_received", s.counts.bytes_received},
          {"rate_per_s", Number(s.rate_per_s)},
          {"load_rate_per_s", Number(s.load_rate_per_s)}};
}

// What was counted of a name, or of a tag's value, after the keys of `json`.
template <typename Part>
Json PartJson(Json json, const Part& part) {
  json["requests"] = {{"started", part.counts.requests_started},
                      {"completed", part.counts.completed},
                      {"failed", part.counts.failed},
                      {"failed_after_send", part.counts.failed_after_send},
                      {"unexpected", part.counts.unexpected},
                      {"bytes_sent", part.counts.bytes_sent},
                      {"bytes_received", part.counts.bytes_received},
                      {"load_rate_per_s", Number(part.rate_per_s)}};
  json["latency"] = TableJson(part.latency, true);
  json["statuses"] = StatusesJson(part.statuses);
  json["errors"] = NamedCounts(kErrorNames, part.counts.errors);
  return json;
}

Json NameJson(const NameSummary& name) { return PartJson({{"name", name.name}}, name); }

Json TagJson(const TagSummary& tag) {
  return PartJson({{"key", tag.key}, {"value", tag.value}}, tag);
}

Json RowJson(const TimelineRow& row) {
  return {{"start_ns", row.start.nanos()},
          {"end_ns", row.end.nanos()},
          {"due", row.due},
          {"started", row.started},
          {"completed", row.completed},
          {"failed", row.failed},
          {"in_flight", row.in_flight},
          {"response", LatencyJson(row.response)},
          {"not_started", row.not_started},
          {"unexpected", row.unexpected},
          {"bytes_received", row.bytes_received}};
}

Json WorkerJson(const WorkerSummary& worker) {
  return {{"name", worker.name},
          {"due", worker.due},
          {"started", worker.started},
          {"completed", worker.completed},
          {"failed", worker.failed},
          {"batches", worker.batches},
          {"clock_offset_ns", worker.clock_offset.nanos()},
          {"clock_error_ns", worker.clock_error.nanos()},
          {"state", worker.state},
          {"busy", Number(worker.busy)},
          {"lag", LatencyJson(worker.lag)},
          {"seconds", worker.seconds},
          {"amber_seconds", worker.amber_seconds},
          {"red_seconds", worker.red_seconds},
          {"group", worker.group}};
}

Json LossJson(const Loss& loss) {
  return {{"worker", loss.worker},     {"from_ns", loss.from.nanos()},
          {"to_ns", loss.to.nanos()},  {"first", OrNull(loss.first)},
          {"last", OrNull(loss.last)}, {"at_most", OrNull(loss.at_most)}};
}

// The upper end of a percentile's interval may lie among the failed: null.
Json CertaintyJson(const std::optional<Certainty>& certainty) {
  if (!certainty) return nullptr;
  Json json = {{"interval", nullptr},
               {"borderline", certainty->borderline},
               {"optimistic", certainty->optimistic},
               {"enough_samples", !certainty->length_that_would_do.has_value()}};
  if (certainty->interval) {
    const auto end = [](double value) { return std::isfinite(value) ? Number(value) : Json(); };
    json["interval"] = {end(certainty->interval->low), end(certainty->interval->high)};
  }
  return json;
}

Json WorstWindowJson(const std::optional<WorstWindow>& worst) {
  if (!worst) return nullptr;
  return {{"start_ns", worst->from.nanos()},
          {"end_ns", worst->to.nanos()},
          {"observed", worst->observed ? Number(*worst->observed) : Json(nullptr)}};
}

Json WindowsJson(const ThresholdResult& result) {
  if (result.threshold.window == Duration()) return nullptr;
  return {{"decided", result.windows_decided}, {"passed_over", result.windows_passed_over}};
}

Json ThresholdJson(const ThresholdResult& result) {
  return {
      {"expression", result.threshold.expression},
      {"observed", result.observed ? Number(*result.observed) : Json(nullptr)},
      {"passed", result.passed},
      {"certainty", CertaintyJson(result.certainty)},
      {"where", result.where},
      {"first_breach_ns", result.first_breach ? Json(result.first_breach->nanos()) : Json(nullptr)},
      {"worst_window", WorstWindowJson(result.worst_window)},
      {"windows", WindowsJson(result)},
      {"aborted", result.aborted_at.has_value()},
      {"remark", result.remark}};
}

Json FirstSightJson(const FirstSight& sight) {
  return {{"what", sight.what},
          {"at_ns", sight.at.nanos()},
          {"worker", sight.worker},
          {"request", sight.request}};
}

Json EventJson(const RunEvent& event) {
  return {{"at_ns", event.at.nanos()}, {"text", event.text}};
}

Json FindingJson(const Finding& finding) {
  return {{"number", finding.number},
          {"code", finding.code},
          {"severity", SeverityName(finding.severity)},
          {"text", finding.text},
          {"evidence", finding.evidence},
          {"advice", finding.advice}};
}

Json StageJson(const StageSummary& stage) {
  return {{"name", stage.name},
          {"start_ns", stage.from.nanos()},
          {"end_ns", stage.to.nanos()},
          {"measured", stage.measured}};
}

Json SaturatedJson(const SaturatedSpan& span) {
  return {{"worker", span.worker},
          {"start_ns", span.from.nanos()},
          {"end_ns", span.to.nanos()},
          {"red", span.red}};
}

// Without the plan's text, which may be long and hold what a body or a header should not tell.
Json EnvironmentJson(const Environment& environment) {
  return {{"command", environment.command}, {"plan_file", environment.plan_file},
          {"host", environment.host},       {"kernel", environment.kernel},
          {"cpu", environment.cpu},         {"cores", environment.cores}};
}

Json VerdictJson(const Verdict& verdict) {
  return {{"outcome", OutcomeName(verdict.outcome)},
          {"passed", verdict.passed},
          {"complete", verdict.complete},
          {"generator_limited", verdict.generator_limited},
          {"aborted", verdict.aborted},
          {"reasons", verdict.reasons}};
}

template <typename T, typename Fn>
Json ArrayOf(const std::vector<T>& all, Fn&& one) {
  Json json = Json::array();
  for (const T& element : all) json.push_back(one(element));
  return json;
}

}  // namespace

std::string OutcomeName(Outcome outcome) {
  switch (outcome) {
    case Outcome::kPassed:
      return "passed";
    case Outcome::kThresholdFailed:
      return "failed";
    case Outcome::kGeneratorLimited:
      return "generator_limited";
    case Outcome::kIncomplete:
      return "incomplete";
    case Outcome::kInterrupted:
      return "interrupted";
    case Outcome::kInternalError:
      return "internal_error";
  }
  return "internal_error";
}

std::string SeverityName(Severity severity) {
  switch (severity) {
    case Severity::kVerdict:
      return "verdict";
    case Severity::kWarning:
      return "warning";
    case Severity::kNote:
      return "note";
  }
  return "note";
}

std::string JsonReport(const RunSummary& s) {
  Json json;
  json["schema"] = "muster-result/1";
  json["tool"] = {{"version", s.tool_version}};
  json["run"] = RunJson(s);
  json["iterations"] = IterationsJson(s);
  json["not_started_by"] = NamedCounts(kNotStartedNames, s.counts.not_started);
  json["requests"] = RequestsJson(s);
  json["statuses"] = StatusesJson(s.statuses);
  json["errors"] = NamedCounts(kErrorNames, s.counts.errors);
  json["flags"] = {{"slow_connect", s.counts.slow_connect},
                   {"compressed", s.counts.compressed},
                   {"cached", s.counts.cached},
                   {"other_fields", s.counts.other_fields}};
  json["connections"] = {
      {"opened", s.counts.connects},         {"tls_handshakes", s.counts.tls_handshakes},
      {"tls_resumed", s.counts.tls_resumed}, {"h2_goaways", s.counts.h2_goaways},
      {"idle_closed", s.counts.idle_closed}, {"unanswered", s.counts.unanswered}};
  json["latency"] = TableJson(s.latency, true);
  json["latency_failed"] = TableJson(s.latency_failed, false);
  json["by_name"] = ArrayOf(s.by_name, NameJson);
  json["by_tag"] = ArrayOf(s.by_tag, TagJson);
  json["timeline"] = ArrayOf(s.timeline, RowJson);
  json["workers"] = ArrayOf(s.workers, WorkerJson);
  json["losses"] = ArrayOf(s.losses, LossJson);
  json["thresholds"] = ArrayOf(s.thresholds, ThresholdJson);
  json["verdict"] = VerdictJson(s.verdict);
  json["notes"] = s.notes;
  json["exit_code"] = s.exit_code;
  json["findings"] = ArrayOf(s.findings, FindingJson);
  json["first_seen"] = ArrayOf(s.first_seen, FirstSightJson);
  json["events"] = ArrayOf(s.events, EventJson);
  json["few_samples"] = ArrayOf(s.few_samples, [](uint32_t millis) {
    return "p" + std::to_string(millis / 1'000) +
           (millis % 1'000 == 0 ? "" : "." + std::to_string(millis % 1'000 / 100));
  });
  json["stages"] = ArrayOf(s.stages, StageJson);
  json["saturated"] = ArrayOf(s.saturated, SaturatedJson);
  json["environment"] = EnvironmentJson(s.environment);
  return json.dump(2, ' ', /*ensure_ascii=*/false, Json::error_handler_t::replace) + "\n";
}

}  // namespace muster

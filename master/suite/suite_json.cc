#include "master/suite/suite_json.h"

#include <nlohmann/json.hpp>

#include "master/suite/capacity_json.h"

namespace muster {
namespace {

using SuiteJsonValue = nlohmann::ordered_json;

template <typename T>
SuiteJsonValue OrNothing(const std::optional<T>& value) {
  return value ? SuiteJsonValue(*value) : SuiteJsonValue(nullptr);
}

SuiteJsonValue MillisJson(const std::optional<int64_t>& ns) {
  return ns ? SuiteJsonValue(static_cast<double>(*ns) / 1e6) : SuiteJsonValue(nullptr);
}

// The figures of one run; every key is there, null where nothing was measured.
void AddFigures(const std::optional<CellFigures>& measured, const HostUse& use,
                SuiteJsonValue* json) {
  const CellFigures f = measured.value_or(CellFigures());
  (*json)["requests_total"] = OrNothing(f.requests_total);
  (*json)["rate_per_s"] = OrNothing(f.rate_per_s);
  (*json)["duration_s"] = OrNothing(f.duration_s);
  (*json)["median_ms"] = MillisJson(f.median_ns);
  (*json)["mean_ms"] = MillisJson(f.mean_ns);
  (*json)["p99_ms"] = MillisJson(f.p99_ns);
  (*json)["max_ms"] = MillisJson(f.max_ns);
  (*json)["failed"] = OrNothing(f.failed);
  (*json)["unexpected"] = OrNothing(f.unexpected);
  (*json)["not_started"] = OrNothing(f.not_started);
  (*json)["dropped_syns"] = OrNothing(f.dropped_syns);
  (*json)["reuse"] = OrNothing(f.reuse);
  (*json)["generator_cpu"] = OrNothing(use.generator_cpu);
  (*json)["target_cpu"] = OrNothing(use.target_cpu);
  (*json)["target_memory_bytes"] = OrNothing(use.target_memory_bytes);
  (*json)["others_on_target_cores"] = OrNothing(use.others_on_target_cores);
  (*json)["others_on_generator_cores"] = OrNothing(use.others_on_generator_cores);
  (*json)["capacity"] = f.capacity ? CapacityToJson(*f.capacity) : SuiteJsonValue(nullptr);
  (*json)["findings"] = f.findings;
}

SuiteJsonValue RepeatJson(const SuiteRepeat& repeat) {
  SuiteJsonValue json = {
      {"repeat", repeat.repeat}, {"state", CellStateName(repeat.state)}, {"reason", repeat.reason}};
  json["outcome"] = repeat.figures ? SuiteJsonValue(repeat.figures->outcome) : nullptr;
  json["reasons"] = repeat.figures ? repeat.figures->reasons : std::vector<std::string>();
  AddFigures(repeat.figures, repeat.use, &json);
  return json;
}

SuiteJsonValue RowValue(const SuiteRow& row) {
  SuiteJsonValue json = {{"target", row.target},   {"version", row.version}, {"plan", row.plan},
                         {"command", row.command}, {"load", row.load},       {"rank", nullptr},
                         {"verdict", row.verdict}, {"reason", row.reason}};
  if (!row.rank.empty()) json["rank"] = row.rank;
  AddFigures(row.figures, row.use, &json);
  json["not_enforced"] = row.not_enforced;
  json["disturbed"] = row.disturbed;
  json["shown_repeat"] = row.shown_repeat;
  json["repeats_wanted"] = row.repeats_wanted;
  json["repeats_measured"] = row.repeats_measured;
  json["repeats"] = SuiteJsonValue::array();
  for (const SuiteRepeat& repeat : row.repeats) json["repeats"].push_back(RepeatJson(repeat));
  return json;
}

}  // namespace

std::string SuiteJson(const SuiteResult& result) {
  SuiteJsonValue suite = {
      {"name", result.name},
      {"started_at", result.started_at},
      {"seed", result.seed},
      {"quick", result.quick},
      {"interrupted", result.interrupted},
      {"cores", {{"target", result.target_cores}, {"generator", result.generator_cores}}},
      {"rows", SuiteJsonValue::array()},
      {"plans", SuiteJsonValue::array()},
      {"notes", result.notes}};
  for (const SuiteRow& row : result.rows) suite["rows"].push_back(RowValue(row));
  for (const SuitePlanNote& plan : result.plans) {
    suite["plans"].push_back({{"plan", plan.plan}, {"rank_by", plan.rank_by}, {"note", plan.text}});
  }
  const SuiteJsonValue json = {{"schema", "muster-suite/1"},
                               {"tool", {{"version", result.tool_version}}},
                               {"suite", suite},
                               {"environment",
                                {{"host", result.host},
                                 {"kernel", result.kernel},
                                 {"cpu", result.cpu},
                                 {"cores", result.cores}}},
                               {"exit_code", result.exit_code}};
  return json.dump(2, ' ', false, SuiteJsonValue::error_handler_t::replace) + "\n";
}

}  // namespace muster

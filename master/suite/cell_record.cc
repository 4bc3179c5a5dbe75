#include "master/suite/cell_record.h"

#include <nlohmann/json.hpp>

#include "master/suite/capacity_json.h"

namespace muster {
namespace {

using CellJsonValue = nlohmann::ordered_json;

constexpr const char* kCellSchema = "muster-suite-cell/1";
constexpr CellState kAllStates[] = {CellState::kMeasured, CellState::kNeedsMissing,
                                    CellState::kNotMeasured, CellState::kInterrupted};

template <typename T>
CellJsonValue ValueOrNull(const std::optional<T>& value) {
  return value ? CellJsonValue(*value) : CellJsonValue(nullptr);
}

// Leaves `to` empty where the key is null or missing. Wrong types throw.
template <typename T>
void Take(const CellJsonValue& json, const std::string& key, std::optional<T>* to) {
  const auto found = json.find(key);
  if (found != json.end() && !found->is_null()) *to = found->get<T>();
}

CellJsonValue FiguresJson(const CellFigures& f) {
  return {{"requests_total", ValueOrNull(f.requests_total)},
          {"rate_per_s", ValueOrNull(f.rate_per_s)},
          {"duration_s", ValueOrNull(f.duration_s)},
          {"median_ns", ValueOrNull(f.median_ns)},
          {"p99_ns", ValueOrNull(f.p99_ns)},
          {"mean_ns", ValueOrNull(f.mean_ns)},
          {"max_ns", ValueOrNull(f.max_ns)},
          {"failed", ValueOrNull(f.failed)},
          {"unexpected", ValueOrNull(f.unexpected)},
          {"not_started", ValueOrNull(f.not_started)},
          {"dropped_syns", ValueOrNull(f.dropped_syns)},
          {"reuse", ValueOrNull(f.reuse)},
          {"capacity", f.capacity ? CapacityToJson(*f.capacity) : CellJsonValue(nullptr)},
          {"outcome", f.outcome},
          {"reasons", f.reasons},
          {"findings", f.findings},
          {"generator_limited", f.generator_limited},
          {"exit_code", f.exit_code}};
}

CellFigures ReadFigures(const CellJsonValue& json) {
  CellFigures f;
  Take(json, "requests_total", &f.requests_total);
  Take(json, "rate_per_s", &f.rate_per_s);
  Take(json, "duration_s", &f.duration_s);
  Take(json, "median_ns", &f.median_ns);
  Take(json, "p99_ns", &f.p99_ns);
  Take(json, "mean_ns", &f.mean_ns);
  Take(json, "max_ns", &f.max_ns);
  Take(json, "failed", &f.failed);
  Take(json, "unexpected", &f.unexpected);
  Take(json, "not_started", &f.not_started);
  Take(json, "dropped_syns", &f.dropped_syns);
  Take(json, "reuse", &f.reuse);
  if (json.contains("capacity") && !json.at("capacity").is_null()) {
    f.capacity = CapacityOfJson(json.at("capacity"));
  }
  f.outcome = json.at("outcome");
  f.reasons = json.at("reasons").get<std::vector<std::string>>();
  f.findings = json.at("findings").get<std::vector<std::string>>();
  f.generator_limited = json.at("generator_limited");
  f.exit_code = json.at("exit_code");
  return f;
}

StatusOr<CellState> StateOf(const std::string& name) {
  for (const CellState state : kAllStates) {
    if (CellStateName(state) == name) return state;
  }
  return InvalidArgument("'" + name + "' is no state of a cell");
}

StatusOr<CellRecord> RecordOf(const CellJsonValue& json) {
  if (json.at("schema") != kCellSchema) return InvalidArgument("is no cell of a suite");
  CellRecord record;
  record.key = json.at("key");
  record.target = json.at("target");
  record.plan = json.at("plan");
  record.repeat = json.at("repeat");
  ASSIGN_OR_RETURN(record.state, StateOf(json.at("state")));
  record.reason = json.at("reason");
  record.version = json.at("version");
  record.started_at = json.at("started_at");
  if (!json.at("figures").is_null()) record.figures = ReadFigures(json.at("figures"));
  Take(json.at("use"), "generator_cpu", &record.use.generator_cpu);
  Take(json.at("use"), "target_cpu", &record.use.target_cpu);
  Take(json.at("use"), "target_memory_bytes", &record.use.target_memory_bytes);
  Take(json.at("use"), "others_on_target_cores", &record.use.others_on_target_cores);
  Take(json.at("use"), "others_on_generator_cores", &record.use.others_on_generator_cores);
  record.not_enforced = json.at("not_enforced").get<std::vector<std::string>>();
  if (record.state == CellState::kMeasured && !record.figures) {
    return InvalidArgument("is said to be measured and has no figures");
  }
  return record;
}

}  // namespace

std::string CellStateName(CellState state) {
  switch (state) {
    case CellState::kMeasured:
      return "measured";
    case CellState::kNeedsMissing:
      return "needs_missing";
    case CellState::kNotMeasured:
      return "not_measured";
    case CellState::kInterrupted:
      return "interrupted";
  }
  return "not_measured";
}

std::string CellJson(const CellRecord& record) {
  const CellJsonValue use = {
      {"generator_cpu", ValueOrNull(record.use.generator_cpu)},
      {"target_cpu", ValueOrNull(record.use.target_cpu)},
      {"target_memory_bytes", ValueOrNull(record.use.target_memory_bytes)},
      {"others_on_target_cores", ValueOrNull(record.use.others_on_target_cores)},
      {"others_on_generator_cores", ValueOrNull(record.use.others_on_generator_cores)}};
  const CellJsonValue json = {
      {"schema", kCellSchema},
      {"key", record.key},
      {"target", record.target},
      {"plan", record.plan},
      {"repeat", record.repeat},
      {"state", CellStateName(record.state)},
      {"reason", record.reason},
      {"version", record.version},
      {"started_at", record.started_at},
      {"figures", record.figures ? FiguresJson(*record.figures) : CellJsonValue(nullptr)},
      {"use", use},
      {"not_enforced", record.not_enforced}};
  return json.dump(2, ' ', false, CellJsonValue::error_handler_t::replace) + "\n";
}

StatusOr<CellRecord> ReadCell(std::string_view json) {
  try {
    return RecordOf(CellJsonValue::parse(json));
  } catch (const CellJsonValue::exception& error) {
    return InvalidArgument(std::string("is no cell of a suite: ") + error.what());
  }
}

}  // namespace muster

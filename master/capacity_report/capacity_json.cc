#include "master/capacity_report/capacity_json.h"

#include <cmath>
#include <nlohmann/json.hpp>

#include "master/capacity_report/capacity_text.h"
#include "master/report/json_report.h"
#include "master/report/wall_clock.h"

namespace muster {
namespace {

using Json = nlohmann::ordered_json;

// JSON has no infinities.
Json Number(double value) { return std::isfinite(value) ? Json(value) : Json(nullptr); }
Json Number(const std::optional<double>& value) { return value ? Number(*value) : Json(nullptr); }

std::optional<double> LoadOf(const std::optional<HeldLoad>& held) {
  return held ? std::optional(held->load) : std::nullopt;
}

Json HeldFor(const std::optional<HeldLoad>& held) {
  return held ? Json(held->length.nanos()) : Json(nullptr);
}

// The loads of an answer, each as `of` gives it.
template <typename Of>
Json LoadsJson(const CapacityAnswer& answer, const std::string& suffix, Of&& of) {
  std::optional<double> low, high;
  if (answer.interval) low = answer.interval->low, high = answer.interval->high;
  return {{"estimate" + suffix, of(answer.estimate)},
          {"low" + suffix, of(low)},
          {"high" + suffix, of(high)},
          {"sustained" + suffix, of(LoadOf(answer.sustained))},
          {"failed_at" + suffix, of(LoadOf(answer.failed_at))},
          {"at_least" + suffix, of(answer.at_least)}};
}

// A load of either axis, in requests per second and in users.
Json PointJson(const CapacityResult& result, double load) {
  return {{"per_s", Number(PerSecondAt(result, load))},
          {"users", result.closed ? Json(load) : Json(nullptr)}};
}

Json BreakingPointJson(const CapacityResult& result, const CapacityAnswer& answer) {
  if (!answer.breaking_point) return nullptr;
  const BreakingPoint& point = *answer.breaking_point;
  Json json = PointJson(result, point.load);
  json["dropped_syns"] = point.dropped_syns;
  json["errors"] = point.errors;
  json["collapsed"] = point.collapsed;
  json["in_flight"] = Number(point.in_flight);
  return json;
}

Json AnswerJson(const CapacityResult& result, const CapacityAnswer& answer) {
  Json json = {{"axis", result.closed ? "users" : "rate"}};
  const auto per_second = [&](const std::optional<double>& load) {
    return load && std::isfinite(*load) ? Number(PerSecondAt(result, *load)) : Json(nullptr);
  };
  json.update(LoadsJson(answer, "_per_s", per_second));
  json["limited_by"] = LimitWord(result, answer);
  json["resolved"] = answer.resolved;
  json["users"] = nullptr;
  if (result.closed) {
    json["users"] = LoadsJson(answer, "", [](const std::optional<double>& load) {
      return load && std::isfinite(*load) ? Json(std::llround(*load)) : Json(nullptr);
    });
  }
  json["confirmed"] = answer.confirmed;
  json["sustained_for_ns"] = HeldFor(answer.sustained);
  json["failed_for_ns"] = HeldFor(answer.failed_at);
  json["reason"] = answer.resolved ? "" : NameOf(answer.why_not);
  json["needs_longer_ns"] = answer.longer ? Json(answer.longer->nanos()) : Json(nullptr);
  json["generator_reason"] = answer.generator_reason;
  json["knee"] = answer.knee ? PointJson(result, *answer.knee) : Json(nullptr);
  json["breaking_point"] = BreakingPointJson(result, answer);
  json["spent_ns"] = answer.spent.nanos();
  json["text"] = AnswerText(result, answer);
  return json;
}

Json ObjectiveJson(const Objective& objective) {
  const bool share = objective.kind == Objective::Kind::kShare;
  const bool within = share && objective.share.metric == Threshold::Metric::kWithin;
  return {{"expression", objective.expression},
          {"kind", ObjectiveWord(objective)},
          {"default", objective.is_default},
          {"within_ns", within ? Json(objective.share.within.nanos()) : Json(nullptr)},
          {"allowed_bad", share ? AllowedBad(objective) : 0}};
}

Json BadJson(const CapacityResult& result, const JudgedLevel& level) {
  Json json = Json::array();
  for (size_t o = 0; o < level.judgement.objectives.size(); ++o) {
    const ShareCount& kept = level.judgement.objectives[o].kept;
    json.push_back(
        {{"expression", result.objectives[o].expression}, {"bad", kept.hits}, {"of", kept.all}});
  }
  return json;
}

Json NanosJson(double ns) {
  return std::isfinite(ns) && ns > 0 ? Json(std::llround(ns)) : Json(nullptr);
}

Json LevelJson(const CapacityResult& result, const JudgedLevel& level) {
  const LevelObservation& seen = level.observation;
  return {{"purpose", NameOf(level.purpose)},
          {"asked_per_s", result.closed ? Json(nullptr) : Number(seen.load)},
          {"users", result.closed ? Json(std::llround(seen.load)) : Json(nullptr)},
          {"length_ns", LengthOf(seen).nanos()},
          {"completed", seen.completed},
          {"delivered_per_s", Number(seen.delivered_per_s)},
          {"in_flight", Number(seen.in_flight_mean)},
          {"p50_ns", NanosJson(seen.p50_ns)},
          {"p99_ns", NanosJson(seen.p99_ns)},
          {"errors", seen.errors},
          {"dropped_syns", seen.dropped_syns},
          {"objectives", BadJson(result, level)},
          {"verdict", VerdictWord(level)},
          {"clear", level.judgement.clear},
          {"reason", FailureText(result, level)},
          {"generator_limited", seen.generator_limited}};
}

template <typename T, typename Fn>
Json ArrayOf(const std::vector<T>& all, Fn&& one) {
  Json json = Json::array();
  for (const T& element : all) json.push_back(one(element));
  return json;
}

Json SearchJson(const CapacityResult& result, const SearchResult& search) {
  Json json = AnswerJson(result, search.answer);
  json["levels"] =
      ArrayOf(search.levels, [&](const JudgedLevel& l) { return LevelJson(result, l); });
  return json;
}

Json RunJson(const CapacityResult& result) {
  return {{"name", result.name},
          {"seed", result.seed},
          {"load_hash", result.load_hash},
          {"started_at", FormatUtc(result.started_at)},
          {"duration_ns", result.duration.nanos()},
          {"model", result.closed ? "closed" : "open"},
          {"target", result.target},
          {"traffic", result.traffic},
          {"budget_ns", result.budget.nanos()},
          {"at_least", Number(result.wanted)},
          {"insecure_control", result.insecure_control},
          {"insecure_target", result.insecure_target}};
}

Json EnvironmentJson(const Environment& environment) {
  return {{"command", environment.command}, {"plan_file", environment.plan_file},
          {"host", environment.host},       {"kernel", environment.kernel},
          {"cpu", environment.cpu},         {"cores", environment.cores}};
}

}  // namespace

std::string CapacityJson(const CapacityResult& result) {
  Json json;
  json["schema"] = "muster-capacity/1";
  json["tool"] = {{"version", result.tool_version}};
  json["run"] = RunJson(result);
  json["capacity"] = AnswerJson(result, result.answer);
  json["objectives"] = ArrayOf(result.objectives, ObjectiveJson);
  json["searches"] =
      ArrayOf(result.searches, [&](const SearchResult& s) { return SearchJson(result, s); });
  json["workers"] = ArrayOf(result.workers, [](const CapacityWorker& worker) -> Json {
    return {{"name", worker.name}, {"busy", worker.busy}, {"lag_p99_ns", worker.lag_p99_ns}};
  });
  json["verdict"] = {{"outcome", OutcomeName(result.verdict.outcome)},
                     {"passed", result.verdict.passed},
                     {"complete", result.verdict.complete},
                     {"generator_limited", result.verdict.generator_limited},
                     {"reasons", result.verdict.reasons}};
  json["exit_code"] = result.exit_code;
  json["environment"] = EnvironmentJson(result.environment);
  return json.dump(2, ' ', /*ensure_ascii=*/false, Json::error_handler_t::replace) + "\n";
}

}  // namespace muster

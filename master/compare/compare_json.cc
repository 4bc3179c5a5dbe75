#include "master/compare/compare_json.h"

#include <nlohmann/json.hpp>

#include "master/report/wall_clock.h"

namespace muster {
namespace {

using CompareJsonValue = nlohmann::ordered_json;

CompareJsonValue OrNullValue(const std::optional<double>& value) {
  return value ? CompareJsonValue(*value) : CompareJsonValue(nullptr);
}

CompareJsonValue ValuesJson(const std::vector<std::optional<double>>& values) {
  CompareJsonValue json = CompareJsonValue::array();
  for (const auto& value : values) json.push_back(OrNullValue(value));
  return json;
}

CompareJsonValue RunsOfSide(const std::vector<RunFigures>& runs) {
  CompareJsonValue json = CompareJsonValue::array();
  for (const RunFigures& run : runs) {
    json.push_back({{"source", run.source},
                    {"id", run.id},
                    {"name", run.name},
                    {"started_at", run.started_at ? CompareJsonValue(FormatUtc(*run.started_at))
                                                  : CompareJsonValue(nullptr)},
                    {"outcome", run.outcome}});
  }
  return json;
}

const char* NameOfChange(Change change) {
  switch (change) {
    case Change::kNotJudged:
      return "not_judged";
    case Change::kNone:
      return "none";
    case Change::kWorse:
      return "worse";
    case Change::kBetter:
      return "better";
  }
  return "not_judged";
}

CompareJsonValue MetricJson(const MetricChange& change) {
  CompareJsonValue json = {{"metric", kCompareMetricNames[static_cast<size_t>(change.metric)]},
                           {"request", change.request.empty() ? CompareJsonValue(nullptr)
                                                              : CompareJsonValue(change.request)},
                           {"base", OrNullValue(change.base_typical)},
                           {"new", OrNullValue(change.changed_typical)},
                           {"base_values", ValuesJson(change.base)},
                           {"new_values", ValuesJson(change.changed)},
                           {"ratio", OrNullValue(change.ratio)},
                           {"ratio_interval", nullptr},
                           {"p_worse", OrNullValue(change.p_worse)},
                           {"p_better", OrNullValue(change.p_better)},
                           {"change", NameOfChange(change.change)}};
  if (change.ratio_interval) {
    json["ratio_interval"] = {change.ratio_interval->low, change.ratio_interval->high};
  }
  return json;
}

std::string DumpOf(const CompareJsonValue& json) {
  return json.dump(2, ' ', false, CompareJsonValue::error_handler_t::replace) + "\n";
}

CompareJsonValue HeadOf(const std::string& outcome, int exit_code, const CompareOptions& options) {
  return {{"schema", "muster-compare/1"},
          {"outcome", outcome},
          {"exit_code", exit_code},
          {"size", options.size},
          {"alpha", options.alpha}};
}

}  // namespace

std::string CompareJson(const Comparison& c) {
  CompareJsonValue json = HeadOf(c.regression() ? "regression"
                                 : c.judged     ? "no_regression"
                                                : "not_judged",
                                 c.regression() ? 1 : 0, c.options);
  json["interleaved"] =
      c.interleaved ? CompareJsonValue(*c.interleaved) : CompareJsonValue(nullptr);
  json["base"] = RunsOfSide(c.base);
  json["new"] = RunsOfSide(c.changed);
  json["metrics"] = CompareJsonValue::array();
  for (const MetricChange& change : c.metrics) json["metrics"].push_back(MetricJson(change));
  json["unlike"] = c.unlike;
  json["notes"] = c.notes;
  return DumpOf(json);
}

std::string NoBaselineJson(const std::string& why, const CompareOptions& options) {
  CompareJsonValue json = HeadOf("no_baseline", 0, options);
  json["interleaved"] = nullptr;
  for (const char* key : {"base", "new", "metrics", "unlike"}) {
    json[key] = CompareJsonValue::array();
  }
  json["notes"] = CompareJsonValue::array({why});
  return DumpOf(json);
}

}  // namespace muster

#include "master/suite/child_result.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "master/report/wall_clock.h"
#include "master/suite/capacity_json.h"

namespace muster {
namespace {

using ResultJson = nlohmann::ordered_json;

template <typename T>
std::optional<T> MaybeAt(const ResultJson& json, const char* key) {
  const auto found = json.find(key);
  if (found == json.end() || found->is_null()) return std::nullopt;
  return found->get<T>();
}

// Wall time, generator's part and verdict, which every result has.
void ReadVerdict(const ResultJson& json, CellFigures* figures) {
  const ResultJson& verdict = json.at("verdict");
  figures->outcome = verdict.at("outcome");
  figures->reasons = verdict.at("reasons").get<std::vector<std::string>>();
  figures->exit_code = json.at("exit_code");
  figures->generator_limited =
      MaybeAt<bool>(verdict, "generator_limited").value_or(figures->outcome == "generator_limited");
  for (const ResultJson& finding : json.value("findings", ResultJson::array())) {
    figures->findings.push_back(finding.at("code"));
  }
}

// The load phase: from T0 to the end of the last stage as run.
Duration LoadLength(const ResultJson& json) {
  int64_t end = 0;
  for (const ResultJson& stage : json.at("stages")) {
    end = std::max(end, stage.at("end_ns").get<int64_t>());
  }
  return Duration::Nanos(end);
}

void ReadLatency(const ResultJson& latency, CellFigures* figures) {
  const ResultJson& all = latency.at("response_all");
  figures->median_ns = MaybeAt<int64_t>(all, "p50_ns");
  figures->p99_ns = MaybeAt<int64_t>(all, "p99_ns");
  const ResultJson& completed = latency.at("response");
  figures->mean_ns = MaybeAt<int64_t>(completed, "mean_ns");
  figures->max_ns = MaybeAt<int64_t>(completed, "max_ns");
}

ChildResult ReadRunResult(const ResultJson& json) {
  ChildResult result;
  CellFigures& figures = result.figures;
  ReadVerdict(json, &figures);
  result.load_from = ParseUtc(json.at("run").at("started_at").get<std::string>());
  result.load_length = LoadLength(json);
  const ResultJson& requests = json.at("requests");
  figures.rate_per_s = MaybeAt<double>(requests, "load_rate_per_s");
  figures.duration_s = result.load_length.seconds();
  if (figures.rate_per_s) {  // completions over length, so this is their exact number again
    figures.requests_total =
        static_cast<uint64_t>(std::llround(*figures.rate_per_s * *figures.duration_s));
  }
  figures.failed = requests.at("failed").get<uint64_t>();
  figures.unexpected = requests.at("unexpected").get<uint64_t>();
  figures.not_started = json.at("iterations").at("not_started").get<uint64_t>();
  figures.dropped_syns = json.at("flags").at("slow_connect").get<uint64_t>();
  const auto started = requests.at("started").get<double>();
  const auto opened = json.at("connections").at("opened").get<double>();
  if (started > 0) figures.reuse = std::max(0.0, 1 - opened / started);
  ReadLatency(json.at("latency"), &figures);
  return result;
}

// The last level that was confirmed, if one was: what the target did at the load that it sustains.
void ReadConfirmedLevel(const ResultJson& json, CellFigures* figures) {
  for (const ResultJson& search : json.value("searches", ResultJson::array())) {
    for (const ResultJson& level : search.at("levels")) {
      if (level.at("purpose") != "confirm" || level.at("verdict") != "sustained") continue;
      figures->duration_s = static_cast<double>(level.at("length_ns").get<int64_t>()) / 1e9;
      figures->requests_total = level.at("completed").get<uint64_t>();
      figures->rate_per_s = static_cast<double>(*figures->requests_total) / *figures->duration_s;
      figures->median_ns = MaybeAt<int64_t>(level, "p50_ns");
      figures->p99_ns = MaybeAt<int64_t>(level, "p99_ns");
      figures->dropped_syns = MaybeAt<uint64_t>(level, "dropped_syns");
    }
  }
}

ChildResult ReadCapacityResult(const ResultJson& json) {
  ChildResult result;
  ReadVerdict(json, &result.figures);
  result.figures.capacity = CapacityOfJson(json.at("capacity"));
  const bool asked =
      !json.value("run", ResultJson::object()).value("at_least", ResultJson()).is_null();
  if (result.figures.outcome == "failed" && !asked && !result.figures.capacity->resolved) {
    result.figures.outcome = "not_resolved";  // nothing was demanded that failed
  }
  ReadConfirmedLevel(json, &result.figures);
  return result;
}

}  // namespace

StatusOr<ChildResult> ReadChildResult(std::string_view text, SuiteCommand command) {
  try {
    const ResultJson json = ResultJson::parse(text);
    return command == SuiteCommand::kRun ? ReadRunResult(json) : ReadCapacityResult(json);
  } catch (const ResultJson::exception& error) {
    return InvalidArgument(std::string("is no result: ") + error.what());
  }
}

}  // namespace muster

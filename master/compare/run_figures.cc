#include "master/compare/run_figures.h"

#include <cmath>
#include <nlohmann/json.hpp>

#include "master/report/wall_clock.h"

namespace muster {
namespace {

using ResultJson = nlohmann::json;

// One object of the result. Collects what is wrong under its keys: the first is kept.
class ResultObject {
 public:
  ResultObject(const ResultJson& json, std::string path, Status* status)
      : json_(json), path_(std::move(path)), status_(status) {
    if (!json.is_object()) Fail("", "is no object");
  }

  // An object that an older result may lack stands for one without keys.
  ResultObject Object(const char* key) const {
    static const ResultJson kNone = ResultJson::object();
    const ResultJson* found = Find(key);
    return {found == nullptr ? kNone : *found, PathOf(key), status_};
  }
  std::string Text(const char* key) const {
    const ResultJson* found = Find(key);
    if (found == nullptr) return "";
    if (found->is_string()) return found->get<std::string>();
    Fail(key, "is no text");
    return "";
  }
  uint64_t Count(const char* key) const {
    const ResultJson* found = Find(key);
    if (found == nullptr) return 0;
    if (found->is_number_unsigned()) return found->get<uint64_t>();
    Fail(key, "is no count");
    return 0;
  }
  std::optional<double> Number(const char* key) const {
    const ResultJson* found = Find(key);
    if (found == nullptr || found->is_null()) return std::nullopt;
    const double value = found->is_number() ? found->get<double>() : -1;
    if (value >= 0 && std::isfinite(value)) return value;
    Fail(key, "is no number from 0 on");
    return std::nullopt;
  }
  const ResultJson::array_t& List(const char* key) const {
    static const ResultJson::array_t kNone;
    const ResultJson* found = Find(key);
    if (found == nullptr) return kNone;
    if (found->is_array()) return found->get_ref<const ResultJson::array_t&>();
    Fail(key, "is no list");
    return kNone;
  }
  void Need(const char* key) const {
    if (Find(key) == nullptr) Fail(key, "is missing");
  }

 private:
  const ResultJson* Find(const char* key) const {
    if (!json_.is_object()) return nullptr;
    const auto found = json_.find(key);
    return found == json_.end() ? nullptr : &*found;
  }
  std::string PathOf(const char* key) const {
    if (*key == '\0') return path_;
    return path_.empty() ? key : path_ + "." + key;
  }
  void Fail(const char* key, const std::string& what) const {
    const std::string path = PathOf(key);
    status_->Update(InvalidArgument((path.empty() ? "the result" : path) + " " + what));
  }

  const ResultJson& json_;
  std::string path_;
  Status* status_;
};

void AddErrors(const ResultObject& requests, Figures* figures) {
  const uint64_t failed = requests.Count("failed");
  figures->ended += requests.Count("completed") + failed;
  figures->errors += failed + requests.Count("unexpected");
}

void SetErrorRate(Figures* figures) {
  if (figures->ended == 0) return;
  figures->values[static_cast<size_t>(CompareMetric::kErrorRate)] =
      static_cast<double>(figures->errors) / static_cast<double>(figures->ended);
}

void SetResponse(const ResultObject& latency, Figures* figures) {
  const ResultObject response = latency.Object("response_all");
  figures->due = response.Count("count");
  const auto set = [&](CompareMetric metric, const char* key) {
    figures->values[static_cast<size_t>(metric)] = response.Number(key);
  };
  set(CompareMetric::kP50, "p50_ns");
  set(CompareMetric::kP95, "p95_ns");
  set(CompareMetric::kP99, "p99_ns");
  set(CompareMetric::kMean, "mean_ns");
}

void SetNames(const ResultObject& result, RunFigures* run, Status* status) {
  auto& rate = run->all.values[static_cast<size_t>(CompareMetric::kRate)];
  const ResultJson::array_t& names = result.List("by_name");
  for (size_t i = 0; i < names.size(); ++i) {
    const ResultObject row(names[i], "by_name[" + std::to_string(i) + "]", status);
    Figures figures;
    const ResultObject requests = row.Object("requests");
    AddErrors(requests, &figures);
    AddErrors(requests, &run->all);
    SetErrorRate(&figures);
    SetResponse(row.Object("latency"), &figures);
    auto& own = figures.values[static_cast<size_t>(CompareMetric::kRate)];
    own = requests.Number("load_rate_per_s");
    if (own) rate = rate.value_or(0) + *own;
    run->by_name.emplace_back(row.Text("name"), figures);
  }
  if (!names.empty()) return;
  const ResultObject requests = result.Object("requests");
  AddErrors(requests, &run->all);
  rate = requests.Number("load_rate_per_s");
}

RunFigures FiguresOf(const ResultJson& json, Status* status) {
  RunFigures run;
  const ResultObject result(json, "", status);
  if (result.Text("schema") != "muster-result/1") {
    status->Update(InvalidArgument("no muster-result/1; write it by muster run --out json=FILE"));
    return run;
  }
  const ResultObject about = result.Object("run");
  const ResultObject verdict = result.Object("verdict");
  for (const char* key : {"id", "model", "plan_hash"}) about.Need(key);
  verdict.Need("outcome");
  result.Object("latency").Need("response_all");
  result.Need("requests");
  run.id = about.Text("id");
  run.name = about.Text("name");
  run.model = about.Text("model");
  run.plan_hash = about.Text("plan_hash");
  run.load_hash = about.Text("load_hash");
  run.tool_version = result.Object("tool").Text("version");
  run.outcome = verdict.Text("outcome");
  run.started_at = ParseUtc(about.Text("started_at"));
  run.due = result.Object("iterations").Count("due");
  run.workers = result.List("workers").size();
  SetResponse(result.Object("latency"), &run.all);
  SetNames(result, &run, status);
  SetErrorRate(&run.all);
  return run;
}

}  // namespace

StatusOr<RunFigures> ReadRunFigures(std::string_view text, const std::string& source) {
  const ResultJson json = ResultJson::parse(text, nullptr, /*allow_exceptions=*/false);
  if (json.is_discarded()) return InvalidArgument(source + ": no JSON");
  Status status;
  RunFigures run = FiguresOf(json, &status);
  if (!status.ok()) return InvalidArgument(source + ": " + Message(status));
  run.source = source;
  return run;
}

}  // namespace muster

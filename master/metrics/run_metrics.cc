#include "master/metrics/run_metrics.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <map>
#include <string_view>
#include <utility>

#include "master/metrics/bucket_ladder.h"
#include "master/report/utf8.h"

namespace muster {
namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;
using Labels = std::vector<std::pair<std::string, std::string>>;

MetricFamily Family(const std::string& name, MetricType type, const std::string& help) {
  MetricFamily family;
  family.name = "muster_" + name;
  family.type = type;
  family.help = help;
  return family;
}

ClientMetric& AddMetric(MetricFamily* family, const Labels& labels) {
  ClientMetric& metric = family->metric.emplace_back();
  for (const auto& [name, value] : labels) metric.label.push_back({name, ValidUtf8(value)});
  return metric;
}

// Exact up to 2^53, as all of Prometheus' numbers.
void AddCount(MetricFamily* family, uint64_t count, const Labels& labels = {}) {
  AddMetric(family, labels).counter.value = static_cast<double>(count);
}

void AddGauge(MetricFamily* family, double value, const Labels& labels = {}) {
  AddMetric(family, labels).gauge.value = value;
}

MetricFamily OneCounter(const std::string& name, const std::string& help, uint64_t count) {
  MetricFamily family = Family(name, MetricType::Counter, help);
  AddCount(&family, count);
  return family;
}

MetricFamily OneGauge(const std::string& name, const std::string& help, double value) {
  MetricFamily family = Family(name, MetricType::Gauge, help);
  AddGauge(&family, value);
  return family;
}

double Seconds(Int128 ns) { return static_cast<double>(ns) / 1e9; }

template <typename Series>
Labels LabelsOf(const Series& series) {
  return {{"name", series.name}, {"measured", series.measured ? "true" : "false"}};
}

Labels With(Labels labels, const std::string& name, const std::string& value) {
  labels.emplace_back(name, value);
  return labels;
}

// Prometheus' names of labels hold ASCII letters, digits and '_' alone.
std::string TagLabel(const std::string& key) {
  std::string label = "tag_" + key;
  for (char& c : label) {
    const bool fits = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    if (!fits) c = '_';
  }
  return label;
}

Counts SumOf(const std::vector<const Cell*>& cells) {
  Counts sum;
  for (const Cell* cell : cells) sum.Add(cell->counts);
  return sum;
}

void FillHistogram(const std::vector<const Cell*>& cells, LatencyKind kind,
                   ClientMetric::Histogram* out) {
  std::array<uint64_t, kLadderBounds> counts{};
  Int128 sum = 0;
  for (const Cell* cell : cells) {
    const Histogram& histogram = cell->latency[static_cast<size_t>(kind)];
    const auto more = LadderCounts(histogram);
    for (size_t i = 0; i < kLadderBounds; ++i) counts[i] += more[i];
    out->sample_count += histogram.count();
    sum += histogram.sum();
  }
  out->sample_sum = Seconds(sum);
  for (size_t i = 0; i < kLadderBounds; ++i) {
    out->bucket.push_back({counts[i], Seconds(LadderBounds()[i])});
  }
}

constexpr std::array kColours = {std::pair(WorkerColour::kGreen, "green"),
                                 std::pair(WorkerColour::kAmber, "amber"),
                                 std::pair(WorkerColour::kRed, "red")};

}  // namespace

RunMetrics::RunMetrics(const RunMerger& merger, const std::string& run_id)
    : merger_(merger), run_id_(run_id), names_(GroupByName(merger.plan().spec().requests)) {
  std::map<std::pair<std::string, bool>, size_t> at;  // a name may be "(other)" itself
  const auto add = [&](const std::string& label, bool measured, const Cell* cell) {
    if (cell == nullptr) return;
    const auto [found, added] = at.try_emplace({label, measured}, series_.size());
    if (added) series_.push_back({label, measured, {}});
    series_[found->second].cells.push_back(cell);
  };
  for (size_t i = 0; i < names_.size(); ++i) {
    const std::string label = i < kMaxNames ? names_[i].name : std::string(kOtherValue);
    for (const uint16_t request : names_[i].requests) {
      add(label, true, &merger.OfName(request));
      add(label, false, merger.UnmeasuredOfName(request));
    }
  }
}

std::string RunMetrics::Note() const {
  if (names_.size() <= kMaxNames) return "";
  return std::to_string(names_.size() - kMaxNames) + " of " + std::to_string(names_.size()) +
         " request names are summed as " + std::string(kOtherValue) + " in the metrics";
}

std::vector<MetricFamily> RunMetrics::Collect(std::optional<RunTime> elapsed,
                                              std::span<const WorkerLabel> workers) {
  std::vector<MetricFamily> families = {Info(), Tags()};
  const auto add = [&](std::vector<MetricFamily> more) {
    std::move(more.begin(), more.end(), std::back_inserter(families));
  };
  add(Load(elapsed));
  add(Iterations());
  add(Requests());
  families.push_back(Errors());
  families.push_back(Responses());
  for (const LatencyKind kind :
       {LatencyKind::kResponse, LatencyKind::kService, LatencyKind::kWait, LatencyKind::kLag}) {
    families.push_back(Latency(kind));
  }
  add(Workers(workers));
  // What has not happened yet has no series, and a family without any would be but a comment.
  std::erase_if(families, [](const MetricFamily& family) { return family.metric.empty(); });
  return families;
}

MetricFamily RunMetrics::Info() const {
  MetricFamily info = Family("run_info", MetricType::Gauge, "The run: always 1.");
  AddGauge(&info, 1,
           {{"run", run_id_},
            {"name", merger_.plan().spec().name},
            {"model", merger_.plan().open() ? "open" : "closed"}});
  return info;
}

MetricFamily RunMetrics::Tags() const {
  MetricFamily tags = Family("request_info", MetricType::Gauge,
                             "The tags that all requests of a name have: always 1.");
  for (size_t i = 0; i < std::min(names_.size(), kMaxNames); ++i) {
    Labels labels = {{"name", names_[i].name}};
    for (const auto& [key, value] : names_[i].tags) {
      const std::string label = TagLabel(key);
      const bool taken = std::any_of(labels.begin(), labels.end(),
                                     [&](const auto& other) { return other.first == label; });
      if (!taken) labels.emplace_back(label, value);  // a label twice spoils the whole scrape
    }
    AddGauge(&tags, 1, labels);
  }
  return tags;
}

std::vector<MetricFamily> RunMetrics::Load(std::optional<RunTime> elapsed) const {
  const Plan& plan = merger_.plan();
  std::vector<MetricFamily> families;
  if (plan.open()) {
    families.push_back(OneGauge("asked_iterations_per_second", "The plan's rate at this moment.",
                                elapsed ? plan.rates().At(*elapsed).per_second() : 0));
  } else {
    families.push_back(OneGauge("asked_users", "The plan's users at this moment.",
                                elapsed ? plan.users().UsersAt(*elapsed) : 0));
  }
  uint64_t iterations = 0, requests = 0;
  for (const WorkerTotals& worker : merger_.workers()) {
    iterations += worker.in_flight;
    requests += worker.requests_in_flight;
  }
  families.push_back(OneGauge("iterations_in_flight", "Iterations started and not ended.",
                              static_cast<double>(iterations)));
  families.push_back(OneGauge("requests_in_flight",
                              "Requests handled and not done, those that wait included.",
                              static_cast<double>(requests)));
  return families;
}

std::vector<MetricFamily> RunMetrics::Iterations() const {
  const Counts& counts = merger_.totals();
  uint64_t lost = 0;
  for (const WorkerTotals& worker : merger_.workers()) lost += worker.iterations_lost;
  std::vector<MetricFamily> families = {
      OneCounter("iterations_due_total", "Iterations that the plan had due.", counts.due),
      OneCounter("iterations_started_total", "Iterations that were started.", counts.started),
      OneCounter("iterations_finished_total", "Iterations that ended by themselves.",
                 counts.finished),
      OneCounter("iterations_cut_total", "Iterations that were ended by the drain or a stop.",
                 counts.cut),
      OneCounter("iterations_lost_total", "Iterations in flight on a worker that was lost.", lost)};
  MetricFamily not_started = Family("iterations_not_started_total", MetricType::Counter,
                                    "Iterations due and never begun, by reason.");
  for (size_t i = 0; i < kNotStartedReasons; ++i) {
    AddCount(&not_started, counts.not_started[i], {{"reason", std::string(kNotStartedNames[i])}});
  }
  families.push_back(std::move(not_started));
  return families;
}

std::vector<MetricFamily> RunMetrics::Requests() const {
  MetricFamily requests =
      Family("requests_total", MetricType::Counter,
             "Requests that ended: completed with a whole response of any status, or failed.");
  MetricFamily unexpected = Family("requests_unexpected_total", MetricType::Counter,
                                   "Completed requests with an unexpected status.");
  MetricFamily sent = Family("sent_bytes_total", MetricType::Counter, "Bytes of requests sent.");
  MetricFamily received =
      Family("received_bytes_total", MetricType::Counter, "Bytes of responses received.");
  for (const Series& series : series_) {
    const Labels labels = LabelsOf(series);
    const Counts counts = SumOf(series.cells);
    AddCount(&requests, counts.completed, With(labels, "outcome", "completed"));
    AddCount(&requests, counts.failed, With(labels, "outcome", "failed"));
    AddCount(&unexpected, counts.unexpected, labels);
    AddCount(&sent, counts.bytes_sent, labels);
    AddCount(&received, counts.bytes_received, labels);
  }
  return {std::move(requests), std::move(unexpected), std::move(sent), std::move(received)};
}

MetricFamily RunMetrics::Errors() const {
  MetricFamily errors = Family("errors_total", MetricType::Counter,
                               "Failed requests, by class; classes that occurred in the run.");
  for (const Series& series : series_) {
    const Counts counts = SumOf(series.cells);
    for (size_t i = 0; i < kErrorClasses; ++i) {
      if (merger_.totals().errors[i] == 0) continue;
      AddCount(&errors, counts.errors[i],
               With(LabelsOf(series), "class", std::string(kErrorNames[i])));
    }
  }
  return errors;
}

MetricFamily RunMetrics::Responses() {
  MetricFamily responses = Family("responses_total", MetricType::Counter,
                                  "Responses, by status; statuses that occurred in the run.");
  for (const auto& [status, count] : merger_.statuses().entries()) {
    if (own_statuses_.size() < kMaxStatuses) own_statuses_.insert(status);
  }
  const bool others = merger_.statuses().entries().size() > own_statuses_.size();
  for (const Series& series : series_) {
    std::map<uint16_t, uint64_t> own;
    for (const uint16_t status : own_statuses_) own[status] = 0;
    uint64_t other = 0;
    for (const Cell* cell : series.cells) {
      for (const auto& [status, count] : cell->statuses.entries()) {
        (own_statuses_.contains(status) ? own[status] : other) += count;
      }
    }
    const Labels labels = LabelsOf(series);
    for (const auto& [status, count] : own) {
      AddCount(&responses, count, With(labels, "status", std::to_string(status)));
    }
    if (others) AddCount(&responses, other, With(labels, "status", std::string(kOtherValue)));
  }
  return responses;
}

MetricFamily RunMetrics::Latency(LatencyKind kind) const {
  const char* help = kind == LatencyKind::kResponse  ? "Due to done: lag, wait and service together"
                     : kind == LatencyKind::kService ? "First byte sent to last byte received"
                     : kind == LatencyKind::kWait
                         ? "Handled to first byte sent: a free connection, DNS, connect, TLS"
                         : "Due to handled: the generator itself";
  MetricFamily family = Family(std::string(NameOf(kLatencyNames, kind)) + "_seconds",
                               MetricType::Histogram, std::string(help) + "; completed requests.");
  for (const Series& series : series_) {
    FillHistogram(series.cells, kind, &AddMetric(&family, LabelsOf(series)).histogram);
  }
  return family;
}

std::vector<MetricFamily> RunMetrics::Workers(std::span<const WorkerLabel> workers) const {
  MetricFamily states = Family("workers", MetricType::Gauge, "Workers of the run, by state.");
  for (const std::string_view state : kWorkerStates) {
    const auto count = std::count_if(workers.begin(), workers.end(),
                                     [&](const WorkerLabel& w) { return w.state == state; });
    AddGauge(&states, static_cast<double>(count), {{"state", std::string(state)}});
  }
  MetricFamily lag = Family("worker_lag_p99_seconds", MetricType::Gauge,
                            "99th percentile of lag on the worker, of the run so far.");
  MetricFamily health = Family("worker_health", MetricType::Gauge,
                               "1 for the colour of the last second that was judged.");
  for (size_t i = 0; i < std::min(workers.size(), merger_.workers().size()); ++i) {
    const WorkerTotals& totals = merger_.workers()[i];
    const Labels labels = {{"worker", workers[i].name}};
    AddGauge(&lag, Seconds(totals.lag.ValueAtPercentile(99'000)), labels);
    for (const auto& [colour, name] : kColours) {
      AddGauge(&health, totals.watch.colour() == colour, With(labels, "colour", name));
    }
  }
  return {std::move(states), std::move(lag), std::move(health)};
}

}  // namespace muster

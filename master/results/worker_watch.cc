#include "master/results/worker_watch.h"

#include <algorithm>

namespace muster {
namespace {

constexpr int64_t kRedLagNs = 5'000'000;
constexpr int64_t kAmberLagNs = 1'000'000;
constexpr int64_t kRedLagOfService = 10;  // a tenth
constexpr double kRedRunQueue = 0.2;
constexpr double kRedThrottled = 0.05;
constexpr double kAmberSteal = 0.05;
constexpr double kAmberBusy = 0.85;

double ShareOf(uint64_t part, uint64_t whole) {
  return whole == 0 ? 0 : std::min(1.0, static_cast<double>(part) / static_cast<double>(whole));
}

int64_t MedianOf(const Histogram& histogram) {
  return histogram.count() == 0 ? 0 : histogram.ValueAtPercentile(50'000);
}

// p99 of `all` values, of which those that are not in `upper` are at most kAmberLagNs; 0 when it is
// that low.
int64_t P99Of(const Histogram& upper, uint64_t all) {
  if (upper.count() == 0) return 0;
  const uint64_t above = all - Histogram::RankOf(99'000, all);
  if (above >= upper.count()) return 0;
  const int64_t value = upper.ValueAtRank(upper.count() - above);
  return value > kAmberLagNs ? value : 0;
}

}  // namespace

WorkerColour ColourOf(const WorkerSecond& second) {
  const int64_t red_lag = std::max(kRedLagNs, second.service_p50_ns / kRedLagOfService);
  if (second.lag_p99_ns > red_lag || second.run_queue > kRedRunQueue ||
      second.throttled > kRedThrottled) {
    return WorkerColour::kRed;
  }
  if (second.lag_p99_ns > kAmberLagNs || second.steal > kAmberSteal || second.busy > kAmberBusy) {
    return WorkerColour::kAmber;
  }
  return WorkerColour::kGreen;
}

void WorkerWatch::Add(const DeltaBatch& batch, RunTime load_end) {
  const RunTime until = std::min(batch.accounted_through, load_end);
  if (since_ >= load_end) return;
  if (!begun_) {  // its time began before T0
    begun_ = batch.accounted_through > RunTime();
    since_ = std::max(RunTime(), until);
    return;
  }
  for (const auto& [key, cell] : batch.cells) {
    const Histogram& lag = cell.latency[static_cast<size_t>(LatencyKind::kLag)];
    lags_ += lag.count();
    if (lag.max() <= kAmberLagNs) continue;
    lag_.Merge(lag);
    service_.Merge(cell.latency[static_cast<size_t>(LatencyKind::kService)]);
  }
  health_.Add(batch.health);
  if (until - since_ >= kSecond) Judge(until);
}

void WorkerWatch::Judge(RunTime until) {
  const WorkerSecond second = {
      .lag_p99_ns = P99Of(lag_, lags_),
      .service_p50_ns = MedianOf(service_),
      .run_queue = ShareOf(health_.run_queue_ns, health_.span_ns),
      .throttled = ShareOf(health_.throttled_ns, static_cast<uint64_t>((until - since_).nanos())),
      .steal = ShareOf(health_.steal_ns, health_.host_ns),
      .busy = ShareOf(health_.handler_ns, health_.span_ns)};
  const WorkerColour colour = ColourOf(second);
  latest_ = Latest{until, colour, second};
  ++seconds_;
  if (colour != WorkerColour::kGreen) {
    const bool red = colour == WorkerColour::kRed;
    ++(red ? red_ : amber_);
    worst_.lag_p99_ns = std::max(worst_.lag_p99_ns, second.lag_p99_ns);
    worst_.service_p50_ns = std::max(worst_.service_p50_ns, second.service_p50_ns);
    worst_.run_queue = std::max(worst_.run_queue, second.run_queue);
    worst_.throttled = std::max(worst_.throttled, second.throttled);
    worst_.steal = std::max(worst_.steal, second.steal);
    worst_.busy = std::max(worst_.busy, second.busy);
    if (!spans_.empty() && spans_.back().to == since_ && spans_.back().red == red) {
      spans_.back().to = until;
    } else if (spans_.size() < kMaxSpans) {
      spans_.push_back({since_, until, red});
    }
  }
  since_ = until;
  // New ones: what a second of many latencies needed does not stay with every worker.
  lag_ = Histogram();
  service_ = Histogram();
  lags_ = 0;
  health_ = {};
}

}  // namespace muster

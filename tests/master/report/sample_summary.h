// One fixed, wholly made-up result for the golden files: a failed run with everything in it that a
// report can show.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "master/results/summary.h"

namespace muster {

inline LatencySummary SampleLatency(uint64_t count, std::vector<int64_t> ns) {
  LatencySummary latency;
  latency.count = count;
  latency.min_ns = ns[0];
  latency.mean_ns = ns[1];
  latency.p50_ns = ns[2];
  latency.p90_ns = ns[3];
  latency.p95_ns = ns[4];
  latency.p99_ns = ns[5];
  latency.p999_ns = ns[6];
  latency.max_ns = ns[7];
  return latency;
}

inline LatencyTable SampleTable(uint64_t completed, uint64_t due) {
  constexpr int64_t kUs = 1'000, kMs = 1'000'000;
  LatencyTable table;
  const auto set = [&](LatencyKind kind, std::vector<int64_t> ns) {
    table.by_kind[static_cast<size_t>(kind)] = SampleLatency(completed, std::move(ns));
  };
  set(LatencyKind::kResponse, {900 * kUs, 19 * kMs, 12'100 * kUs, 48'000 * kUs, 97'500 * kUs,
                               271 * kMs, 1'040 * kMs, 3'021'437'001});
  set(LatencyKind::kService, {880 * kUs, 18 * kMs, 11'900 * kUs, 47'100 * kUs, 90'200 * kUs,
                              240 * kMs, 413 * kMs, 920 * kMs});
  set(LatencyKind::kWait,
      {0, 150 * kUs, 0, 20 * kUs, 60 * kUs, 12 * kMs, 1'010 * kMs, 3'000 * kMs});
  set(LatencyKind::kLag, {0, 4 * kUs, 2'012, 31 * kUs, 44 * kUs, 88 * kUs, 401 * kUs, 1'100 * kUs});
  set(LatencyKind::kOnset, {900 * kUs, 19 * kMs, 12'050 * kUs, 47'900 * kUs, 97'400 * kUs,
                            270 * kMs, 1'039 * kMs, 3'020 * kMs});
  set(LatencyKind::kFirstByte,
      {870 * kUs, 17 * kMs, 11 * kMs, 46 * kMs, 89 * kMs, 238 * kMs, 410 * kMs, 915 * kMs});
  table.by_kind[static_cast<size_t>(LatencyKind::kConnect)] = SampleLatency(
      120,
      {80 * kUs, 200 * kUs, 110 * kUs, 300 * kUs, 500 * kUs, 900 * kUs, 1'003 * kMs, 1'003 * kMs});
  table.response_all = table.by_kind[static_cast<size_t>(LatencyKind::kResponse)];
  table.response_all.count = due;
  table.response_all.p999_ns.reset();
  return table;
}

inline Counts SampleCounts() {
  Counts counts;
  counts.due = 290'112;
  counts.not_started[static_cast<size_t>(NotStarted::kMaxInFlight)] = 41;
  counts.started = 290'071;
  counts.finished = 290'071;
  counts.requests_started = 290'071;
  counts.completed = 289'955;
  counts.load_completed = 289'901;
  counts.failed = 116;
  counts.failed_after_send = 104;
  counts.unexpected = 12;
  counts.bytes_sent = 34'808'520;
  counts.bytes_received = 1'304'797'500;
  counts.slow_connect = 41;
  counts.connects = 120;
  counts.errors[static_cast<size_t>(ErrorClass::kTimeout)] = 90;
  counts.errors[static_cast<size_t>(ErrorClass::kReceiveReset)] = 14;
  counts.errors[static_cast<size_t>(ErrorClass::kReusedClosed)] = 12;
  return counts;
}

inline ThresholdResult SampleThreshold(const std::string& expression, double observed,
                                       const std::string& text, bool passed) {
  ThresholdResult result;
  result.threshold = *ParseThreshold(expression);
  result.observed = observed;
  result.observed_text = text;
  result.passed = passed;
  return result;
}

inline std::vector<ThresholdResult> SampleThresholds() {
  std::vector<ThresholdResult> thresholds = {
      SampleThreshold("within(250ms){stage=steady} >= 99%", 0.981, "98.1 %", false),
      SampleThreshold("p99(response){name=buy} < 400ms", 389e6, "389ms", true),
      SampleThreshold("error_rate < 1%", 0.00044, "0.04 %", true),
  };
  thresholds[0].first_breach = RunTime::FromNanos(47'000'000'000);
  thresholds[0].certainty = Certainty{Interval{0.979, 0.983}, false, false, {}};
  thresholds[1].certainty = Certainty{Interval{361e6, 412e6}, true, true, {}};
  return thresholds;
}

inline NameSummary SampleName(const std::string& name, const Counts& counts, double rate) {
  NameSummary summary;
  summary.name = name;
  summary.counts = counts;
  summary.statuses.Add(200, counts.completed - counts.unexpected);
  summary.statuses.Add(503, counts.unexpected);
  summary.latency = SampleTable(counts.completed, counts.due);
  summary.rate_per_s = rate;
  return summary;
}

inline std::vector<NameSummary> SampleNames() {
  Counts home = SampleCounts();
  Counts buy;
  buy.due = buy.started = buy.finished = buy.requests_started = 28'998;
  buy.completed = buy.load_completed = 28'990;
  buy.failed = buy.failed_after_send = 8;
  buy.errors[static_cast<size_t>(ErrorClass::kTimeout)] = 8;
  home.due -= buy.due;
  home.started -= buy.started;
  home.finished -= buy.finished;
  home.requests_started -= buy.requests_started;
  home.completed -= buy.completed;
  home.load_completed -= buy.load_completed;
  home.failed -= buy.failed;
  home.failed_after_send -= buy.failed_after_send;
  home.errors[static_cast<size_t>(ErrorClass::kTimeout)] -= 8;
  return {SampleName("home", home, 1739.4), SampleName("buy", buy, 193.3)};
}

inline TimelineRow SampleRow(int64_t second, uint64_t completed) {
  TimelineRow row;
  row.start = RunTime::FromNanos(second * 1'000'000'000);
  row.end = row.start + Duration::Seconds(1);
  row.due = row.started = 2'000;
  row.completed = completed;
  row.failed = second == 1 ? 3 : 0;
  row.in_flight = 24;
  if (completed > 0) row.response = SampleTable(completed, completed).by_kind[0];
  return row;
}

inline WorkerSummary SampleWorker(const std::string& name, uint64_t share, double busy) {
  WorkerSummary worker;
  worker.name = name;
  worker.state = "finished";
  worker.due = share;
  worker.started = share - 13;
  worker.completed = share - 50;
  worker.failed = 37;
  worker.batches = 1'302;
  worker.clock_offset = Duration::Micros(-1'250);
  worker.clock_error = Duration::Micros(200);
  worker.busy = busy;
  return worker;
}

inline RunSummary SampleSummary() {
  RunSummary s;
  s.tool_version = "0.1.0";
  s.id = "7f3a";
  s.name = "shop";
  s.plan_hash = "sha256:5f0c";
  s.seed = 7;
  s.started_at = WallTime::FromNanos(1'709'210'096'789'000'000);
  s.duration = Duration::Millis(150'800);
  s.load_duration = Duration::Seconds(150);
  s.model = "open";
  s.target = "http://127.0.0.1:8080";
  s.asked = "0/s to 2,000/s";
  s.poisson = true;
  s.counts = SampleCounts();
  s.statuses.Add(200, 289'943);
  s.statuses.Add(503, 12);
  s.rate_per_s = 1922.8;
  s.load_rate_per_s = 1932.7;
  s.asked_rate_per_s = 1934.1;
  s.latency = SampleTable(289'955, 290'112);
  s.latency_failed.by_kind[0] =
      SampleLatency(116, {1'000'000, 3'900'000'000, 5'000'000'000, 5'000'000'000, 5'000'000'000,
                          5'000'000'000, 5'000'000'000, 5'000'000'000});
  s.by_name = SampleNames();
  s.timeline = {SampleRow(0, 1'976), SampleRow(1, 1'997), SampleRow(2, 0)};
  s.workers = {SampleWorker("lab-1", 96'704, 0.38), SampleWorker("lab-2", 96'704, 0.41),
               SampleWorker("lab-3", 96'704, 0.22)};
  s.thresholds = SampleThresholds();
  s.verdict.outcome = Outcome::kThresholdFailed;
  s.verdict.complete = true;
  s.verdict.reasons = {"threshold failed: within(250ms){stage=steady} >= 99%, observed 98.1 %"};
  s.exit_code = 1;
  s.notes = {
      "41 slow connects (1 s or more, or a SYN sent again): the target's listen queue "
      "may be full"};
  s.books_balanced = true;
  return s;
}

}  // namespace muster

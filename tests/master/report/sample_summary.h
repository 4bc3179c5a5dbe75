// One fixed, wholly made-up result for the golden files: a failed run with everything in it that a
// report can show. Latencies are of real records, so buckets and percentiles agree.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "master/results/summary.h"

namespace muster {

// Quantiles, in thousandths of a percent, that a SampleHistogram is drawn through.
inline constexpr std::array<int64_t, 7> kSampleLevels = {0,      50'000, 90'000, 95'000,
                                                         99'000, 99'900, 100'000};

// `count` records that lie evenly, by rank, between what stands at the levels above.
inline Histogram SampleHistogram(uint64_t count, const std::array<int64_t, 7>& ns) {
  Histogram histogram;
  size_t part = 0;
  for (uint64_t i = 0; i < count; ++i) {
    const auto level =
        count == 1 ? kSampleLevels.back() : static_cast<int64_t>(i * 100'000 / (count - 1));
    while (part + 2 < kSampleLevels.size() && level > kSampleLevels[part + 1]) ++part;
    const int64_t span = kSampleLevels[part + 1] - kSampleLevels[part];
    histogram.Record(ns[part] + (ns[part + 1] - ns[part]) * (level - kSampleLevels[part]) / span);
  }
  return histogram;
}

// Of so many completed requests out of so many that were due.
inline LatencyTable SampleTable(uint64_t completed, uint64_t due, uint64_t connects) {
  constexpr int64_t kUs = 1'000, kMs = 1'000'000;
  LatencyTable table;
  const auto set = [&](LatencyKind kind, uint64_t count, const std::array<int64_t, 7>& ns) {
    const Histogram histogram = SampleHistogram(count, ns);
    table.by_kind[static_cast<size_t>(kind)] = Summarize(histogram);
    if (kind == LatencyKind::kResponse) table.response_all = Summarize(histogram, due);
  };
  set(LatencyKind::kResponse, completed,
      {900 * kUs, 12'100 * kUs, 48 * kMs, 97'500 * kUs, 271 * kMs, 1'040 * kMs, 3'021'437'001});
  set(LatencyKind::kService, completed,
      {880 * kUs, 11'900 * kUs, 47'100 * kUs, 90'200 * kUs, 240 * kMs, 413 * kMs, 920 * kMs});
  set(LatencyKind::kWait, completed,
      {0, 0, 20 * kUs, 60 * kUs, 12 * kMs, 1'010 * kMs, 3'000 * kMs});
  set(LatencyKind::kLag, completed,
      {0, 2'012, 31 * kUs, 44 * kUs, 88 * kUs, 401 * kUs, 1'100 * kUs});
  set(LatencyKind::kOnset, completed,
      {900 * kUs, 12'050 * kUs, 47'900 * kUs, 97'400 * kUs, 270 * kMs, 1'039 * kMs, 3'020 * kMs});
  set(LatencyKind::kFirstByte, completed,
      {870 * kUs, 11 * kMs, 46 * kMs, 89 * kMs, 238 * kMs, 410 * kMs, 915 * kMs});
  set(LatencyKind::kConnect, connects,
      {80 * kUs, 110 * kUs, 300 * kUs, 500 * kUs, 900 * kUs, 1'003 * kMs, 1'003 * kMs});
  return table;
}

inline Counts SampleCounts() {
  Counts counts;
  counts.due = 290'412;
  counts.not_started[static_cast<size_t>(NotStarted::kMaxInFlight)] = 341;
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
  thresholds[0].where = "plans/shop.yaml:22:5";
  thresholds[1].where = "plans/shop.yaml:23:5";
  thresholds[2].where = "--threshold";
  return thresholds;
}

inline NameSummary SampleName(const std::string& name, const Counts& counts, double rate) {
  NameSummary summary;
  summary.name = name;
  summary.method = name == "buy" ? "POST" : "GET";
  summary.counts = counts;
  summary.statuses.Add(200, counts.completed - counts.unexpected);
  summary.statuses.Add(503, counts.unexpected);
  summary.latency = SampleTable(counts.completed, counts.due, counts.connects);
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
  row.bytes_received = completed * 4'500;
  row.failed = second == 1 ? 3 : 0;
  row.in_flight = 24;
  row.response = Summarize(
      SampleHistogram(completed, {900'000, 12'100'000, 48'000'000, 97'500'000, 271'000'000,
                                  480'000'000, second * 50'000'000 + 500'000'000}));
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
  worker.seconds = 150;
  worker.amber_seconds = worker.red_seconds = name == "lab-2" ? 1 : 0;
  worker.lag = Summarize(
      SampleHistogram(share - 13, {0, 2'012, 31'000, 44'000, 88'000, 401'000, 1'100'000}));
  return worker;
}

// One of each severity and another warning: a terminal shows three.
inline std::vector<Finding> SampleFindings() {
  return {
      {3, "rate_not_delivered", Severity::kVerdict,
       "341 of 290,412 iterations were not started: max_in_flight was reached",
       "in flight 4,000 of 4,000 from 1:31 to 1:33",
       "raise max_in_flight, or accept that this target can't take the rate"},
      {5, "dropped_syns", Severity::kWarning,
       "41 SYNs retransmitted: the target's listen queue is full",
       "41 of 161 connects took a second or more; ListenDrops +41",
       "raise the server's backlog and net.core.somaxconn"},
      {7, "few_samples", Severity::kWarning, "too few independent samples for p99.9",
       "52 effective samples beyond it, 100 wanted", "a stage of 5m would do"},
      {12, "clocks", Severity::kNote, "clocks of workers agree to 200us", "lab-2: -1.25ms", ""}};
}

inline Environment SampleEnvironment() {
  Environment environment;
  environment.command = {
      "muster",         "run", "plans/shop.yaml", "--header", "Authorization: ***", "--threshold",
      "error_rate < 1%"};
  environment.plan_file = "plans/shop.yaml";
  environment.plan_text = "muster: 1\nname: shop\ntarget: http://127.0.0.1:8080\n";
  environment.host = "lab-0";
  environment.kernel = "Linux 6.1.0-28-amd64";
  environment.cpu = "Ryzen 7 <PRO> 4750U";
  environment.cores = 16;
  return environment;
}

inline RunSummary MakeSampleSummary() {
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
  s.asked_rate_per_s = 1936.1;
  s.latency = SampleTable(289'955, 290'412, 120);
  s.latency_failed.by_kind[0] =
      Summarize(SampleHistogram(116, {1'000'000, 5'000'000'000, 5'000'000'000, 5'000'000'000,
                                      5'000'000'000, 5'000'000'000, 5'000'000'000}));
  s.by_name = SampleNames();
  s.by_name[1].tags = {{"kind", "write"}};
  s.by_name[1].timeline = {SampleRow(0, 198), SampleRow(1, 200)};
  s.timeline = {SampleRow(0, 1'976), SampleRow(1, 1'997), SampleRow(2, 0)};
  s.workers = {SampleWorker("lab-1", 96'704, 0.38), SampleWorker("lab-2", 96'704, 0.41),
               SampleWorker("lab-3", 96'704, 0.22)};
  const auto at = [](int64_t seconds) { return RunTime::FromNanos(seconds * 1'000'000'000); };
  s.stages = {{"ramp", at(0), at(1), false}, {"steady", at(1), at(150), true}};
  s.saturated = {{"lab-2", at(1), at(2), false}, {"lab-2", at(2), at(3), true}};
  s.first_seen = {{"receive_reset", at(1), "lab-2", "home"},
                  {"reused_closed", at(1), "lab-1", "home"},
                  {"timeout", at(2), "lab-3", "buy"},
                  {"200", at(0), "lab-1", "home"},
                  {"503", at(1), "lab-3", "home"}};
  s.events = {{at(0), "started with 3/3 workers: lab-1 lab-2 lab-3"},
              {at(2), "link to worker lab-2 lost: the peer closed it"}};
  s.few_samples = {99'900};
  s.findings = SampleFindings();
  s.environment = SampleEnvironment();
  s.thresholds = SampleThresholds();
  s.verdict.outcome = Outcome::kThresholdFailed;
  s.verdict.complete = true;
  s.verdict.reasons = {"threshold failed: within(250ms){stage=steady} >= 99%, observed 98.1 %"};
  s.exit_code = 1;
  s.notes = {"12 trace lines beyond the limit were not kept"};
  s.books_balanced = true;
  return s;
}

inline RunSummary SampleSummary() {
  static const RunSummary sample = MakeSampleSummary();
  return sample;
}

}  // namespace muster

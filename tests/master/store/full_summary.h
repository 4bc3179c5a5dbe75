// A summary in which every member differs from its default, so that one that the codec loses shows.
#pragma once

#include <string>

#include "common/stats/histogram.h"
#include "master/results/latency_summary.h"
#include "master/results/summary.h"

namespace muster {

inline LatencySummary FullLatency(int64_t from_ns) {
  Histogram histogram;
  for (int64_t i = 1; i <= 3'000; ++i) histogram.Record(from_ns + i * 1'000);
  histogram.Record(Histogram::kHighest + 5);  // saturated
  return Summarize(histogram, 3'002);
}

inline LatencyTable FullTable() {
  LatencyTable table;
  int64_t from = 1'000;
  for (LatencySummary& latency : table.by_kind) latency = FullLatency(from *= 2);
  table.response_all = FullLatency(77);
  return table;
}

inline Counts FullCounts() {
  Counts counts;
  uint64_t n = 1;
  for (uint64_t* count : {&counts.due,
                          &counts.started,
                          &counts.finished,
                          &counts.cut,
                          &counts.requests_started,
                          &counts.completed,
                          &counts.load_completed,
                          &counts.failed,
                          &counts.failed_after_send,
                          &counts.unexpected,
                          &counts.bytes_sent,
                          &counts.bytes_received,
                          &counts.slow_connect,
                          &counts.connects,
                          &counts.tls_handshakes,
                          &counts.tls_resumed,
                          &counts.h2_goaways,
                          &counts.idle_closed,
                          &counts.unanswered,
                          &counts.compressed,
                          &counts.cached,
                          &counts.other_fields}) {
    *count = ++n;
  }
  for (uint64_t& count : counts.not_started) count = ++n;
  for (uint64_t& count : counts.errors) count = ++n;
  return counts;
}

inline TimelineRow FullRow() {
  TimelineRow row;
  row.start = RunTime::FromNanos(1);
  row.end = RunTime::FromNanos(2);
  row.due = 3;
  row.not_started = 4;
  row.started = 5;
  row.completed = 6;
  row.failed = 7;
  row.unexpected = 8;
  row.bytes_received = 9;
  row.by_status_class = {1, 2, 3, 4, 5};
  row.other_fields = 6;
  row.in_flight = 10;
  row.response = FullLatency(10);
  return row;
}

inline NameSummary FullName() {
  NameSummary name;
  name.name = std::string("b\xffuy\0", 5);  // plans need not be UTF-8
  name.tags = {{"team", "a"}};
  name.counts = FullCounts();
  name.statuses.Add(200, 5);
  name.latency = FullTable();
  name.rate_per_s = 1.5;
  name.timeline = {FullRow()};
  name.method = "GET";
  return name;
}

inline WorkerSummary FullWorker() {
  WorkerSummary worker;
  worker.name = "lab-1";
  worker.state = "finished";
  worker.due = 1;
  worker.started = 2;
  worker.completed = 3;
  worker.failed = 4;
  worker.batches = 5;
  worker.clock_offset = Duration::Nanos(-6);
  worker.clock_error = Duration::Nanos(7);
  worker.busy = 0.8;
  worker.lag = FullLatency(9);
  worker.completions = 8;
  worker.service_mean_ns = 9;
  worker.health = GeneratorHealth{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14};
  worker.seconds = 10;
  worker.amber_seconds = 11;
  worker.red_seconds = 12;
  worker.worst = WorkerSecond{1, 2, 0.1, 0.2, 0.3, 0.4};
  worker.group = "eu";
  return worker;
}

inline ThresholdResult FullThresholdResult() {
  ThresholdResult result;
  Threshold& t = result.threshold;
  t.metric = Threshold::Metric::kWithin;
  t.latency = LatencyKind::kOnset;
  t.percentile_millis = 99'900;
  t.ok_only = true;
  t.within = Duration::Millis(250);
  t.count = CountKind::kDue;
  t.name = "buy";
  t.stage = "steady";
  t.group = "eu";
  t.tags = {{"kind", "pay"}};
  t.window = Duration::Seconds(10);
  t.window_for = Duration::Seconds(30);
  t.confident = true;
  t.abort = true;
  t.abort_after = Duration::Seconds(20);
  t.op = Threshold::Op::kGreaterEqual;
  t.limit = 0.99;
  t.expression = "within(250ms){stage=steady} >= 99%";
  t.is_default = true;
  result.observed = 0.981;
  result.observed_text = "98.1 %";
  result.passed = true;
  result.first_breach = RunTime::FromNanos(47);
  result.worst_window = WorstWindow{RunTime::FromNanos(40), RunTime::FromNanos(50), 0.97, "97 %"};
  result.windows_decided = 7;
  result.windows_passed_over = 2;
  result.aborted_at = RunTime::FromNanos(50);
  result.remark = "not enough samples in 2 windows";
  result.where = "plan.yaml:22:5";
  result.certainty = Certainty{Interval{1, kRankFailed}, true, true, Duration::Seconds(90)};
  return result;
}

inline RunSummary FullSummary() {
  RunSummary s;
  s.tool_version = "0.1.0";
  s.id = "7f3a0001";
  s.name = "shop";
  s.plan_hash = "5f0c";
  s.load_hash = "aa";
  s.seed = UINT64_MAX;
  s.started_at = WallTime::FromNanos(1'709'210'096'789'000'000);
  s.duration = Duration::Millis(150'800);
  s.load_duration = Duration::Seconds(150);
  s.model = "open";
  s.target = "http://127.0.0.1:8080";
  s.asked = "2,000/s";
  s.poisson = s.insecure_control = s.insecure_target = s.books_balanced = true;
  s.counts = FullCounts();
  s.iterations_in_flight = 11;
  s.iterations_lost = 12;
  s.requests_in_flight = 13;
  s.requests_lost = 14;
  s.statuses.Add(200, 7);
  s.statuses.Add(503, 8);
  s.rate_per_s = 1922.8;
  s.load_rate_per_s = 1932.7;
  s.asked_rate_per_s = 0.1;
  s.latency = s.latency_failed = FullTable();
  s.by_name = {FullName()};
  const NameSummary name = FullName();
  s.by_tag = {TagSummary{"kind", "pay", name.counts, name.statuses, name.latency, 2.5}};
  s.timeline = {FullRow(), FullRow()};
  s.stages = {StageSummary{"steady", RunTime::FromNanos(1), RunTime::FromNanos(2), true}};
  s.workers = {FullWorker()};
  s.saturated = {SaturatedSpan{"lab-1", RunTime::FromNanos(1), RunTime::FromNanos(2), true}};
  s.losses = {Loss{"lab-2", RunTime::FromNanos(-5), RunTime::FromNanos(9), 3, 7, 4}};
  s.thresholds = {FullThresholdResult()};
  s.verdict = Verdict{Outcome::kInternalError, true, true, true, true, {"because"}};
  s.exit_code = 70;
  s.events = {RunEvent{RunTime::FromNanos(4), "worker lab-1 left"}};
  s.first_seen = {FirstSight{"timeout", RunTime::FromNanos(3), "lab-1", "home"}};
  s.few_samples = {99'900};
  s.findings = {Finding{3, "asked_rate", Severity::kWarning, "text", "evidence", "advice"}};
  s.environment = Environment{{"muster", "run"}, "p.yaml", "muster: 1\n", "lab", "Linux", "cpu", 4};
  s.notes = {"a note"};
  return s;
}

}  // namespace muster

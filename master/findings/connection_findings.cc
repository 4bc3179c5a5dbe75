#include "master/findings/connection_findings.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <string>

#include "absl/strings/str_join.h"
#include "master/findings/holds.h"
#include "master/results/format.h"

namespace muster {
namespace {

const LatencySummary& Of(const RunSummary& summary, LatencyKind kind) {
  return summary.latency.by_kind[static_cast<size_t>(kind)];
}

double ShareOf(uint64_t part, uint64_t whole) {
  return whole == 0 ? 0 : static_cast<double>(part) / static_cast<double>(whole);
}

// ---- 4

// Of think times drawn evenly from [min, max], those longer than `limit_ns`.
double LongerThan(const ClosedLoad& load, int64_t limit_ns) {
  const int64_t low = load.think_min.nanos();
  const int64_t high = load.think_max.nanos();
  if (limit_ns <= low) return high > 0 ? 1 : 0;
  if (limit_ns >= high) return 0;
  return static_cast<double>(high - limit_ns) / static_cast<double>(high - low);
}

void AddIdleClosed(const FindingInput& input, std::vector<Finding>* findings) {
  const Counts& counts = input.summary.counts;
  const uint64_t raced = counts.errors[static_cast<size_t>(ErrorClass::kReusedClosed)];
  if (raced == 0 && (counts.idle_closed == 0 ||
                     ShareOf(counts.idle_closed, counts.connects) < kIdleClosedShare)) {
    return;
  }
  std::string evidence = CountOf(counts.idle_closed, "connection") +
                         " closed by the target while idle, " + CountOf(raced, "request") +
                         " sent as that happened and lost";
  const LatencySummary& idle = Of(input.summary, LatencyKind::kIdleClosed);
  if (idle.p50_ns) {
    evidence += "; it closes after about " + FormatLatency(*idle.p50_ns, 2) + " without a request";
    if (!input.plan.open()) {
      const double longer = LongerThan(input.plan.closed_load(), *idle.p50_ns);
      if (longer > 0) {
        evidence += ", and " + FormatShare(longer) + " of the think times are longer";
      }
    }
  }
  Finding finding;
  finding.number = 4;
  finding.code = "idle_closed";
  finding.severity = Severity::kWarning;
  finding.text = raced > 0 ? "the target closed kept-alive connections as they were used again: " +
                                 CountOf(raced, "failure") + " of its keep-alive time-out"
                           : std::string(
                                 "the target closes connections that are idle for longer "
                                 "than its keep-alive time-out: requests after a pause pay "
                                 "for a new one");
  finding.evidence = std::move(evidence);
  finding.advice =
      "raise the target's keep-alive time-out above the longest pause, or measure without reuse "
      "(--no-reuse)";
  findings->push_back(std::move(finding));
}

// ---- 5

bool OnThisHost(const Target& target) {
  return target.kind == Target::Kind::kUnix || target.host == "localhost" || target.host == "::1" ||
         target.host.rfind("127.", 0) == 0;
}

void AddDroppedSyns(const FindingInput& input, std::vector<Finding>* findings) {
  const Counts& counts = input.summary.counts;
  uint64_t drops = 0;
  for (const WorkerSummary& worker : input.summary.workers) drops += worker.health.listen_drops;
  if (!OnThisHost(input.plan.spec().target)) drops = 0;  // some other server's
  // Alone it may be another server's on the same host: a SYN of ours that was dropped was sent
  // again.
  const uint64_t timeouts = counts.errors[static_cast<size_t>(ErrorClass::kConnectTimeout)];
  if (counts.slow_connect == 0 && (drops == 0 || timeouts == 0)) return;
  std::vector<std::string> evidence;
  if (counts.slow_connect > 0) {
    evidence.push_back(FormatCount(counts.slow_connect) + " of " +
                       CountOf(counts.connects, "connect") +
                       " took a second or more, or sent their SYN again");
  }
  if (timeouts > 0) evidence.push_back(CountOf(timeouts, "connect") + " got no answer in time");
  if (drops > 0) {
    evidence.push_back("this host's listen queues dropped " + CountOf(drops, "SYN"));
  }
  Finding finding;
  finding.number = 5;
  finding.code = "dropped_syns";
  finding.severity = Severity::kWarning;
  finding.text =
      "the target drops connection attempts: its listen queue is full (no error need "
      "show it, only seconds of waiting)";
  finding.evidence = absl::StrJoin(evidence, "; ");
  finding.advice = "raise the target's backlog and net.core.somaxconn, or accept faster";
  findings->push_back(std::move(finding));
}

// ---- 6

struct Little {
  double in_flight = 0;  // mean of the rows'
  double explained = 0;  // rate x mean
};

// nullopt: nothing to say, or no gap.
std::optional<Little> GapIn(const RunSummary& summary, const Hold& hold) {
  const auto rows = RowsIn(summary, hold.from, hold.to);
  if (rows.size() < kLittleRows) return std::nullopt;
  double in_flight = 0, squares = 0, spent_ns = 0;
  uint64_t completed = 0, failed = 0;
  for (const TimelineRow& row : rows) {
    const auto n = static_cast<double>(row.in_flight);
    in_flight += n;
    squares += n * n;
    spent_ns += static_cast<double>(row.response.sum_ns);
    completed += row.completed;
    failed += row.failed;
  }
  if (completed == 0) return std::nullopt;
  // What an iteration waited before it was handled it was not in flight.
  spent_ns -= static_cast<double>(completed) *
              static_cast<double>(Of(summary, LatencyKind::kLag).mean_ns.value_or(0));
  const LatencySummary& of_failed =
      summary.latency_failed.by_kind[static_cast<size_t>(LatencyKind::kOnset)];
  spent_ns += static_cast<double>(failed) * static_cast<double>(of_failed.mean_ns.value_or(0));
  const auto n = static_cast<double>(rows.size());
  const double length_ns = static_cast<double>((rows.back().end - rows.front().start).nanos());
  if (length_ns < kLittleLatencies * spent_ns / static_cast<double>(completed + failed)) {
    return std::nullopt;
  }
  const Little little{in_flight / n, spent_ns / length_ns};
  const double variance = std::max(0.0, squares / n - little.in_flight * little.in_flight);
  const double gap = little.in_flight - little.explained;
  const bool beyond = gap > kLittleGap * little.in_flight &&
                      gap > kLittleSigmas * std::sqrt(variance / n) && gap > 1;
  return beyond ? std::optional(little) : std::nullopt;
}

void AddStarved(const FindingInput& input, std::vector<Finding>* findings) {
  const RunSummary& summary = input.summary;
  std::vector<std::string> evidence;
  for (const Hold& hold : HoldsOf(input.plan, LoadEndOf(summary))) {
    const auto gap = GapIn(summary, hold);
    if (!gap) continue;
    char text[160];
    std::snprintf(text, sizeof(text),
                  "from %s on %.4g were in flight, but rate x mean latency explains %.4g: some get "
                  "no answer",
                  FormatRunClock(hold.from).c_str(), gap->in_flight, gap->explained);
    evidence.emplace_back(text);
    break;  // one is enough to say
  }
  if (summary.counts.unanswered > 0) {
    evidence.push_back(CountOf(summary.counts.unanswered, "connection") +
                       " ended without ever an answer");
  }
  const LatencySummary& response = Of(summary, LatencyKind::kResponse);
  const int64_t mean = response.mean_ns.value_or(0);
  const int64_t median = response.p50_ns.value_or(0);
  if (mean > kTailRatio * median && mean - median > kTailNs) {
    evidence.push_back("the mean response, " + FormatLatency(mean) + ", is far above the median, " +
                       FormatLatency(median));
  }
  if (evidence.empty()) return;
  Finding finding;
  finding.number = 6;
  finding.code = "starved_connections";
  finding.severity = Severity::kWarning;
  finding.text = "some requests wait far longer than the median shows";
  finding.evidence = absl::StrJoin(evidence, "; ");
  finding.advice =
      "read p99 and above; look for a listen queue, a worker or a lock of the target "
      "that serves some connections and not others";
  findings->push_back(std::move(finding));
}

// ---- 10

void AddNetwork(const FindingInput& input, std::vector<Finding>* findings) {
  const RunSummary& summary = input.summary;
  const LatencySummary& connect = Of(summary, LatencyKind::kConnect);
  const LatencySummary& onset = Of(summary, LatencyKind::kOnset);
  if (!connect.min_ns || !onset.p50_ns || *connect.min_ns <= kRoundTripNs) return;
  const double trips = static_cast<double>(*onset.p50_ns) / static_cast<double>(*connect.min_ns);
  const auto near = [&](double n) { return std::abs(trips - n) <= kRoundTripTolerance * n; };
  if (!near(1) && !near(2)) return;
  const double reused =
      1 - std::min(1.0, ShareOf(summary.counts.connects, summary.counts.completed));
  Finding finding;
  finding.number = 10;
  finding.code = "network_measured";
  finding.severity = Severity::kNote;
  finding.text = "the median is about " +
                 std::string(near(1) ? "one round trip" : "two round trips") +
                 " of the network: little of it is the target's";
  finding.evidence = "round trip " + FormatLatency(*connect.min_ns) +
                     " (the least connect), median from handling " + FormatLatency(*onset.p50_ns) +
                     ", " + FormatShare(reused) + " of the requests on a reused connection";
  finding.advice = "measure from nearer to the target to see what it takes itself";
  findings->push_back(std::move(finding));
}

}  // namespace

void AddConnectionFindings(const FindingInput& input, std::vector<Finding>* findings) {
  AddIdleClosed(input, findings);
  AddDroppedSyns(input, findings);
  AddStarved(input, findings);
  AddNetwork(input, findings);
}

}  // namespace muster

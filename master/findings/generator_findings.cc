#include "master/findings/generator_findings.h"

#include <algorithm>
#include <optional>
#include <string>

#include "absl/strings/str_join.h"
#include "master/findings/sample_findings.h"
#include "master/results/format.h"

namespace muster {
namespace {

double Share(uint64_t part, uint64_t whole) {
  return whole == 0 ? 0 : static_cast<double>(part) / static_cast<double>(whole);
}

// ---- 1

bool IsRed(const WorkerSummary& worker) {
  return worker.red_seconds >= kRedSeconds &&
         Share(worker.red_seconds, worker.seconds) >= kRedShare;
}

bool IsAmber(const WorkerSummary& worker) {
  return Share(worker.red_seconds + worker.amber_seconds, worker.seconds) >= kAmberShare;
}

// What of a worker's worst second is beyond its limit, worst first.
std::string WorstOf(const WorkerSecond& worst) {
  std::vector<std::string> parts;
  if (worst.lag_p99_ns > 1'000'000) parts.push_back("lag p99 " + FormatLatency(worst.lag_p99_ns));
  if (worst.run_queue > 0.2) {
    parts.push_back("ready without a core " + FormatShare(worst.run_queue) + " of the time");
  }
  if (worst.throttled > 0.05) {
    parts.push_back("held back by its control group " + FormatShare(worst.throttled));
  }
  if (worst.steal > 0.05) {
    parts.push_back(FormatShare(worst.steal) + " of the host stolen by its hypervisor");
  }
  if (worst.busy > 0.85) parts.push_back("threads busy " + FormatShare(worst.busy));
  return absl::StrJoin(parts, ", ");
}

void AddSaturated(const FindingInput& input, std::vector<Finding>* findings) {
  const RunSummary& summary = input.summary;
  std::vector<std::string> evidence;
  bool red = false;
  for (const WorkerSummary& worker : summary.workers) {
    if (!IsRed(worker) && !IsAmber(worker)) continue;
    red |= IsRed(worker);
    evidence.push_back(worker.name + ": " + std::to_string(worker.red_seconds) + " red and " +
                       std::to_string(worker.amber_seconds) + " amber of " +
                       CountOf(worker.seconds, "second") + ", at worst " + WorstOf(worker.worst));
  }
  const bool decided = summary.verdict.generator_limited;
  if (evidence.empty() && !decided) return;
  Finding finding;
  finding.number = 1;
  finding.code = "generator_saturated";
  finding.severity = decided ? Severity::kVerdict : red ? Severity::kWarning : Severity::kNote;
  finding.text =
      decided ? "the generator could not keep up, and that could have changed the answer"
      : red   ? "the generator could not keep up in part of the run"
      : input.plan.open() || FindThinkBound(input)
          ? "the generator was near its limit"
          : "the generator was near its limit: the rate may be its own, not the target's";
  finding.evidence = evidence.empty() ? "see the verdict's reasons" : absl::StrJoin(evidence, "; ");
  finding.advice =
      "add workers or cores, keep the target off the generator's cores, or lower the load";
  findings->push_back(std::move(finding));
}

// ---- 2

void AddNear(uint64_t held, uint64_t limit, const std::string& what,
             std::vector<std::string>* evidence) {
  if (limit == 0 || Share(held, limit) < kNearLimit) return;
  evidence->push_back(what + " " + FormatShare(Share(held, limit)) + " of its limit used");
}

uint64_t ErrorsOf(const Counts& counts, ErrorClass error) {
  return counts.errors[static_cast<size_t>(error)];
}

void AddLimits(const FindingInput& input, std::vector<Finding>* findings) {
  const Counts& counts = input.summary.counts;
  std::vector<std::string> evidence;
  for (const ErrorClass error :
       {ErrorClass::kLocalDescriptors, ErrorClass::kLocalPorts, ErrorClass::kLocalOther}) {
    if (ErrorsOf(counts, error) == 0) continue;
    evidence.push_back(CountOf(ErrorsOf(counts, error), "failure") + " " +
                       std::string(NameOf(kErrorNames, error)));
  }
  for (const NotStarted reason : {NotStarted::kDescriptors, NotStarted::kPorts}) {
    const uint64_t kept = counts.not_started[static_cast<size_t>(reason)];
    if (kept > 0) {
      evidence.push_back(FormatCount(kept) + " not started for want of " +
                         std::string(NameOf(kNotStartedNames, reason)));
    }
  }
  const bool hit = !evidence.empty();
  for (const WorkerSummary& worker : input.summary.workers) {
    const GeneratorHealth& health = worker.health;
    AddNear(health.descriptors, health.descriptor_limit, worker.name + ": descriptors", &evidence);
    AddNear(health.memory_bytes, health.memory_limit_bytes, worker.name + ": memory", &evidence);
    AddNear(health.time_wait, health.local_ports, worker.name + ": ports in TIME_WAIT", &evidence);
  }
  if (evidence.empty()) return;
  Finding finding;
  finding.number = 2;
  finding.code = "local_limits";
  finding.severity = hit ? Severity::kVerdict : Severity::kWarning;
  finding.text = hit ? "limits of the generator's own host were met: these failures are not the "
                       "target's"
                     : "the generator's host came near its limits";
  finding.evidence = absl::StrJoin(evidence, "; ");
  finding.advice =
      "raise ulimit -n or net.ipv4.ip_local_port_range, reuse connections, name several "
      "--local-address, or add workers";
  findings->push_back(std::move(finding));
}

// ---- 3

void AddNotDelivered(const FindingInput& input, std::vector<Finding>* findings) {
  const Counts& counts = input.summary.counts;
  const uint64_t missed = counts.not_started_total();
  if (!input.plan.open() || Share(missed, counts.due) <= kMissedShare) return;
  std::vector<std::string> by;
  for (size_t i = 0; i < kNotStartedReasons; ++i) {
    if (counts.not_started[i] == 0) continue;
    by.push_back(std::string(kNotStartedNames[i]) + " " + FormatCount(counts.not_started[i]));
  }
  const auto mostly = [&](NotStarted reason) {
    return counts.not_started[static_cast<size_t>(reason)] * 2 > missed;
  };
  Finding finding;
  finding.number = 3;
  finding.code = "rate_not_delivered";
  finding.severity = Severity::kVerdict;
  finding.text = FormatShare(Share(missed, counts.due)) + " of the asked load was never started";
  finding.evidence = "not started by reason: " + absl::StrJoin(by, ", ") + " of " +
                     FormatCount(counts.due) + " due";
  finding.advice =
      mostly(NotStarted::kMaxInFlight)
          ? "the target did not answer in time to free places in flight: its limit is below this "
            "rate, or raise max_in_flight"
      : mostly(NotStarted::kWorkerLost)
          ? "a worker did not do its part: see why, in its log, and run again"
          : "the generator kept it back: add workers or lower the rate";
  findings->push_back(std::move(finding));
}

// ---- 8

// What is typical of the group's workers but this one: the lower of the middle two, so that one of
// two slow workers does not hide the other. A group may be of another place, with another way to
// the target. nullopt: it is the group's only one.
std::optional<int64_t> MedianOfOthers(const std::vector<const WorkerSummary*>& workers,
                                      const WorkerSummary* but) {
  std::vector<int64_t> means;
  for (const WorkerSummary* worker : workers) {
    if (worker != but && worker->group == but->group) means.push_back(worker->service_mean_ns);
  }
  if (means.empty()) return std::nullopt;
  std::sort(means.begin(), means.end());
  return means[(means.size() - 1) / 2];
}

void AddUnlike(const FindingInput& input, std::vector<Finding>* findings) {
  std::vector<const WorkerSummary*> workers;
  for (const WorkerSummary& worker : input.summary.workers) {
    if (worker.completions >= kUnlikeSamples) workers.push_back(&worker);
  }
  std::vector<std::string> evidence;
  for (const WorkerSummary* worker : workers) {
    const std::optional<int64_t> usual = MedianOfOthers(workers, worker);
    const bool unlike =
        usual &&
        static_cast<double>(worker->service_mean_ns) > kUnlikeRatio * static_cast<double>(*usual) &&
        worker->service_mean_ns - *usual > kUnlikeNs;
    if (!unlike) continue;
    evidence.push_back(worker->name + " saw a mean service of " +
                       FormatLatency(worker->service_mean_ns) + ", the others " +
                       (worker->group.empty() ? "" : "of group " + worker->group + " ") +
                       FormatLatency(*usual));
  }
  if (evidence.empty()) return;
  Finding finding;
  finding.number = 8;
  finding.code = "unlike_worker";
  finding.severity = Severity::kWarning;
  finding.text = "the same target is slower as seen from " +
                 (evidence.size() == 1 ? std::string("one worker") : "some workers");
  finding.evidence = absl::StrJoin(evidence, "; ");
  finding.advice = "look at that worker's host and network; merged percentiles mix both views";
  findings->push_back(std::move(finding));
}

// ---- 12

void AddClocks(const FindingInput& input, std::vector<Finding>* findings) {
  const std::vector<TimelineRow>& rows = input.summary.timeline;
  if (rows.empty() || input.summary.workers.size() < 2) return;  // one clock is never apart
  const Duration row = rows.front().end - rows.front().start;
  std::vector<std::string> evidence;
  for (const WorkerSummary& worker : input.summary.workers) {
    if (worker.clock_error * 2 <= row) continue;
    evidence.push_back(worker.name + ": offset known to ±" +
                       FormatLatency(worker.clock_error.nanos()));
  }
  if (evidence.empty()) return;
  Finding finding;
  finding.number = 12;
  finding.code = "clocks";
  finding.severity = Severity::kNote;
  finding.text = "the workers' clocks are known less well than the time line's rows are long (" +
                 FormatLatency(row.nanos()) + "): neighbouring rows may be mixed";
  finding.evidence = absl::StrJoin(evidence, "; ");
  finding.advice = "latencies are not touched; read the time line in wider steps";
  findings->push_back(std::move(finding));
}

}  // namespace

bool GeneratorWasRed(const RunSummary& summary) {
  return summary.verdict.generator_limited ||
         std::any_of(summary.workers.begin(), summary.workers.end(), IsRed);
}

void AddGeneratorFindings(const FindingInput& input, std::vector<Finding>* findings) {
  AddSaturated(input, findings);
  AddLimits(input, findings);
  AddNotDelivered(input, findings);
  AddUnlike(input, findings);
  AddClocks(input, findings);
}

}  // namespace muster

// RunSummary: the one immutable description of a finished run. Built once by results; every
// reporter is a pure function of it. Field names follow DESIGN.md's JSON names; any thread.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "common/plan/plan.h"
#include "common/stats/cell.h"
#include "common/stats/delta_batch.h"
#include "common/time/time.h"
#include "master/results/latency_summary.h"
#include "master/results/worker_watch.h"
#include "master/statistics/interval.h"

namespace muster {

// By LatencyKind, and `response_all`: response over all that was due, failed and not started last.
struct LatencyTable {
  std::array<LatencySummary, kLatencyKinds> by_kind;
  LatencySummary response_all;
};

// One row of a time line: the whole run's, or one request name's.
struct TimelineRow {
  RunTime start, end;
  // Iterations, at their own instants.
  uint64_t due = 0, not_started = 0, started = 0;
  // Requests, at completion.
  uint64_t completed = 0, failed = 0, unexpected = 0;
  uint64_t bytes_received = 0;
  std::array<uint64_t, 5> by_status_class{};  // of completed: 1xx to 5xx
  uint64_t other_fields = 0;                  // of completed and expected: as in Counts
  uint64_t in_flight = 0;                     // iterations, at the row's end
  LatencySummary response;
};

struct NameSummary {
  std::string name;
  std::vector<std::pair<std::string, std::string>> tags;  // that all requests of the name have
  Counts counts;
  StatusCounts statuses;
  LatencyTable latency;
  double rate_per_s = 0;  // completions in the load phase over its length
  // Of all stages; rows as long as, or longer than, those of RunSummary::timeline. Empty: not kept.
  std::vector<TimelineRow> timeline;
  std::string method{};  // "GET"; of a name with several: empty
};

// Measured requests that a tag has one value for.
struct TagSummary {
  std::string key, value;  // value: also "(other)" and "(none)", see request_groups.h
  Counts counts;
  StatusCounts statuses;
  LatencyTable latency;
  double rate_per_s = 0;  // as NameSummary's
};

// A stage as run: those that an interrupt left out are not listed.
struct StageSummary {
  std::string name;
  RunTime from, to;
  bool measured = true;
};

// Where an error class or a status came up first: the start of the time line's interval then, and
// whose request it was.
struct FirstSight {
  std::string what;  // "timeout", "503"
  RunTime at;
  std::string worker, request;
};

enum class Severity : uint8_t { kVerdict, kWarning, kNote };

// Something that happened in the run beside its load: a worker came back, somebody stopped it.
struct RunEvent {
  RunTime at;  // when the master learned of it; before T0: T0
  std::string text;
};

// Something that a reader of the numbers has to know, and that Muster found by itself
// (docs/findings.md; found by results/findings). Plain words; no ANSI, no markup.
struct Finding {
  int number = 0;    // 1 to 14: its section in docs/findings.md
  std::string code;  // "generator_saturated": for programs
  Severity severity = Severity::kNote;
  std::string text;      // what is the case
  std::string evidence;  // the numbers that show it
  std::string advice;    // what to do
  bool operator==(const Finding&) const = default;
};

// A span in which a worker could not keep up, at least (amber) or surely (red).
struct SaturatedSpan {
  std::string worker;
  RunTime from, to;
  bool red = false;
};

// Where and how the run was made. Filled in by the app; empty: unknown.
struct Environment {
  std::vector<std::string> command;  // the command line, secrets masked
  std::string plan_file;             // empty: flags alone
  std::string plan_text;             // the plan as read; empty: flags alone
  std::string host, kernel, cpu;     // of the master
  int cores = 0;
};

struct WorkerSummary {
  std::string name;
  std::string state;  // "finished", "lost", "left"
  uint64_t due = 0, started = 0, completed = 0, failed = 0, batches = 0;
  Duration clock_offset, clock_error;
  double busy = 0;  // share of its threads' time spent in handlers, 0..1
  LatencySummary lag;
  uint64_t completions = 0;  // that service_mean_ns is the mean of
  int64_t service_mean_ns = 0;
  GeneratorHealth health;  // of the load phase
  // Whole seconds of the load phase, and those in which it could not keep up (worker_watch.h).
  uint64_t seconds = 0, amber_seconds = 0, red_seconds = 0;
  WorkerSecond worst;   // of them
  std::string group{};  // muster-worker's --group; empty: none
};

// What was lost with a worker: numbers (open) or users (closed) first..last; nullopt: every number
// is accounted for, and what was in flight is in doubt alone.
struct Loss {
  std::string worker;
  RunTime from, to;  // of the window that is unaccounted for
  std::optional<uint64_t> first, last;
  // Requests that may have reached the target and are in no count. Closed model: nullopt, no bound.
  std::optional<uint64_t> at_most = 0;
};

// How far another run may come out from what was observed; see certainty.h.
struct Certainty {
  std::optional<Interval>
      interval{};           // in the limit's unit; 95 %. nullopt: too few samples for one
  bool borderline = false;  // the limit lies in the interval
  bool optimistic = false;  // the interval is likely too narrow
  // Of a percentile beyond which there are too few samples: a stage of this length would do.
  std::optional<Duration> length_that_would_do{};
  bool operator==(const Certainty&) const = default;
};

// The window in which a threshold came out worst.
struct WorstWindow {
  RunTime from, to;
  std::optional<double> observed;  // in the limit's unit; nullopt: the rank falls among the failed
  std::string observed_text;
};

struct ThresholdResult {
  Threshold threshold;
  std::optional<double>
      observed;  // in the limit's unit; nullopt: no data, or the rank falls among the failed
  std::string observed_text;  // "98.1 %", "271ms", "failed", "no data"
  bool passed = false;
  // Start of the first timeline interval that breaks it alone, or of the first windows that do.
  std::optional<RunTime> first_breach;
  std::optional<Certainty> certainty;       // nullopt: no stage of 30 s held one value
  std::optional<WorstWindow> worst_window;  // of a threshold with a window
  uint64_t windows_decided = 0, windows_passed_over = 0;  // likewise; see window_judge.h
  std::optional<RunTime> aborted_at;                      // it ended the run then
  std::string remark;   // what the figures do not say by themselves; empty: nothing
  std::string where{};  // it stands there: "plan.yaml:22:5", "--threshold"; empty: a default
};

enum class Outcome : uint8_t {
  kPassed = 0,
  kThresholdFailed = 1,
  kGeneratorLimited = 4,
  kIncomplete = 3,
  kInterrupted = 5,
  kInternalError = 70
};

struct Verdict {
  Outcome outcome = Outcome::kPassed;
  bool passed = false;    // every threshold passed, and something measured completed
  bool complete = false;  // books balance, no worker missing, nothing lost
  bool generator_limited = false;
  bool aborted = false;
  std::vector<std::string> reasons;  // every reason, worst first, whatever the exit code
};

inline constexpr size_t kMaxEvents = 1'000;

struct RunSummary {
  std::string tool_version;
  std::string id, name, plan_hash;
  // Alike in runs that may be compared: the plan's hash without its seed, target and the like
  // (HashLoad). Empty: unknown.
  std::string load_hash;
  uint64_t seed = 0;
  WallTime started_at;
  Duration duration;       // T0 to the last event
  Duration load_duration;  // length of the load phase as run
  std::string model;       // "open" or "closed"
  std::string target;      // as the user may read it
  std::string asked;       // "2000/s", "50 users": for the load line
  bool poisson = false;
  bool insecure_control = false;
  bool insecure_target = false;  // over TLS, and not verified

  Counts counts;  // the whole run, unmeasured stages included
  uint64_t iterations_in_flight = 0, iterations_lost = 0;
  uint64_t requests_in_flight = 0, requests_lost = 0;
  StatusCounts statuses;
  double rate_per_s = 0;        // completed / duration
  double load_rate_per_s = 0;   // completions in the load phase over its length
  double asked_rate_per_s = 0;  // open: due / load length

  LatencyTable latency;              // measured stages
  LatencyTable latency_failed;       // failed requests, measured stages
  std::vector<NameSummary> by_name;  // measured stages, in the plan's order
  std::vector<TagSummary> by_tag;    // likewise; values of one key stand together
  std::vector<TimelineRow> timeline;
  std::vector<StageSummary> stages;
  std::vector<WorkerSummary> workers;
  std::vector<SaturatedSpan> saturated;  // by worker and time
  std::vector<Loss> losses;
  std::vector<ThresholdResult> thresholds;
  Verdict verdict;
  int exit_code = 0;
  std::vector<FirstSight> first_seen;  // error classes, then statuses
  std::vector<RunEvent> events;        // in their order; at most kMaxEvents of a run
  std::vector<Finding> findings;       // worst first
  // Percentiles in thousandths that rest on too few samples (finding 7): shown greyed.
  std::vector<uint32_t> few_samples;
  Environment environment;
  std::vector<std::string> notes;  // lag in a passed run, busy cores, and the like
  bool books_balanced = false;
};

}  // namespace muster

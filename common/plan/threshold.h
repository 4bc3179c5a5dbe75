// A threshold: `metric{filters} op limit [over 10s [for 30s]] [with 95% confidence]`, parsed once
// by the master.
//
//   within(250ms){stage=steady} >= 99%     exact share of all due that completed within 250 ms
//   p99(response){name=buy} < 400ms        percentile over all due; failed and not started rank
//                                          last
//   p99(response, ok) < 400ms              the same over completed requests alone
//   mean|min|max(service) < 1s             of completed requests
//   error_rate < 1%                        (failed + unexpected) / (completed + failed)
//   not_started_rate < 0.1%                not started / due
//   rate >= 1000/s                         completions in the load phase over its length
//   count(failed) < 10                     completed, failed, unexpected, not_started, started, due
//
// Filters are name, stage, worker (a group of workers), and any other word, which is a tag of the
// requests; `tag.name` is the tag called "name". A window (`over`) is judged by what ended in it.
//
// A value; any thread. Grammar and meaning: docs/thresholds.md.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/base/names.h"
#include "common/base/status.h"
#include "common/time/time.h"

namespace muster {

struct Threshold {
  enum class Metric : uint8_t {
    kPercentile,
    kMean,
    kMin,
    kMax,
    kWithin,
    kErrorRate,
    kNotStartedRate,
    kRate,
    kCount
  };
  enum class Op : uint8_t { kLess, kLessEqual, kGreater, kGreaterEqual };
  static constexpr int64_t kMaxWindowsOnEnd = 1'000;
  using Tag = std::pair<std::string, std::string>;  // key and value

  Metric metric = Metric::kErrorRate;
  LatencyKind latency = LatencyKind::kResponse;
  uint32_t percentile_millis = 0;  // p99.9 is 99900; in (0, 100000]
  bool ok_only = false;            // "(response, ok)"; always so for latencies other than response
  Duration within;                 // kWithin
  CountKind count = CountKind::kCompleted;
  std::string name;       // request name; empty: all
  std::string stage;      // stage name; empty: all measured stages
  std::string group;      // of workers; empty: all
  std::vector<Tag> tags;  // a request has all of them
  Op op = Op::kLess;
  double limit = 0;         // ns for latencies, a share in [0,1], per second, or a count
  Duration window;          // "over"; 0: the whole run is judged, not its windows
  Duration window_for;      // "for": this long on end is a breach; 0: one window is
  bool confident = false;   // "with 95% confidence": the interval's bound has to hold
  bool abort = false;       // broken after abort_after of the run, it ends the run
  Duration abort_after;     // of run time; used with `abort`
  std::string expression;   // as the user wrote it, for printing
  bool is_default = false;  // Muster's own, because the plan gave none
  bool operator==(const Threshold&) const = default;

  bool upper_limit() const { return op == Op::kLess || op == Op::kLessEqual; }
  // Windows that must be broken on end: `window_for` rounded up to whole ones. Requires a window.
  int64_t windows_on_end() const {
    const int64_t on_end = (window_for.nanos() + window.nanos() - 1) / window.nanos();
    return on_end < 1 ? 1 : on_end;
  }
};

// How long a run goes on before a threshold may end it, unless the plan says otherwise.
inline constexpr Duration kDefaultAbortAfter = Duration::Seconds(10);

// Errors say the column (1-based) in `text`, what was expected, and the nearest known word. `abort`
// and `abort_after` are left to the caller.
StatusOr<Threshold> ParseThreshold(std::string_view text);

}  // namespace muster

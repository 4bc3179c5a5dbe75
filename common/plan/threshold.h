// A threshold: `metric{name=..,stage=..} op limit`, parsed once by the master.
//
//   within(250ms){stage=steady} >= 99%     exact share of all due that completed within 250 ms
//   p99(response){name=buy} < 400ms        percentile over all due; failed and not started rank
//   last p99(response, ok) < 400ms              the same over completed requests alone
//   mean|min|max(service) < 1s             of completed requests
//   error_rate < 1%                        (failed + unexpected) / (completed + failed)
//   not_started_rate < 0.1%                not started / due
//   rate >= 1000/s                         completions in the load phase over its length
//   count(failed) < 10                     completed, failed, unexpected, not_started, started, due
//
// A value; any thread. Grammar and meaning: docs/thresholds.md.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

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

  Metric metric = Metric::kErrorRate;
  LatencyKind latency = LatencyKind::kResponse;
  uint32_t percentile_millis = 0;  // p99.9 is 99900; in (0, 100000]
  bool ok_only = false;            // "(response, ok)"; always so for latencies other than response
  Duration within;                 // kWithin
  CountKind count = CountKind::kCompleted;
  std::string name;   // request name; empty: all
  std::string stage;  // stage name; empty: all measured stages
  Op op = Op::kLess;
  double limit = 0;         // ns for latencies, a share in [0,1], per second, or a count
  std::string expression;   // as the user wrote it, for printing
  bool is_default = false;  // Muster's own, because the plan gave none
  bool operator==(const Threshold&) const = default;
};

// Errors say the column (1-based) in `text`, what was expected, and the nearest known word.
StatusOr<Threshold> ParseThreshold(std::string_view text);

}  // namespace muster

// WorkerWatch: was one worker up to its part of the load, second by second? From what it measured
// of itself: its lag, and how its host treated it (GeneratorHealth).
//
//   red    p99(lag) > max(5 ms, a tenth of the median service), or it waited for a core for more
//          than 20 % of the time, or its control group was held back for more than 5 %
//   amber  p99(lag) > 1 ms, or the hypervisor took more than 5 % of the host's time, or its threads
//          were in handlers for more than 85 % of theirs (spinning before a deadline is not)
//
// The median service is that of the cells (interval, stage, name) with such a lag.
//
// A second is one or more whole intervals of the timeline, at least a second together. Before T0,
// of the first batch's idle time, and after the load phase nothing is judged. Flat: kMaxSpans spans
// are kept, all seconds are counted. Owner: the merger.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "common/stats/delta_batch.h"
#include "common/time/time.h"

namespace muster {

// What one second of a worker is judged by. Shares: 0 to 1.
struct WorkerSecond {
  int64_t lag_p99_ns = 0;
  int64_t service_p50_ns = 0;
  double run_queue = 0;  // of its threads' time
  double throttled = 0;  // of the time that passed
  double steal = 0;      // of the host's time
  double busy = 0;       // of its threads' time
};

enum class WorkerColour : uint8_t { kGreen, kAmber, kRed };

WorkerColour ColourOf(const WorkerSecond& second);

class WorkerWatch {
 public:
  static constexpr size_t kMaxSpans = 1'000;
  static constexpr Duration kSecond = Duration::Seconds(1);

  // Neighbouring seconds of one colour.
  struct Span {
    RunTime from, to;
    bool red = false;
  };
  // The second that was judged last.
  struct Latest {
    RunTime until;
    WorkerColour colour = WorkerColour::kGreen;
    WorkerSecond second;
  };

  // The worker's batches, in order. `load_end`: of the plan.
  void Add(const DeltaBatch& batch, RunTime load_end);

  const std::vector<Span>& spans() const { return spans_; }
  uint64_t seconds() const { return seconds_; }  // judged
  uint64_t amber() const { return amber_; }
  uint64_t red() const { return red_; }
  // Of the last second judged; green before the first.
  WorkerColour colour() const { return latest_ ? latest_->colour : WorkerColour::kGreen; }
  // The worst of each figure among the seconds that are not green.
  const WorkerSecond& worst() const { return worst_; }
  // nullopt: none yet.
  const std::optional<Latest>& latest() const { return latest_; }

 private:
  void Judge(RunTime until);

  RunTime since_;  // of what is gathered
  bool begun_ = false;
  // Of cells with a lag above 1 ms: in the others there is nothing to find. `lags_`: of all cells.
  Histogram lag_, service_;
  uint64_t lags_ = 0;
  GeneratorHealth health_;
  std::vector<Span> spans_;
  uint64_t seconds_ = 0, amber_ = 0, red_ = 0;
  WorkerSecond worst_;
  std::optional<Latest> latest_;
};

}  // namespace muster

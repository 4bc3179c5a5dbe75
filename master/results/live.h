// What a live view shows of a run in progress, computed from what is merged so far: rates and
// latencies over the last second of which every worker still at work has sent its batches. Pure;
// the run thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "common/time/time.h"
#include "master/results/merger.h"

namespace muster {

// A reporter's whole input. The caller fills in what the merger cannot know.
struct LiveSnapshot {
  std::string name;       // of the run
  Duration elapsed;       // since T0; negative before
  Duration load_length;   // of the load phase; 0: unknown (a limit of iterations ends it)
  bool draining = false;  // the load phase is over, or the run was stopped
  bool open = true;
  std::string stage;       // of `elapsed`
  double asked_per_s = 0;  // open: the plan's rate at `elapsed`
  uint32_t users = 0;      // closed: users at `elapsed`
  uint32_t workers_ready = 0, workers_total = 0, workers_lost = 0;
  bool insecure_control = false;
  bool insecure_target = false;

  // From the merger:
  double started_per_s = 0;  // of the window
  double completed_per_s = 0;
  uint64_t in_flight = 0;                 // at the window's end
  uint64_t due = 0, completed = 0;        // so far
  uint64_t errors = 0;                    // failed and unexpected, so far
  uint64_t not_started = 0;               // so far
  std::optional<int64_t> p50_ns, p99_ns;  // response of the window's completions
};

// Fills in what the merger knows, the plan's name, stage, rate and users at `elapsed` included. The
// window is the last kLiveWindow that every worker without a last batch and not lost has accounted
// for.
inline constexpr Duration kLiveWindow = Duration::Seconds(1);
LiveSnapshot LiveFromMerger(const RunMerger& merger, RunTime elapsed);

}  // namespace muster

// What a live view shows of a run in progress, from what is merged so far. Rates and latencies are
// those of the last second or so that every worker still at work has accounted for, whole: never of
// a second of which some counts are still on their way. Owner: the run thread.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "common/time/time.h"
#include "master/results/live_history.h"
#include "master/results/merger.h"
#include "master/results/worker_watch.h"

namespace muster {

// Requests that failed, of one class, or came back with one status that no request of the plan
// expects.
struct LiveError {
  std::string name;  // "timeout", "status 503"
  uint64_t count = 0;
  RunTime first;  // start of the interval in which it came up
};

enum class LiveState : uint8_t { kWorking, kDone, kLeft, kLost };

struct LiveWorker {
  std::string name;
  LiveState state = LiveState::kWorking;
  // Its latest second; nullopt: none yet, or too long ago.
  std::optional<WorkerWatch::Latest> latest;
};

// The part of the load that is on.
struct LiveStage {
  std::string name;
  size_t number = 1, count = 1;  // the second of three
  double from = 0, to = 0;       // per second, or users
  Duration elapsed, length;
};

// The load is held by hand, or about to be.
struct LiveHold {
  RunTime from, until;  // until: as agreed on so far
  bool wanted = true;   // it will be longer
  bool operator==(const LiveHold&) const = default;
};

// A reporter's whole input. The caller fills in what the merger cannot know.
struct LiveSnapshot {
  std::string name;       // of the run
  Duration elapsed;       // since T0; negative before
  Duration load_length;   // of the load phase, at most where there is a limit
  bool draining = false;  // the load phase is over, or the run was stopped
  bool open = true;
  std::optional<uint64_t> limit;  // closed: it ends after so many iterations
  LiveStage stage;                // of `elapsed`
  std::optional<LiveHold> hold;   // one that has not ended
  double asked_per_s = 0;         // open: the plan's rate at `elapsed`
  uint32_t users = 0;             // closed: users at `elapsed`
  std::vector<LiveWorker> workers;
  bool insecure_control = false;
  bool insecure_target = false;

  // From the merger:
  std::deque<LivePoint> points;  // the last is what "now" is
  uint64_t in_flight = 0;        // at the end of the last point, on workers that are not lost
  // So far:
  uint64_t due = 0, completed = 0;
  uint64_t failures = 0;  // failed and unexpected
  uint64_t not_started = 0;
  std::vector<std::pair<std::string, uint64_t>> not_started_by;  // those above 0
  std::vector<LiveError> errors;                                 // the newest first

  const LivePoint* now() const { return points.empty() ? nullptr : &points.back(); }
};

// One worker as the session sees it.
struct LiveMember {
  std::string name;
  LiveState state = LiveState::kWorking;
};

class LiveFeed {
 public:
  // A worker's latest second is shown for so long.
  static constexpr Duration kFresh = Duration::Seconds(3);

  // `merger` outlives it.
  explicit LiveFeed(const RunMerger& merger);

  // `members` by the merger's numbers; none while nobody takes part.
  LiveSnapshot Take(RunTime elapsed, std::span<const LiveMember> members);

 private:
  RunTime AccountedThrough(RunTime elapsed, std::span<const LiveMember> members);

  const RunMerger& merger_;
  LiveHistory history_;
  std::vector<RunTime> known_;  // by worker: up to here all its events are merged
  RunTime through_;
};

}  // namespace muster

// Was a level sustained? Judges one level alone.
//
// The first quarter of a level is warm-up and dropped; a confirming level is judged whole.
// Sustained means all of:
//   - each objective's bad share is at most what is allowed;
//   - so it is in the second half, unless the excess there is chance (the 95 % interval of that
//     half's share reaches what is allowed): buffers and token buckets fail late;
//   - at most 2 % of what was due was not started (kNotDelivered);
//   - it is stationary: in flight does not grow (stationarity.h), or by less than 0.5 % of what was
//     due (a short level: 2 %). In the closed model what is in flight is fixed: there what
//     completes in a row must not shrink, or by less than a twentieth over the level.
//
// Pure; any thread.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "master/capacity/level.h"
#include "master/statistics/interval.h"

namespace muster {

enum class LevelVerdict : uint8_t {
  kSustained,
  kFailed,
  kVoid,  // generator-limited, or nothing was due: it says nothing of the target
};

enum class LimitKind : uint8_t { kObjective, kNotDelivered, kGrowing };

// What made a level fail, and what limits the target.
struct Limit {
  LimitKind kind = LimitKind::kObjective;
  size_t objective = 0;  // of kObjective: which
  bool operator==(const Limit&) const = default;
};

// What a level says of one objective.
struct ObjectiveView {
  std::vector<ShareCount> blocks;  // kept rows, as parts of the block length
  ShareCount kept;                 // their sum
  ShareCount late;                 // the level's second half
  Interval interval;               // 95 %, of the kept share
};

struct LevelJudgement {
  LevelVerdict verdict = LevelVerdict::kVoid;
  std::optional<Limit> failure;
  // More than chance: of a failed level, the share's interval lies above what is allowed, or the
  // failure is of another kind. Of a sustained one, each share's interval lies below.
  bool clear = false;
  std::vector<ObjectiveView> objectives;
};

struct JudgeOptions {
  std::vector<double> allowed;  // by objective, the largest share of bad; 0: none at all
  bool closed = false;
  Duration block;  // wanted length of ObjectiveView::blocks
};

// Rows hold as many counts of bad as there are objectives.
LevelJudgement JudgeLevel(const LevelObservation& level, LevelPurpose purpose,
                          const JudgeOptions& options);

}  // namespace muster

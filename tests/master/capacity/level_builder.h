// Levels made by hand, for tests.
#pragma once

#include <vector>

#include "master/capacity/judged_level.h"

namespace muster {

// `bad` of `all` for the one objective, spread over five blocks.
inline JudgedLevel MadeLevel(double load, int seconds, bool sustained, uint64_t bad = 0,
                             uint64_t all = 10'000, LevelPurpose purpose = LevelPurpose::kHold) {
  JudgedLevel level;
  level.purpose = purpose;
  level.observation.load = load;
  level.observation.length = Duration::Seconds(seconds);
  level.observation.delivered_per_s = load;
  level.judgement.verdict = sustained ? LevelVerdict::kSustained : LevelVerdict::kFailed;
  if (!sustained) level.judgement.failure = Limit{LimitKind::kObjective, 0};
  level.judgement.clear = true;
  ObjectiveView view;
  for (uint64_t i = 0; i < 5; ++i) {
    view.blocks.push_back({bad * (i + 1) / 5 - bad * i / 5, all / 5});
    view.kept.Add(view.blocks.back());
  }
  level.judgement.objectives = {view};
  return level;
}

}  // namespace muster

// An objective of a capacity search: what a load that is sustained keeps to. It is a share of bad
// requests that is allowed, or no dropped SYN at all:
//
//   within(100ms) >= 99%      at most 1 % of all due take longer, fail or are not started
//   p99(response) < 100ms     the same: its rank is over all that was due
//   error_rate < 0.1%         failed and unexpected ones, of all that ended
//   not_started_rate < 0.1%   of all due; arrivals by the clock alone
//   dropped_syns == 0         connects that needed a second SYN, took a second, or got no answer
//
// A threshold of another kind (a mean, a rate, a window, the plan's stages) is no objective, and is
// refused with what would be right. A share of exactly nothing is refused too: no number of
// requests shows it. Values; any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/base/status.h"
#include "common/plan/threshold.h"

namespace muster {

struct Objective {
  enum class Kind : uint8_t { kShare, kDroppedSyns };
  Kind kind = Kind::kShare;
  // kShare: within(), error_rate or not_started_rate; a percentile has become the within() that it
  // means, with its own words as the expression.
  Threshold share;
  std::string expression;   // as the user wrote it
  bool is_default = false;  // Muster's own, because neither flags nor plan gave one
  bool operator==(const Objective&) const = default;
};

// Of bad ones, at most; within (0, 1). Requires kShare.
double AllowedBad(const Objective& objective);
// "within", "error_rate", "not_started_rate", "dropped_syns": which kind it was, for programs.
std::string_view ObjectiveWord(const Objective& objective);

// Errors say what is wrong and what would be right, without the flag's name.
StatusOr<Objective> ParseObjective(std::string_view text);
// A threshold of a plan as an objective; its filter on stages is dropped, as a level has one stage.
StatusOr<Objective> ObjectiveFrom(Threshold threshold);
// error_rate < 0.1%, no dropped SYN, within(1s) >= 99%.
std::vector<Objective> DefaultObjectives();

}  // namespace muster

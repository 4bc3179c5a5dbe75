// A level that was run, with what it came to; and which levels bracket the capacity. Values; any
// thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "master/capacity/level.h"
#include "master/capacity/level_judge.h"

namespace muster {

struct JudgedLevel {
  LevelObservation observation;  // without its rows
  LevelPurpose purpose = LevelPurpose::kClimb;
  LevelJudgement judgement;

  double load() const { return observation.load; }
  // A hold or a confirmation, by whose length the queue is likely to have settled.
  bool long_enough() const {
    return purpose == LevelPurpose::kHold || purpose == LevelPurpose::kConfirm;
  }
  bool sustained() const { return judgement.verdict == LevelVerdict::kSustained; }
  bool failed() const { return judgement.verdict == LevelVerdict::kFailed; }
};

// Indices of levels: the highest that was sustained and the lowest that failed.
struct Bracket {
  std::optional<size_t> low, high;
};

// Chance and hidden overload make levels contradict each other: one holds above another that
// failed. The longer one is believed; of equally long ones the clear one; then the one that failed.
enum class BracketOf : uint8_t {
  kAll,
  kClear,  // whose verdict is more than chance (LevelJudgement::clear), and not refuted
  kLong,   // holds and confirmations
};
Bracket FindBracket(std::span<const JudgedLevel> levels, BracketOf which);

// One three times as long came to the contrary: it failed at no more load, or was sustained at no
// less.
bool IsRefuted(const JudgedLevel& level, std::span<const JudgedLevel> levels);

}  // namespace muster

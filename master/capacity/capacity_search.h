// CapacitySearch: decides which level to run next, and what all levels come to: the highest load
// that a target sustains under its objectives.
//
//   climb     by 1.5 from `from` with short levels to the first failure, which is repeated once
//             unless it is clear; where already the first fails, down by 1.5
//   bisect    three times, in the logarithm of load
//   hold      long levels about the estimate; looks at the interval are fixed in number
//   confirm   the load that is to be called sustained, longest; stepped down at most three times
//   beyond    up by 1.5 from what failed, to the first thing that breaks
//
// A level whose generator could have changed the answer says nothing of the target; it is repeated
// once, and then no higher load is asked for: the answer is "at least".
//
// Loads are arrivals per second or users. The budget covers all levels (search_plan.h). Pure: the
// caller runs each level that Next() asks for, and records it. One owner.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "master/capacity/breaking_point.h"
#include "master/capacity/capacity_estimate.h"
#include "master/capacity/judged_level.h"
#include "master/capacity/search_plan.h"

namespace muster {

// At this load, for so long.
struct HeldLoad {
  double load = 0;
  Duration length;
};

enum class Unresolved : uint8_t {
  kResolved,
  kWide,              // the interval is wider than the resolution, or more time is needed for one
  kNotConfirmed,      // an estimate, but no load held when it was confirmed
  kNothingSustained,  // not even the lowest load that was tried
  kNothingFailed,     // the highest load that may be asked for held
  kBudgetSpent,       // so did the highest that the budget reached
  kGeneratorLimited,  // the generator gave out before the target
  kInterrupted,
};
const char* NameOf(Unresolved reason);  // "wide"

struct CapacityAnswer {
  std::optional<double> estimate;
  std::optional<Interval> interval;  // of the estimate, 95 % over all looks
  std::optional<HeldLoad> sustained;
  bool confirmed = false;             // `sustained` by a confirming level
  std::optional<HeldLoad> failed_at;  // the lowest above `sustained`
  std::optional<Limit> limited_by;
  bool resolved = false;
  Unresolved why_not = Unresolved::kInterrupted;
  std::optional<Duration> longer;  // kWide: so much more would do, as far as this search tells
  std::optional<double> at_least;  // in place of an estimate: it may be more
  std::string generator_reason;    // of kGeneratorLimited
  std::optional<double> knee;
  std::optional<BreakingPoint> breaking_point;
  Duration spent;
};

class CapacitySearch {
 public:
  static constexpr double kStep = 1.5;
  static constexpr int kMaxDescents = 12;
  static constexpr int kBisections = 3;
  static constexpr int kStepDowns = 3;
  static constexpr int kMostBeyond = 8;  // steps, to 25 times what failed

  // Requires from > 0, from <= max, positive lengths, at least one objective in [0, 1).
  explicit CapacitySearch(SearchOptions options);

  // nullopt: done.
  const std::optional<LevelRequest>& Next() const { return next_; }
  // The level that Next() asked for. Requires one.
  void Record(const LevelObservation& level);
  // At any time.
  CapacityAnswer Answer() const;
  const std::vector<JudgedLevel>& levels() const { return levels_; }
  Duration spent() const { return spent_; }

 private:
  enum class Phase : uint8_t { kClimb, kBisect, kHold, kConfirm, kBeyond, kDone };

  // When the interval is looked at, fixed before the first hold (alpha_spending.h).
  struct Looks {
    size_t holds = 0;           // planned
    std::vector<size_t> after;  // so many holds
    std::vector<double> alpha;  // of each look
    size_t taken = 0;           // that did not end the holds
  };

  std::optional<LevelRequest> Decide();
  // Each: the next level of its phase, or nullopt after moving on.
  std::optional<LevelRequest> Climb();
  std::optional<LevelRequest> ClimbAfterFailure();
  std::optional<LevelRequest> Bisect();
  std::optional<LevelRequest> Hold();
  void PlanLooks();
  bool NarrowEnough();
  // At the alpha of the look that is due.
  std::optional<CapacityEstimate> Estimate() const;
  double HoldLoad(const CapacityEstimate& estimate, size_t hold) const;
  std::optional<LevelRequest> Confirm();
  std::optional<double> ConfirmLoad(Duration length) const;
  std::optional<LevelRequest> Beyond();

  LevelRequest Short(double load, LevelPurpose purpose) const;
  // The level just recorded, once more, if it was generator-limited and not yet repeated; if it
  // was, its load becomes the ceiling.
  std::optional<LevelRequest> Repeat();
  bool BackIsVoid() const;
  const JudgedLevel* Sustained() const;     // nullptr: none was
  const JudgedLevel* LowestFailed() const;  // above Sustained(); nullptr: none did
  Unresolved WhyNot(const CapacityAnswer& answer) const;
  Duration Longer(double reach) const;
  Duration Left() const { return options_.budget - spent_; }
  double Highest() const;  // load that may be asked for

  const SearchOptions options_;
  const SearchPlan plan_;
  Phase phase_ = Phase::kClimb;
  std::vector<JudgedLevel> levels_;
  Duration spent_;
  bool interrupted_ = false;
  std::optional<double> ceiling_;  // generator-limited here
  int descents_ = 0, bisections_ = 0, confirmations_ = 0;
  std::optional<Looks> looks_;
  size_t holds_done_ = 0;
  std::optional<LevelRequest> next_;
};

}  // namespace muster

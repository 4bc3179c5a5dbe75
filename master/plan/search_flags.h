// The flags of `muster find-capacity` that are its own: spelling, help, meaning, and which flags of
// `run` it refuses, each with the reason. flags.cc hands the table to CLI11. Constant data and
// values; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/status.h"
#include "common/time/time.h"
#include "master/plan/objective.h"

namespace muster {

struct FlagRow;
struct CommandLine;

enum class LoadAxis : uint8_t { kRate, kUsers };

// A load as it was written: "500/s" and "60/m" are rates, "200" is a number of either axis.
struct LoadFlag {
  double load = 0;  // per second, or users
  bool per_time = false;
  bool operator==(const LoadFlag&) const = default;
};

struct SearchFlags {
  static constexpr Duration kDefaultBudget = Duration::Seconds(300);
  static constexpr uint32_t kMostRepeats = 20;

  std::vector<Objective> objectives{};  // empty: the plan's, or the defaults
  std::optional<LoadAxis> axis{};       // absent: that of the plan's load, or rate
  std::optional<LoadFlag> from{}, max{}, at_least{};
  Duration budget = kDefaultBudget;   // of one search
  std::optional<Duration> confirm{};  // of the level that confirms the answer, at most
  uint32_t repeat = 1;                // searches
  bool operator==(const SearchFlags&) const = default;
};

std::span<const FlagRow> SearchFlagTable();

// Of a flag of `run` that has no meaning in a search: why, and what to write. Empty: it is taken.
std::string_view RefusedInSearch(std::string_view flag);

// What can only be judged once all flags are there: outputs that a search does not have, lengths
// that contradict each other.
Status CheckSearch(const CommandLine& line);

// The flag's load on this axis: a whole number of users, or a rate above 0. Errors without the
// flag's name.
StatusOr<double> LoadOn(LoadAxis axis, const LoadFlag& flag);

}  // namespace muster

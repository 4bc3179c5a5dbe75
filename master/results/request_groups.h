// Which of a plan's requests make up one row of a report: those of one name, and those for which a
// tag has one value. Pure; any thread.
//
// Limits: kMaxTagKeys keys and kMaxTagValues values of each, the first of the plan. Requests with
// further values of a key are one group, kOtherValue; those without the tag another, kNoValue; so
// the groups of a key are all requests, each once.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/plan/plan.h"

namespace muster {

inline constexpr size_t kMaxTagKeys = 20;
inline constexpr size_t kMaxTagValues = 100;
inline constexpr std::string_view kOtherValue = "(other)";
inline constexpr std::string_view kNoValue = "(none)";

struct NameGroup {
  std::string name;
  std::string method;                                     // of all of them; empty: they differ
  std::vector<std::pair<std::string, std::string>> tags;  // that all of them have
  std::vector<uint16_t> requests;                         // indices, ascending
};
// In the order in which the names first stand in the plan.
std::vector<NameGroup> GroupByName(const std::vector<RequestSpec>& requests);

struct TagGroup {
  std::string key, value;
  std::vector<uint16_t> requests;
};
struct TagGroups {
  std::vector<TagGroup>
      groups;  // values of a key together, in the plan's order, the two others last
  std::vector<std::string> notes;  // of what was left out, for people
};
TagGroups GroupByTag(const std::vector<RequestSpec>& requests);

}  // namespace muster

// Scope: which cells a threshold is about, its filters resolved against the plan. A value; any
// thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "common/plan/plan.h"
#include "common/stats/cell.h"

namespace muster {

struct Scope {
  std::optional<uint16_t> stage{};  // none: all measured ones
  std::vector<uint16_t> names{};    // indices of requests, ascending; empty: all
  std::string group{};              // of workers; empty: all

  bool operator==(const Scope&) const = default;
  bool operator<(const Scope& other) const {
    return std::tie(stage, names, group) < std::tie(other.stage, other.names, other.group);
  }
  bool HasRequest(uint16_t request) const;
  // Whether it holds a cell of `key` that a worker of `of_group` sent.
  bool Holds(const Plan& plan, const CellKey& key, const std::string& of_group) const;
};

// What the filters of `threshold` select; nullopt when the plan has no such request or stage. Equal
// for filters that select the same.
std::optional<Scope> ScopeOf(const Plan& plan, const Threshold& threshold);

}  // namespace muster

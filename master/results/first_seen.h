// FirstSeen: the interval in which each error class and each status came up first, by what is
// merged. The least over the cells, so that neither their order nor their partition matters. Flat.
// Owner: the merger.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "common/stats/cell.h"

namespace muster {

class FirstSeen {
 public:
  FirstSeen();

  // A cell of interval `interval` (as in its CellKey).
  void Add(uint32_t interval, const Cell& cell);

  // The interval; nullopt: not yet.
  std::optional<uint32_t> Of(ErrorClass error) const;
  std::optional<uint32_t> OfStatus(uint16_t status) const;

 private:
  static constexpr uint16_t kFirstStatus = 100;

  std::array<uint32_t, kErrorClasses> errors_;
  std::array<uint32_t, 500> statuses_;  // 100 to 599
};

}  // namespace muster

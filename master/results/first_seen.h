// FirstSeen: where each error class and each status came up first, by what is merged: the interval,
// and a sample of it, worker and request. The least over the cells, so that their order does not
// matter. Flat.
// Owner: the merger.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "common/stats/cell.h"

namespace muster {

struct Sighting {
  uint32_t interval = 0;
  uint32_t worker = 0;  // index
  uint16_t name = 0;    // index of the request in the plan
  auto operator<=>(const Sighting&) const = default;
};

class FirstSeen {
 public:
  // A cell of a worker's, as its CellKey says.
  void Add(uint32_t worker, const CellKey& key, const Cell& cell);

  // nullopt: not yet.
  std::optional<Sighting> Of(ErrorClass error) const;
  std::optional<Sighting> OfStatus(uint16_t status) const;

 private:
  static constexpr uint16_t kFirstStatus = 100;

  std::array<std::optional<Sighting>, kErrorClasses> errors_;
  std::array<std::optional<Sighting>, 500> statuses_;  // 100 to 599
};

}  // namespace muster

#include "master/results/first_seen.h"

#include <algorithm>

namespace muster {
namespace {

void Earlier(const Sighting& sighting, std::optional<Sighting>* first) {
  *first = first->has_value() ? std::min(**first, sighting) : sighting;
}

}  // namespace

void FirstSeen::Add(uint32_t worker, const CellKey& key, const Cell& cell) {
  const Sighting sighting{key.interval, worker, key.name};
  if (cell.counts.failed > 0) {
    for (size_t i = 0; i < kErrorClasses; ++i) {
      if (cell.counts.errors[i] > 0) Earlier(sighting, &errors_[i]);
    }
  }
  for (const auto& [status, count] : cell.statuses.entries()) {
    const size_t place = status - size_t{kFirstStatus};
    if (place < statuses_.size()) Earlier(sighting, &statuses_[place]);
  }
}

std::optional<Sighting> FirstSeen::Of(ErrorClass error) const {
  return errors_[static_cast<size_t>(error)];
}

std::optional<Sighting> FirstSeen::OfStatus(uint16_t status) const {
  const size_t place = status - size_t{kFirstStatus};
  return place < statuses_.size() ? statuses_[place] : std::nullopt;
}

}  // namespace muster

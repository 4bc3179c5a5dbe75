#include "master/results/first_seen.h"

#include <algorithm>

namespace muster {
namespace {

constexpr uint32_t kNeverSeen = UINT32_MAX;

std::optional<uint32_t> Seen(uint32_t interval) {
  return interval == kNeverSeen ? std::nullopt : std::optional<uint32_t>(interval);
}

}  // namespace

FirstSeen::FirstSeen() {
  errors_.fill(kNeverSeen);
  statuses_.fill(kNeverSeen);
}

void FirstSeen::Add(uint32_t interval, const Cell& cell) {
  if (cell.counts.failed > 0) {
    for (size_t i = 0; i < kErrorClasses; ++i) {
      if (cell.counts.errors[i] > 0) errors_[i] = std::min(errors_[i], interval);
    }
  }
  for (const auto& [status, count] : cell.statuses.entries()) {
    const size_t place = status - size_t{kFirstStatus};
    if (place < statuses_.size()) statuses_[place] = std::min(statuses_[place], interval);
  }
}

std::optional<uint32_t> FirstSeen::Of(ErrorClass error) const {
  return Seen(errors_[static_cast<size_t>(error)]);
}

std::optional<uint32_t> FirstSeen::OfStatus(uint16_t status) const {
  const size_t place = status - size_t{kFirstStatus};
  return place < statuses_.size() ? Seen(statuses_[place]) : std::nullopt;
}

}  // namespace muster

#include "worker/engine/deadline_queues.h"

#include <algorithm>

#include "common/base/check.h"

namespace muster {
namespace {

RunTime AddSaturated(RunTime now, Duration value) {
  const int64_t at = now.nanos();
  if (at > 0 && value.nanos() > INT64_MAX - at) return RunTime::Max();
  return now + value;
}

}  // namespace

DeadlineQueues::DeadlineQueues(const std::vector<Duration>& values) {
  std::vector<Duration> distinct = values;
  std::sort(distinct.begin(), distinct.end());
  distinct.erase(std::unique(distinct.begin(), distinct.end()), distinct.end());
  for (const Duration value : distinct) queues_.push_back({value, {}});
}

uint32_t DeadlineQueues::QueueOf(Duration value) const {
  const auto it = std::lower_bound(queues_.begin(), queues_.end(), value,
                                   [](const Queue& q, Duration v) { return q.value < v; });
  CHECK(it != queues_.end() && it->value == value) << "time-out of " << value << " is unknown";
  return static_cast<uint32_t>(it - queues_.begin());
}

void DeadlineQueues::Add(uint32_t index, uint32_t queue, RunTime now) {
  if (index >= pending_.size()) {
    pending_.resize(std::max<size_t>(2 * pending_.size(), index + 1));
    links_.Grow(pending_.size());
  }
  pending_[index] = {AddSaturated(now, queues_[queue].value), queue};
  links_.PushBack(&queues_[queue].list, index);
}

void DeadlineQueues::Remove(uint32_t index) {
  links_.Remove(&queues_[pending_[index].queue].list, index);
}

RunTime DeadlineQueues::next() const {
  RunTime next = RunTime::Max();
  for (const Queue& queue : queues_) {
    if (!queue.list.empty()) next = std::min(next, pending_[queue.list.head].deadline);
  }
  return next;
}

uint32_t DeadlineQueues::Expired(RunTime now) const {
  uint32_t found = kNoIndex;
  for (const Queue& queue : queues_) {
    if (queue.list.empty()) continue;
    const uint32_t head = queue.list.head;
    if (pending_[head].deadline > now) continue;
    if (found == kNoIndex || pending_[head].deadline < pending_[found].deadline) found = head;
  }
  return found;
}

uint32_t DeadlineQueues::any() const {
  for (const Queue& queue : queues_) {
    if (!queue.list.empty()) return queue.list.head;
  }
  return kNoIndex;
}

}  // namespace muster

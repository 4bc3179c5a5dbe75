#include "tests/sim/sim_host.h"

#include <algorithm>
#include <utility>

#include "common/base/int128.h"

namespace muster {

SimHost::SimHost(SimExecutor* base, Duration offset, int64_t drift_ppm)
    : base_(base), base_start_(base->Now()), offset_(offset), drift_ppm_(drift_ppm) {}

MonoTime SimHost::ToLocal(MonoTime base) const {
  const Int128 elapsed = (base - base_start_).nanos();
  const auto gained = static_cast<int64_t>(elapsed * drift_ppm_ / 1'000'000);
  return base + offset_ + Duration::Nanos(gained);
}

MonoTime SimHost::ToBase(MonoTime local) const {
  if (local == MonoTime::Max()) return local;
  const Int128 elapsed = (local - base_start_ - offset_).nanos();
  MonoTime base =
      base_start_ +
      Duration::Nanos(static_cast<int64_t>(elapsed * 1'000'000 / (1'000'000 + drift_ppm_)));
  while (ToLocal(base) >= local) base += Duration::Nanos(-1);
  while (ToLocal(base) < local) base += Duration::Nanos(1);
  return base;
}

TimerId SimHost::Enter(MonoTime base_when, std::function<void()> fn) {
  const TimerId id = ++last_id_;
  if (dead_) return id;
  base_ids_[id] = base_->ScheduleAt(
      base_when, [this, id, fn = std::move(fn)]() mutable { Due(id, std::move(fn)); });
  return id;
}

TimerId SimHost::ScheduleAt(MonoTime when, std::function<void()> fn) {
  return Enter(std::max(ToBase(when), base_->Now()), std::move(fn));
}

void SimHost::Post(std::function<void()> fn) { Enter(base_->Now(), std::move(fn)); }

void SimHost::Due(TimerId id, std::function<void()> fn) {
  base_ids_.erase(id);
  if (stalled_) {
    backlog_.push_back({id, std::move(fn)});
  } else {
    fn();
  }
}

void SimHost::Cancel(TimerId id) {
  if (const auto it = base_ids_.find(id); it != base_ids_.end()) {
    base_->Cancel(it->second);
    base_ids_.erase(it);
  }
  std::erase_if(backlog_, [id](const Waiting& waiting) { return waiting.id == id; });
}

void SimHost::Stall(MonoTime until) {
  if (dead_) return;
  stalled_until_ = stalled_ ? std::max(stalled_until_, until) : until;
  stalled_ = true;
  base_->ScheduleAt(until, [this] { Resume(); });
}

void SimHost::Resume() {
  if (dead_ || !stalled_ || base_->Now() < stalled_until_) return;
  stalled_ = false;
  while (!backlog_.empty() && !stalled_) {
    const std::function<void()> fn = std::move(backlog_.front().fn);
    backlog_.pop_front();
    fn();
  }
}

void SimHost::Kill() {
  dead_ = true;
  for (const auto& [id, base_id] : base_ids_) base_->Cancel(base_id);
  base_ids_.clear();
  backlog_.clear();
}

}  // namespace muster

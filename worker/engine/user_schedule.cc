#include "worker/engine/user_schedule.h"

#include <algorithm>
#include <functional>

#include "common/base/check.h"

namespace muster {

UserSchedule::UserSchedule(const Plan& plan, const ThreadShare& share)
    : plan_(plan), limit_each_(UINT64_MAX), limit_extra_(0) {
  const uint32_t peak = plan.users().peak();
  if (plan.spec().iterations.has_value() && peak > 0) {
    limit_each_ = *plan.spec().iterations / peak;
    limit_extra_ = *plan.spec().iterations % peak;
  }
  const uint64_t own = share.CountBelow(peak);
  users_.reserve(own);
  heap_.reserve(own);
  left_ = own;
  for (uint64_t m = 0; m < own; ++m) {
    User user;
    user.user = static_cast<uint32_t>(share.NumberAt(m));
    user.span = static_cast<uint32_t>(spans_.size());
    for (const ActiveSpan& span : plan.users().ActiveSpans(user.user)) spans_.push_back(span);
    user.span_end = static_cast<uint32_t>(spans_.size());
    users_.push_back(user);
    Schedule(static_cast<uint32_t>(m), RunTime());
  }
}

uint64_t UserSchedule::LimitOf(uint32_t user) const {
  return limit_each_ + (user < limit_extra_ ? 1 : 0);
}

bool UserSchedule::Take(RunTime until, Ready* ready) {
  if (heap_.empty() || heap_.front().due > until) return false;
  const Entry entry = heap_.front();
  std::pop_heap(heap_.begin(), heap_.end(), std::greater<>());
  heap_.pop_back();
  const User& user = users_[entry.slot];
  *ready = {entry.slot, user.user, user.n, entry.due};
  return true;
}

void UserSchedule::Ended(uint32_t slot, RunTime at, Duration pause) {
  User& user = users_[slot];
  const Duration think = plan_.ThinkTime(user.user, user.n);
  ++user.n;
  Schedule(slot, at + std::max(think, pause));
}

void UserSchedule::Schedule(uint32_t slot, RunTime earliest) {
  User& user = users_[slot];
  while (user.span < user.span_end && spans_[user.span].to <= earliest) ++user.span;
  if (user.span == user.span_end || user.n >= LimitOf(user.user)) {
    CHECK_GT(left_, 0U);
    --left_;
    return;
  }
  heap_.push_back({std::max(earliest, spans_[user.span].from), slot});
  std::push_heap(heap_.begin(), heap_.end(), std::greater<>());
}

}  // namespace muster

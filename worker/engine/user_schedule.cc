#include "worker/engine/user_schedule.h"

#include <algorithm>
#include <functional>
#include <utility>

#include "common/base/check.h"

namespace muster {

UserSchedule::UserSchedule(const Plan& plan, const ThreadShare& share)
    : plan_(plan), limit_each_(UINT64_MAX), limit_extra_(0), held_(plan.users().held()) {
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
    for (const ActiveSpan& span : plan.users().PlanSpans(user.user)) spans_.push_back(span);
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
  User& user = users_[entry.slot];
  user.state = State::kBusy;
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
  user.earliest = earliest;
  while (user.span < user.span_end && held_.ToRun(spans_[user.span].to) <= earliest) ++user.span;
  const bool spent = user.n >= LimitOf(user.user);
  if (spent || user.span == user.span_end) {
    CHECK_GT(left_, 0U);
    --left_;
    user.state = spent ? State::kSpent : State::kAway;
    if (!spent) ++away_;
    return;
  }
  user.state = State::kWaiting;
  heap_.push_back({std::max(earliest, held_.ToRun(spans_[user.span].from)), slot});
  std::push_heap(heap_.begin(), heap_.end(), std::greater<>());
}

void UserSchedule::Amend(const Plan& plan) {
  held_ = plan.users().held();
  heap_.clear();
  uint32_t first_span = 0;
  for (uint32_t slot = 0; slot < users_.size(); ++slot) {
    User& user = users_[slot];
    const uint32_t span = std::exchange(first_span, user.span_end);
    if (user.state == State::kAway) {
      --away_;
      ++left_;
    } else if (user.state != State::kWaiting) {
      continue;
    }
    user.span = span;  // one that was over may last longer now
    Schedule(slot, user.earliest);
  }
}

}  // namespace muster

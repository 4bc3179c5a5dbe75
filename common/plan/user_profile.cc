#include "common/plan/user_profile.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "common/base/check.h"
#include "common/base/int128.h"

namespace muster {
namespace {

constexpr int64_t kMaxLengthNs = int64_t{30} * 24 * 3600 * 1'000'000'000;

// floor and ceil of a * b / c for a, b >= 0, c > 0.
int64_t MultiplyDivideFloor(int64_t a, int64_t b, int64_t c) {
  return static_cast<int64_t>(static_cast<Int128>(a) * b / c);
}
int64_t MultiplyDivideCeil(int64_t a, int64_t b, int64_t c) {
  return static_cast<int64_t>((static_cast<Int128>(a) * b + c - 1) / c);
}

// The part of `s`, in ns from its start, at which at least `users` are active: U is linear, so it
// is one stretch.
std::optional<std::pair<int64_t, int64_t>> ActiveWithin(const UserSegment& s, uint32_t users) {
  const int64_t length = s.length.nanos();
  const bool at_start = s.from >= users;
  const bool at_end = s.to >= users;
  if (at_start && at_end) return std::pair(int64_t{0}, length);
  if (at_start) {  // falls: the last instant is from + slope * x = users, itself included
    const int64_t last = MultiplyDivideFloor(s.from - users, length, s.from - s.to);
    return std::pair(int64_t{0}, last + 1);
  }
  if (at_end) {  // rises: the first is, which may be the end, where the segment no longer reaches
    const int64_t first = MultiplyDivideCeil(users - s.from, length, s.to - s.from);
    if (first < length) return std::pair(first, length);
  }
  return std::nullopt;
}

}  // namespace

StatusOr<UserProfile> UserProfile::Create(std::vector<UserSegment> segments,
                                          const std::vector<HandHold>& holds) {
  if (segments.empty()) return InvalidArgument("the load has no stages");
  if (segments.size() > kMaxSegments) {
    return InvalidArgument("the load has more than " + std::to_string(kMaxSegments) + " segments");
  }
  UserProfile profile;
  for (size_t i = 0; i < segments.size(); ++i) {
    const UserSegment& s = segments[i];
    const std::string where = "segment " + std::to_string(i + 1) + " of the load: ";
    if (std::max(s.from, s.to) > kMaxUsers) {
      return InvalidArgument(where + "more than " + std::to_string(kMaxUsers) + " users");
    }
    if (s.length.nanos() <= 0) return InvalidArgument(where + "its length must be above 0");
    if (s.length.nanos() > kMaxLengthNs - profile.end_.nanos()) {
      return InvalidArgument("the load is longer than 30 days");
    }
    profile.end_ += s.length;
    profile.peak_ = std::max({profile.peak_, s.from, s.to});
    profile.starts_.push_back(profile.end_ - s.length);
  }
  profile.plan_segments_ = std::move(segments);
  profile.segments_ = profile.plan_segments_;
  if (!holds.empty()) RETURN_IF_ERROR(profile.Insert(holds));
  return profile;
}

Status UserProfile::Insert(const std::vector<HandHold>& holds) {
  ASSIGN_OR_RETURN(held_, HeldTime::Create(holds, end_));
  if (held_.total().nanos() > kMaxLengthNs - end_.nanos()) {
    return InvalidArgument("the load with its holds is longer than 30 days");
  }
  segments_.clear();
  auto stop = held_.stops().begin();
  for (size_t i = 0; i < plan_segments_.size(); ++i) {
    UserSegment rest = plan_segments_[i];
    const RunTime end = starts_[i] + rest.length;
    for (; stop != held_.stops().end() && stop->plan_at < end; ++stop) {
      const uint32_t users = PlanUsersAt(stop->plan_at);
      const Duration before = rest.length - (end - stop->plan_at);
      if (before > Duration()) segments_.push_back({rest.from, users, before, rest.stage});
      segments_.push_back({users, users, stop->length, rest.stage});
      rest.from = users;
      rest.length -= before;
    }
    segments_.push_back(rest);
  }
  end_ += held_.total();
  return absl::OkStatus();
}

size_t UserProfile::SegmentAt(RunTime plan) const {
  const auto after = std::upper_bound(starts_.begin(), starts_.end(), plan);
  return after == starts_.begin() ? 0 : static_cast<size_t>(after - starts_.begin()) - 1;
}

uint32_t UserProfile::UsersAt(RunTime t) const {
  if (t.nanos() < 0 || t >= end_) return 0;
  return PlanUsersAt(held_.ToPlan(t));
}

uint32_t UserProfile::PlanUsersAt(RunTime plan) const {
  const size_t i = SegmentAt(plan);
  const UserSegment& s = plan_segments_[i];
  const int64_t x = (plan - starts_[i]).nanos();
  if (s.to >= s.from) {
    return s.from + static_cast<uint32_t>(MultiplyDivideFloor(s.to - s.from, x, s.length.nanos()));
  }
  return s.from - static_cast<uint32_t>(MultiplyDivideCeil(s.from - s.to, x, s.length.nanos()));
}

// Where the plan's time stands, a user stays active or away: so a span begins and ends where the
// run first comes to its times.
std::vector<ActiveSpan> UserProfile::ActiveSpans(uint32_t user) const {
  std::vector<ActiveSpan> spans = PlanSpans(user);
  for (ActiveSpan& span : spans) span = {held_.ToRun(span.from), held_.ToRun(span.to)};
  return spans;
}

std::vector<ActiveSpan> UserProfile::PlanSpans(uint32_t user) const {
  CHECK_LT(user, peak_);
  std::vector<ActiveSpan> spans;
  for (size_t i = 0; i < plan_segments_.size(); ++i) {
    const auto part = ActiveWithin(plan_segments_[i], user + 1);
    if (!part) continue;
    const RunTime from = starts_[i] + Duration::Nanos(part->first);
    const RunTime to = starts_[i] + Duration::Nanos(part->second);
    if (!spans.empty() && spans.back().to == from) {
      spans.back().to = to;
    } else {
      spans.push_back({from, to});
    }
  }
  return spans;
}

uint16_t UserProfile::StageAt(RunTime t) const {
  return plan_segments_[SegmentAt(held_.ToPlan(t))].stage;
}

}  // namespace muster

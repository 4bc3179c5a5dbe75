// StageBuilder: turns stages as people write them into named stages and segments of a profile. The
// same for arrival rates and for users, in YAML and in flags:
//
//   ramp   to L over D            from where the stage before ended (the first: from 0)
//   hold   at L for D
//   steps  by L every D, n times  up (or down) from the level before, at once and then every D
//
// Errors name the limit and leave the place to the caller. A value; one owner.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "common/base/check.h"
#include "common/base/status.h"
#include "common/plan/plan.h"
#include "master/plan/values.h"

namespace muster {

// Levels as plain numbers, so that one builder serves both: millionths per hour, or users.
struct RateLevels {
  using Level = Rate;
  using Segment = RateSegment;
  static constexpr int64_t kMax = Rate::kMax;
  static int64_t Number(Rate rate) { return rate.micro_per_hour; }
  static Rate FromNumber(int64_t number) { return {number}; }
  static constexpr const char* kMaxText = "10,000,000/s";
};
struct UserLevels {
  using Level = uint32_t;
  using Segment = UserSegment;
  static constexpr int64_t kMax = UserProfile::kMaxUsers;
  static int64_t Number(uint32_t users) { return users; }
  static uint32_t FromNumber(int64_t number) { return static_cast<uint32_t>(number); }
  static constexpr const char* kMaxText = "1,000,000 users";
};

template <typename Levels>
class StageBuilder {
 public:
  using Level = typename Levels::Level;
  using Segment = typename Levels::Segment;
  static constexpr uint64_t kMaxSteps = 1'000;
  static constexpr Duration kMaxLength = Duration::Seconds(int64_t{30} * 86'400);

  // `start`: the level from which the first ramp or step goes.
  explicit StageBuilder(Level start = Level{}) : level_(start) {}

  // Begins a stage, before its segments. An empty name becomes "stage-N". Refuses a name in use.
  Status Begin(std::string name, bool measure) {
    if (stages_.size() == Plan::kMaxStages) return InvalidArgument("more than 200 stages");
    if (name.empty()) name = "stage-" + std::to_string(stages_.size() + 1);
    RETURN_IF_ERROR(CheckName(name));
    for (const Stage& stage : stages_) {
      if (stage.name == name) return InvalidArgument("a stage " + Quote(name) + " exists already");
    }
    stages_.push_back({std::move(name), measure});
    return absl::OkStatus();
  }
  Status Hold(Level at, Duration length) { return Add(at, at, length); }
  Status Ramp(Level to, Duration over) { return Add(level_, to, over); }
  Status RampFrom(Level from, Level to, Duration over) { return Add(from, to, over); }
  Status Steps(Level step, bool down, Duration every, uint64_t times) {
    if (times == 0 || times > kMaxSteps) return InvalidArgument("times is from 1 to 1000");
    for (uint64_t i = 0; i < times; ++i) {
      const int64_t change = Levels::Number(step);
      const int64_t next = Levels::Number(level_) + (down ? -change : change);
      if (next < 0) return InvalidArgument("the steps go below 0");
      if (next > Levels::kMax) return InvalidArgument(TooHigh());
      RETURN_IF_ERROR(Hold(Levels::FromNumber(next), every));
    }
    return absl::OkStatus();
  }

  Level level() const { return level_; }
  Duration length() const { return length_; }
  std::vector<Stage> TakeStages() { return std::move(stages_); }
  std::vector<Segment> TakeSegments() { return std::move(segments_); }

 private:
  static std::string TooHigh() { return std::string("more than ") + Levels::kMaxText; }

  Status Add(Level from, Level to, Duration length) {
    CHECK(!stages_.empty());
    if (length <= Duration()) return InvalidArgument("a stage must be longer than 0s");
    if (length > kMaxLength - length_) return InvalidArgument("the load is longer than 30 days");
    if (Levels::Number(from) > Levels::kMax || Levels::Number(to) > Levels::kMax) {
      return InvalidArgument(TooHigh());
    }
    segments_.push_back({.from = from,
                         .to = to,
                         .length = length,
                         .stage = static_cast<uint16_t>(stages_.size() - 1)});
    level_ = to;
    length_ += length;
    return absl::OkStatus();
  }

  Level level_;
  Duration length_;
  std::vector<Stage> stages_;
  std::vector<Segment> segments_;
};

}  // namespace muster

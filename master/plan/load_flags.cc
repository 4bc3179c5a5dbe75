#include "master/plan/load_flags.h"

#include <algorithm>
#include <limits>
#include <optional>
#include <utility>
#include <variant>

#include "common/base/int128.h"
#include "common/plan/units.h"
#include "master/plan/stage_builder.h"

namespace muster {
namespace {

constexpr uint32_t kDefaultUsers = 10;
constexpr Duration kDefaultLength = Duration::Seconds(10);
constexpr Duration kLongestIterations = Duration::Seconds(3600);

template <typename Segment>
Duration LengthOf(const std::vector<Segment>& segments) {
  Duration length;
  for (const Segment& segment : segments) length += segment.length;
  return length;
}

// Length of the plan's own load, if it has one.
std::optional<Duration> PlanLength(const PlanDraft& draft) {
  if (const auto* open = std::get_if<OpenLoad>(&draft.load)) return LengthOf(open->segments);
  if (const auto* closed = std::get_if<ClosedLoad>(&draft.load)) return LengthOf(closed->segments);
  return std::nullopt;
}

// How long `count` arrivals take at a steady rate, rounded up.
StatusOr<Duration> TimeFor(uint64_t count, Rate rate) {
  if (rate.micro_per_hour == 0) {
    return InvalidArgument("--rate: 0 with --iterations never ends; give --duration");
  }
  constexpr int64_t kHourNanos = 3'600'000'000'000;
  const Int128 work = static_cast<Int128>(count) * 1'000'000 * kHourNanos;
  const Int128 nanos = (work + rate.micro_per_hour - 1) / rate.micro_per_hour;
  if (nanos > StageBuilder<RateLevels>::kMaxLength.nanos()) {
    return InvalidArgument("--iterations: at this rate they take longer than 30 days");
  }
  return Duration::Nanos(static_cast<int64_t>(nanos));
}

// The builder's errors concern one flag, which stands before them.
Status Named(const char* flag, const Status& status) {
  return status.ok() ? status : InvalidArgument(std::string(flag) + ": " + Message(status));
}

// A hold of `level`, or the stages' ramps.
template <typename Levels>
StatusOr<StageBuilder<Levels>> BuildStages(const PlanFlags& flags, const char* flag,
                                           typename Levels::Level level, Duration length) {
  using Level = typename Levels::Level;
  StageBuilder<Levels> builder(level);
  for (const StageFlag& stage : flags.stages) {
    RETURN_IF_ERROR(Named("--stage", builder.Begin("", true)));
    RETURN_IF_ERROR(Named("--stage", builder.Ramp(std::get<Level>(stage.to), stage.over)));
  }
  if (flags.stages.empty()) {
    RETURN_IF_ERROR(Named(flag, builder.Begin("", true)));
    RETURN_IF_ERROR(Named("--duration", builder.Hold(level, length)));
  }
  return builder;
}

// Replaces the plan's load by one of `Load`, whose other fields stay where the plan has the same
// model.
template <typename Levels, typename Load>
Status Replace(StatusOr<StageBuilder<Levels>> builder, PlanDraft& draft) {
  RETURN_IF_ERROR(builder.status());
  if (!std::holds_alternative<Load>(draft.load)) draft.load = Load{};
  std::get<Load>(draft.load).segments = builder->TakeSegments();
  draft.stages = builder->TakeStages();
  return absl::OkStatus();
}

Status ReplaceByRate(const PlanFlags& flags, PlanDraft& draft) {
  const Rate rate = flags.rate.value_or(Rate{});
  Duration length = flags.duration.value_or(PlanLength(draft).value_or(kDefaultLength));
  if (flags.iterations && !flags.duration && flags.stages.empty()) {
    ASSIGN_OR_RETURN(length, TimeFor(*flags.iterations, rate));
  }
  return Replace<RateLevels, OpenLoad>(BuildStages<RateLevels>(flags, "--rate", rate, length),
                                       draft);
}

Status ReplaceByUsers(const PlanFlags& flags, uint32_t users, PlanDraft& draft) {
  const Duration fallback =
      flags.iterations ? kLongestIterations : PlanLength(draft).value_or(kDefaultLength);
  const Duration length = flags.duration.value_or(fallback);
  return Replace<UserLevels, ClosedLoad>(BuildStages<UserLevels>(flags, "--users", users, length),
                                         draft);
}

// --duration alone: the length of the only segment.
Status SetLength(Duration duration, PlanDraft& draft) {
  return std::visit(
      [&](auto& load) -> Status {
        if constexpr (std::is_same_v<std::decay_t<decltype(load)>, std::monostate>) {
          return absl::OkStatus();
        } else {
          if (load.segments.size() != 1) {
            return InvalidArgument(
                "--duration: the plan's load has several parts; with --rate or "
                "--users a steady load replaces them");
          }
          load.segments[0].length = duration;
          return absl::OkStatus();
        }
      },
      draft.load);
}

// All stages of one model, and none that contradicts --users or --rate.
Status CheckStages(const PlanFlags& flags) {
  for (const StageFlag& stage : flags.stages) {
    if (stage.to.index() != flags.stages[0].to.index()) {
      return InvalidArgument(
          "--stage: some are rates (30s:2000/s), some users (30s:200); all must "
          "be of one kind");
    }
  }
  if (flags.stages.empty()) return absl::OkStatus();
  const bool rates = std::holds_alternative<Rate>(flags.stages[0].to);
  if (rates && flags.users) {
    return InvalidArgument("--stage: a rate with --users; write a number of users, as 30s:200");
  }
  if (!rates && flags.rate) {
    return InvalidArgument("--stage: users with --rate; write a rate, as 30s:2000/s");
  }
  return absl::OkStatus();
}

Status ApplyModelLimits(const PlanFlags& flags, PlanDraft& draft) {
  if (auto* open = std::get_if<OpenLoad>(&draft.load)) {
    if (flags.think) return InvalidArgument("--think: goes with --users, not with a rate");
    if (flags.own_connections) {
      return InvalidArgument("--own-connections: goes with --users, not with a rate");
    }
    open->arrivals = flags.arrivals.value_or(open->arrivals);
    open->max_lateness = flags.max_lateness.value_or(open->max_lateness);
    if (flags.max_in_flight) open->max_in_flight = *flags.max_in_flight;
    const bool given = flags.max_in_flight || draft.max_in_flight_given;
    if (!given) open->max_in_flight = DefaultMaxInFlight(*open);
    return absl::OkStatus();
  }
  auto& closed = std::get<ClosedLoad>(draft.load);
  if (flags.arrivals) return InvalidArgument("--arrivals: goes with --rate, not with users");
  if (flags.max_in_flight) {
    return InvalidArgument("--max-in-flight: goes with --rate; users are their own limit");
  }
  if (flags.max_lateness)
    return InvalidArgument("--max-lateness: goes with --rate, not with users");
  if (flags.think) std::tie(closed.think_min, closed.think_max) = *flags.think;
  closed.own_connections |= flags.own_connections;
  return absl::OkStatus();
}

}  // namespace

uint32_t DefaultMaxInFlight(const OpenLoad& load) {
  constexpr int64_t kLeast = 100;
  constexpr int64_t kMost = 10'000;
  int64_t peak = 0;
  for (const RateSegment& segment : load.segments) {
    peak = std::max({peak, segment.from.micro_per_hour, segment.to.micro_per_hour});
  }
  const int64_t two_seconds = (2 * peak + Rate::kPerSecond - 1) / Rate::kPerSecond;
  return static_cast<uint32_t>(std::clamp(two_seconds, kLeast, kMost));
}

Status ApplyLoadFlags(const PlanFlags& flags, PlanDraft& draft, std::vector<std::string>& notes) {
  if (flags.search) return ApplyModelLimits(flags, draft);  // the load is the search's
  RETURN_IF_ERROR(CheckStages(flags));
  const bool rate_stages =
      !flags.stages.empty() && std::holds_alternative<Rate>(flags.stages[0].to);
  if (flags.rate || rate_stages) {
    RETURN_IF_ERROR(ReplaceByRate(flags, draft));
  } else if (flags.users || !flags.stages.empty()) {
    RETURN_IF_ERROR(ReplaceByUsers(flags, flags.users.value_or(0), draft));
  } else if (std::holds_alternative<std::monostate>(draft.load)) {
    RETURN_IF_ERROR(ReplaceByUsers(flags, kDefaultUsers, draft));
    const Duration length = std::get<ClosedLoad>(draft.load).segments[0].length;
    notes.push_back("no load was given: 10 users for " + FormatDuration(length) +
                    (flags.iterations && !flags.duration ? " at most" : ""));
  } else if (flags.duration) {
    RETURN_IF_ERROR(SetLength(*flags.duration, draft));
  }
  if (flags.iterations) draft.iterations = flags.iterations;
  return ApplyModelLimits(flags, draft);
}

}  // namespace muster

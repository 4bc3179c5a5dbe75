#include "common/plan/load_profile.h"

#include <algorithm>
#include <utility>

#include "common/base/check.h"

namespace muster {
namespace {

constexpr int64_t kMaxLengthNs = int64_t{30} * 24 * 3600 * 1'000'000'000;

// S(end) <= 2 * Rate::kMax * kMaxLengthNs < 2^108, so at most S(end) / kScale < 2^45 arrivals: far
// below the 2^62 promised, and (k + 1) * kScale < 2^45 * 2^63 never overflows 128 bits.
static_assert(static_cast<Int128>(2) * Rate::kMax * kMaxLengthNs < static_cast<Int128>(1) << 108);
static_assert(static_cast<Int128>(2) * Rate::kMax * kMaxLengthNs / LoadProfile::kScale <
              static_cast<Int128>(1) << 45);
// A rate of r micro per hour over d ns is r * d / (10^6 * 3600 * 10^9) arrivals; S counts twice its
// numerator.
static_assert(static_cast<Int128>(LoadProfile::kScale) ==
              static_cast<Int128>(2) * Rate::kPerHour * 3600 * 1'000'000'000);

uint64_t CeilToArrivals(Int128 scaled) {
  return static_cast<uint64_t>((scaled + LoadProfile::kScale - 1) / LoadProfile::kScale);
}

Status CheckRate(Rate rate, size_t segment) {
  if (rate.micro_per_hour >= 0 && rate.micro_per_hour <= Rate::kMax) return absl::OkStatus();
  return InvalidArgument("segment " + std::to_string(segment + 1) +
                         " of the load: the rate must be from 0 to 10000000/s");
}

// The rate after the ramp's first `x` ns, rounded towards its start.
Rate RateAt(const Ramp& ramp, int64_t x) {
  const Int128 rise = static_cast<Int128>(ramp.to - ramp.from) * x;
  return Rate{ramp.from + static_cast<int64_t>(rise / ramp.length)};
}

// A(x), rounded up; exact at the ramp's end.
Int128 AreaAt(const Ramp& ramp, int64_t x) {
  return x == ramp.length ? RampArea(ramp) : RampAreaCeil(ramp, x);
}

}  // namespace

StatusOr<LoadProfile> LoadProfile::Create(std::vector<RateSegment> segments,
                                          const std::vector<HandHold>& holds) {
  if (segments.empty()) return InvalidArgument("the load has no stages");
  if (segments.size() > kMaxSegments) {
    return InvalidArgument("the load has more than " + std::to_string(kMaxSegments) + " segments");
  }
  LoadProfile profile;
  profile.pieces_.reserve(segments.size());
  for (size_t i = 0; i < segments.size(); ++i) {
    const RateSegment& s = segments[i];
    RETURN_IF_ERROR(CheckRate(s.from, i));
    RETURN_IF_ERROR(CheckRate(s.to, i));
    const int64_t start = profile.end_.nanos();
    if (s.length.nanos() <= 0) {
      return InvalidArgument("segment " + std::to_string(i + 1) +
                             " of the load: its length must be above 0");
    }
    if (s.length.nanos() > kMaxLengthNs - start) {
      return InvalidArgument("the load is longer than 30 days");
    }
    const Ramp ramp = MakeRamp(s.from.micro_per_hour, s.to.micro_per_hour, s.length.nanos());
    profile.pieces_.push_back(
        {.scaled_start = profile.scaled_total_, .start_ns = start, .ramp = ramp});
    profile.scaled_total_ += RampArea(ramp);
    profile.end_ += s.length;
    profile.peak_ = std::max({profile.peak_, s.from, s.to});
  }
  profile.total_ = CeilToArrivals(profile.scaled_total_);
  profile.segments_ = std::move(segments);
  if (!holds.empty()) RETURN_IF_ERROR(profile.Insert(holds));
  return profile;
}

// Why nothing before a hold moves. A piece that ends at the ramp's offset x has the area up to
// a = ceil(A(x)): whatever is due at a whole S below a was due before x, and at a or above it was
// not. The pieces after the hold go on from a.
Status LoadProfile::Insert(const std::vector<HandHold>& holds) {
  ASSIGN_OR_RETURN(const HeldTime held, HeldTime::Create(holds, end_));
  if (held.total().nanos() > kMaxLengthNs - end_.nanos()) {
    return InvalidArgument("the load with its holds is longer than 30 days");
  }
  for (const HandHold& hold : holds) {
    sections_.push_back({total_, scaled_total_});
    const int64_t level = At(held.ToPlan(hold.at)).micro_per_hour;
    scaled_total_ += RampArea(MakeRamp(level, level, hold.length.nanos()));
    total_ = CeilToArrivals(scaled_total_);
  }

  std::vector<RateSegment> segments;
  std::vector<Piece> pieces;
  Int128 scaled = 0;
  RunTime at;
  const auto add = [&](const Ramp& ramp, int64_t from, int64_t to, uint16_t stage) {
    if (from == to) return;
    const Int128 skipped = AreaAt(ramp, from);
    pieces.push_back({scaled, at.nanos(), ramp, from, skipped});
    segments.push_back({RateAt(ramp, from), RateAt(ramp, to), Duration::Nanos(to - from), stage});
    scaled += AreaAt(ramp, to) - skipped;
    at += segments.back().length;
  };
  auto stop = held.stops().begin();
  for (size_t i = 0; i < pieces_.size(); ++i) {
    const Ramp& ramp = pieces_[i].ramp;
    const uint16_t stage = segments_[i].stage;
    const RunTime start = RunTime::FromNanos(pieces_[i].start_ns);
    int64_t done = 0;
    for (; stop != held.stops().end() && stop->plan_at < start + segments_[i].length; ++stop) {
      const int64_t cut = (stop->plan_at - start).nanos();
      add(ramp, done, cut, stage);
      const int64_t level = RateAt(ramp, cut).micro_per_hour;
      add(MakeRamp(level, level, stop->length.nanos()), 0, stop->length.nanos(), stage);
      done = cut;
    }
    add(ramp, done, ramp.length, stage);
  }
  CHECK(scaled == scaled_total_);
  segments_ = std::move(segments);
  pieces_ = std::move(pieces);
  end_ = at;
  return absl::OkStatus();
}

RunTime LoadProfile::TimeOf(Int128 scaled) const {
  CHECK(scaled >= 0 && scaled < scaled_total_);
  // The last piece that starts at or below `scaled`: pieces of rate 0 before it are skipped, and it
  // is not of rate 0 itself, since the next one starts above.
  const auto after =
      std::upper_bound(pieces_.begin(), pieces_.end(), scaled,
                       [](Int128 value, const Piece& p) { return value < p.scaled_start; });
  const Piece& piece = *(after - 1);
  const Int128 area = scaled - piece.scaled_start + piece.skipped_area;
  return RunTime::FromNanos(piece.start_ns + RampOffset(piece.ramp, area) - piece.skipped_ns);
}

size_t LoadProfile::PieceAt(RunTime t) const {
  const auto after =
      std::upper_bound(pieces_.begin(), pieces_.end(), t.nanos(),
                       [](int64_t value, const Piece& p) { return value < p.start_ns; });
  return after == pieces_.begin() ? 0 : static_cast<size_t>(after - pieces_.begin()) - 1;
}

uint64_t LoadProfile::DueBy(RunTime t) const {
  // DueTime(k) <= t  <=>  t_k < t + 1  <=>  R(t + 1) > k, by R's continuity and t_k being a
  // supremum. So the count is ceil(R(t + 1)).
  if (t.nanos() < 0) return 0;
  if (t >= end_) return total_;
  const int64_t until = t.nanos() + 1;
  const Piece& piece = pieces_[PieceAt(t)];
  const Int128 area = AreaAt(piece.ramp, until - piece.start_ns + piece.skipped_ns);
  return CeilToArrivals(piece.scaled_start + area - piece.skipped_area);
}

Rate LoadProfile::At(RunTime t) const {
  if (t.nanos() < 0 || t >= end_) return Rate{};
  const Piece& piece = pieces_[PieceAt(t)];
  return RateAt(piece.ramp, t.nanos() - piece.start_ns + piece.skipped_ns);
}

uint16_t LoadProfile::StageAt(RunTime t) const { return segments_[PieceAt(t)].stage; }

}  // namespace muster

#include "common/stats/histogram.h"

#include <utility>

#include "absl/strings/str_format.h"
#include "common/base/check.h"

namespace muster {
namespace {

constexpr size_t kLastSlot = Histogram::SlotOf(Histogram::kHighest);
static_assert(kLastSlot / Histogram::kOctaveSlots == Histogram::kOctaves - 1,
              "the highest value lies in the last octave");
static_assert(Histogram::SlotOf(2047) == 2047 && Histogram::SlotOf(2048) == 2048 &&
              Histogram::SlotOf(2049) == 2048 && Histogram::SlotOf(INT64_MAX) == kLastSlot);

// The bounds of the values that `slot` stands for, unsaturated ones alone.
int64_t HighestUnsaturated(size_t slot) {
  return std::min(Histogram::HighestInSlot(slot), Histogram::kHighest);
}

// Of a value within the range: nearly always in 64 bits.
Int128 Product(int64_t value, uint64_t times) {
  static_assert(Histogram::kHighest < int64_t{1} << 42);
  if (times < uint64_t{1} << 21) return value * static_cast<int64_t>(times);
  return static_cast<Int128>(value) * times;
}

}  // namespace

uint32_t Histogram::ConfigHash() {
  uint32_t hash = 2166136261;  // FNV-1a
  for (const uint64_t part :
       {uint64_t{1}, static_cast<uint64_t>(kHighest), uint64_t{kOctaveSlots}, uint64_t{kOctaves}}) {
    for (int shift = 0; shift < 64; shift += 8) {
      hash = (hash ^ static_cast<uint32_t>((part >> shift) & 0xff)) * 16777619;
    }
  }
  return hash;
}

Histogram::Histogram(const Histogram& other) { Merge(other); }

Histogram& Histogram::operator=(const Histogram& other) {
  if (this == &other) return *this;
  Clear();
  Merge(other);
  return *this;
}

Histogram::Octave* Histogram::Allocate(size_t i) {
  (*octaves_)[i] = std::make_unique<Octave>();
  return (*octaves_)[i].get();
}

void Histogram::Spread() {
  octaves_ = std::make_unique<Octaves>();
  AddEntries(std::exchange(list_, {}));
}

void Histogram::NegativeValue(int64_t ns) {
  CHECK(ns >= 0) << "a latency of " << ns << " ns";
  __builtin_unreachable();
}

std::vector<uint64_t> Histogram::Listed() const {
  if (octaves_ == nullptr) return list_;
  std::vector<uint64_t> list;
  for (size_t i = 0; i < kOctaves; ++i) {
    const Octave* octave = (*octaves_)[i].get();
    if (octave == nullptr) continue;
    for (uint32_t at = octave->low; at <= octave->high; ++at) {
      if (octave->counts[at] == 0) continue;
      list.push_back(MakeEntry(i * kOctaveSlots + at, octave->counts[at]));
      if (list.size() > kMaxListed) return list;
    }
  }
  return list;
}

// Octave by octave: the master spends most of its time here.
void Histogram::AddEntries(const std::vector<uint64_t>& entries) {
  for (auto at = entries.begin(); at != entries.end();) {
    const size_t i = SlotIn(*at) / kOctaveSlots;
    Octave* octave = (*octaves_)[i] != nullptr ? (*octaves_)[i].get() : Allocate(i);
    octave->low = std::min(octave->low, static_cast<uint32_t>(SlotIn(*at) % kOctaveSlots));
    const uint64_t end = MakeEntry((i + 1) * kOctaveSlots, 0);
    for (; at != entries.end() && *at < end; ++at) {
      octave->counts[SlotIn(*at) % kOctaveSlots] += CountIn(*at);
    }
    const auto last = static_cast<uint32_t>(SlotIn(*(at - 1)) % kOctaveSlots);
    octave->high = std::max(octave->high, last);
  }
}

void Histogram::AddOctaves(const Octaves& other) {
  for (size_t i = 0; i < kOctaves; ++i) {
    const Octave* from = other[i].get();
    if (from == nullptr || from->low > from->high) continue;
    Octave* into = (*octaves_)[i] != nullptr ? (*octaves_)[i].get() : Allocate(i);
    for (uint32_t at = from->low; at <= from->high; ++at) into->counts[at] += from->counts[at];
    into->low = std::min(into->low, from->low);
    into->high = std::max(into->high, from->high);
  }
}

// `entries` may be this one's own list: then none is new.
void Histogram::MergeIntoList(const std::vector<uint64_t>& entries) {
  std::vector<uint64_t> added;
  auto at = list_.begin();
  for (const uint64_t entry : entries) {
    const uint64_t slot = MakeEntry(SlotIn(entry), 0);
    at = std::lower_bound(at, list_.end(), slot);
    if (at != list_.end() && SlotIn(*at) == SlotIn(entry)) {
      *at += CountIn(entry);
    } else {
      added.push_back(entry);
    }
  }
  // From the back, so that what is moved makes room for itself.
  size_t from = list_.size(), to = from + added.size();
  if (list_.capacity() < to) list_.reserve(to);
  list_.resize(to);
  while (!added.empty()) {
    while (from > 0 && list_[from - 1] > added.back()) list_[--to] = list_[--from];
    list_[--to] = added.back();
    added.pop_back();
  }
}

void Histogram::Merge(const Histogram& other) {
  if (other.count_ == 0) return;
  // What is not too much for a list stays one, so that the form depends on the content alone.
  if (octaves_ == nullptr && other.count_ > kMaxListedCount - count_) Spread();
  if (octaves_ != nullptr) {
    other.octaves_ != nullptr ? AddOctaves(*other.octaves_) : AddEntries(other.list_);
  } else if (other.octaves_ == nullptr) {
    MergeIntoList(other.list_);
  } else if (const std::vector<uint64_t> listed = other.Listed(); listed.size() <= kMaxListed) {
    MergeIntoList(listed);
  } else {
    Spread();
    AddOctaves(*other.octaves_);
  }
  if (list_.size() > kMaxListed) Spread();
  count_ += other.count_;
  saturated_ += other.saturated_;
  sum_ += other.sum_;
  min_ = std::min(min_, other.min_);
  max_ = std::max(max_, other.max_);
}

void Histogram::Clear() {
  list_.clear();
  if (octaves_ != nullptr) {
    for (const auto& octave : *octaves_) {
      if (octave == nullptr || octave->low > octave->high) continue;
      std::fill(octave->counts.begin() + octave->low, octave->counts.begin() + octave->high + 1, 0);
      octave->low = kOctaveSlots;
      octave->high = 0;
    }
  }
  count_ = 0;
  saturated_ = 0;
  sum_ = 0;
  min_ = INT64_MAX;
  max_ = 0;
}

double Histogram::mean() const {
  return count_ == 0 ? 0 : static_cast<double>(sum_) / static_cast<double>(count_);
}

uint64_t Histogram::CountAtSlot(size_t i) const {
  CHECK_LT(i, kSlots);
  if (octaves_ != nullptr) {
    const Octave* octave = (*octaves_)[i / kOctaveSlots].get();
    return octave == nullptr ? 0 : octave->counts[i % kOctaveSlots];
  }
  const auto at = std::lower_bound(list_.begin(), list_.end(), MakeEntry(i, 0));
  return at != list_.end() && SlotIn(*at) == i ? CountIn(*at) : 0;
}

int64_t Histogram::ValueAtRank(uint64_t rank) const {
  CHECK(rank >= 1 && rank <= count_) << "rank " << rank << " of " << count_;
  uint64_t seen = 0;
  for (const uint64_t entry : list_) {
    seen += CountIn(entry);
    if (seen >= rank) return std::min(HighestInSlot(SlotIn(entry)), max_);
  }
  for (size_t i = 0; octaves_ != nullptr && i < kOctaves; ++i) {
    const Octave* octave = (*octaves_)[i].get();
    if (octave == nullptr) continue;
    for (uint32_t at = octave->low; at <= octave->high; ++at) {
      seen += octave->counts[at];
      if (seen >= rank) return std::min(HighestInSlot(i * kOctaveSlots + at), max_);
    }
  }
  CHECK(false) << "buckets hold " << seen << " of " << count_ << " records";
  __builtin_unreachable();
}

uint64_t Histogram::RankOf(uint32_t percentile_millis, uint64_t n) {
  CHECK(percentile_millis > 0 && percentile_millis <= kPercentileScale) << percentile_millis;
  CHECK_GE(n, 1u);
  const Uint128 scaled = static_cast<Uint128>(percentile_millis) * n;
  return static_cast<uint64_t>((scaled + kPercentileScale - 1) / kPercentileScale);
}

int64_t Histogram::ValueAtPercentile(uint32_t percentile_millis) const {
  return count_ == 0 ? 0 : ValueAtRank(RankOf(percentile_millis, count_));
}

int64_t Histogram::LowestInSlot(size_t slot) {
  CHECK_LT(slot, kSlots);
  if (slot < 2 * kOctaveSlots) return static_cast<int64_t>(slot);
  const size_t shift = slot / kOctaveSlots - 1;
  return static_cast<int64_t>((slot % kOctaveSlots + kOctaveSlots) << shift);
}

int64_t Histogram::HighestInSlot(size_t slot) {
  const size_t shift = slot < 2 * kOctaveSlots ? 0 : slot / kOctaveSlots - 1;
  return LowestInSlot(slot) + (int64_t{1} << shift) - 1;
}

size_t Histogram::octaves_used() const {
  size_t used = 0;
  if (octaves_ != nullptr) {
    for (const auto& o : *octaves_) used += o != nullptr && o->low <= o->high ? 1 : 0;
  }
  size_t before = kOctaves;
  for (const uint64_t entry : list_) {
    const size_t octave = SlotIn(entry) / kOctaveSlots;
    used += octave != before ? 1 : 0;
    before = octave;
  }
  return used;
}

size_t Histogram::counters_held() const {
  return octaves_ == nullptr ? list_.size() : octaves_used() * kOctaveSlots;
}

bool Histogram::operator==(const Histogram& other) const {
  if (count_ != other.count_ || saturated_ != other.saturated_ || sum_ != other.sum_ ||
      min_ != other.min_ || max_ != other.max_) {
    return false;
  }
  // The counts of both add up to the same, so none is beside those of one.
  bool same = true;
  ForEachSlot(
      [&](size_t slot, uint64_t times) { same = same && other.CountAtSlot(slot) == times; });
  return same;
}

void Histogram::AddToSpread(size_t slot, uint64_t times) {
  CHECK_LE(slot, kLastSlot);
  if (times > 0) CountInSlot(slot, times);
}

void Histogram::ReserveSlots(size_t slots) {
  if (octaves_ == nullptr) list_.reserve(std::min(slots, kMaxListed));
}

Status Histogram::SetExact(Int128 sum, int64_t min, int64_t max, uint64_t saturated) {
  const auto refuse = [&](const char* what) {
    return InvalidArgument(
        absl::StrFormat("histogram of %u records: %s contradicts its buckets", count_, what));
  };
  if (count_ == 0) {
    if (sum != 0 || min != 0 || max != 0 || saturated != 0) return refuse("a value");
    return absl::OkStatus();
  }
  size_t first = kSlots, last = 0;
  Int128 least = 0, most = 0;  // bounds of the sum
  ForEachSlot([&](size_t slot, uint64_t times) {
    first = std::min(first, slot);
    last = slot;
    least += Product(LowestInSlot(slot), times);
    most += Product(HighestUnsaturated(slot), times);
  });
  CHECK_LE(last, kLastSlot);
  if (saturated > CountAtSlot(kLastSlot)) return refuse("the saturated count");
  // The greatest record is saturated or in the last used slot, the least one in the first used slot
  // unless all are saturated.
  const bool top_saturated = saturated > 0, all_saturated = saturated == count_;
  const int64_t top_low = top_saturated ? kHighest + 1 : LowestInSlot(last);
  const int64_t top_high = top_saturated ? INT64_MAX : HighestUnsaturated(last);
  if (max < top_low || max > top_high) return refuse("max");
  const int64_t bottom_low = all_saturated ? kHighest + 1 : LowestInSlot(first);
  const int64_t bottom_high = all_saturated ? max : HighestUnsaturated(first);
  if (min < bottom_low || min > bottom_high || min > max) return refuse("min");

  least += static_cast<Int128>(kHighest + 1 - LowestInSlot(kLastSlot)) * saturated;
  most += static_cast<Int128>(max - kHighest) * saturated;
  // One record is min and, unless there is but one, another is max.
  const int64_t top_most = top_saturated ? max : top_high;
  least += min - bottom_low;
  most -= bottom_high - min;
  if (count_ > 1) {
    least += max - top_low;
    most -= top_most - max;
  }
  if (sum < least || sum > most || (count_ == 1 && min != max)) return refuse("the sum");
  sum_ = sum;
  min_ = min;
  max_ = max;
  saturated_ = saturated;
  return absl::OkStatus();
}

}  // namespace muster

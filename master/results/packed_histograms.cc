#include "master/results/packed_histograms.h"

#include <algorithm>
#include <cstring>
#include <string_view>
#include <utility>

#include "common/base/check.h"
#include "common/base/int128.h"
#include "common/stats/histogram_codec.h"

namespace muster {
namespace {

// What stands before the sparse counts. Copied as it is: it never leaves the process.
struct Exact {
  Int128 sum;
  int64_t min;
  int64_t max;
  uint64_t saturated;
};

}  // namespace

PackedHistograms::PackedHistograms(size_t bytes) : capacity_(bytes) {
  for (std::string& half : halves_) half.assign(capacity_, '\0');
}

std::string PackedHistograms::Encode(const Histogram& histogram) {
  std::string encoded;
  const Exact exact{histogram.sum(), histogram.min(), histogram.max(), histogram.saturated()};
  encoded.append(reinterpret_cast<const char*>(&exact), sizeof(exact));
  AppendSparseCounts(histogram, &encoded);
  return encoded;
}

bool PackedHistograms::Put(size_t index, const Histogram& histogram) {
  const std::string encoded = Encode(histogram);
  const size_t before = Has(index) ? places_[index].size : 0;
  if (held_ - before + encoded.size() > capacity_) return false;
  Append(index, encoded);
  return true;
}

void PackedHistograms::PutAnyway(size_t index, const Histogram& histogram) {
  const std::string encoded = Encode(histogram);
  Grow(encoded.size());
  Append(index, encoded);
}

void PackedHistograms::Grow(size_t more) {
  capacity_ = std::max(capacity_, held_ + more);
  for (std::string& half : halves_) half.resize(capacity_);
}

void PackedHistograms::Append(size_t index, const std::string& encoded) {
  if (places_.size() <= index) places_.resize(index + 1);
  held_ -= std::exchange(places_[index], Place()).size;
  if (end_ + encoded.size() > capacity_) Compact();
  CHECK_LE(end_ + encoded.size(), capacity_);
  encoded.copy(half().data() + end_, encoded.size());
  places_[index] = {end_, encoded.size()};
  end_ += encoded.size();
  held_ += encoded.size();
}

void PackedHistograms::Compact() {
  std::string& to = halves_[1 - current_];
  size_t end = 0;
  for (Place& place : places_) {
    half().copy(to.data() + end, place.size, place.at);
    place.at = std::exchange(end, end + place.size);
  }
  current_ = 1 - current_;
  end_ = end;
}

Histogram PackedHistograms::Get(size_t index) const {
  Histogram histogram;
  if (!Has(index)) return histogram;
  std::string_view encoded(halves_[current_]);
  encoded = encoded.substr(places_[index].at, places_[index].size);
  Exact exact;
  std::memcpy(&exact, encoded.data(), sizeof(exact));
  Status read = AddSparseCounts(encoded.substr(sizeof(exact)), &histogram);
  if (read.ok()) read = histogram.SetExact(exact.sum, exact.min, exact.max, exact.saturated);
  CHECK(read.ok()) << Message(read);
  return histogram;
}

Histogram PackedHistograms::Take(size_t index) {
  Histogram histogram = Get(index);
  if (Has(index)) held_ -= std::exchange(places_[index], Place()).size;
  return histogram;
}

// What two become is no larger than they were: each used slot of the union has a count of no more
// bytes, and a gap before it of no more, than in the one or the two that it is from.
void PackedHistograms::MergeNeighbours() {
  std::string& to = halves_[1 - current_];
  std::vector<Place> merged((places_.size() + 1) / 2);
  size_t end = 0;
  for (size_t i = 0; i < places_.size(); ++i) {
    if (!Has(i)) continue;
    std::string encoded;
    if (i % 2 == 0 && Has(i + 1)) {
      Histogram both = Get(i);
      both.Merge(Get(i + 1));
      encoded = Encode(both);
    } else {
      encoded = half().substr(places_[i].at, places_[i].size);
    }
    CHECK_LE(end + encoded.size(), capacity_);
    encoded.copy(to.data() + end, encoded.size());
    merged[i / 2] = {end, encoded.size()};
    end += encoded.size();
    if (i % 2 == 0) ++i;
  }
  places_ = std::move(merged);
  current_ = 1 - current_;
  held_ = end_ = end;
}

}  // namespace muster

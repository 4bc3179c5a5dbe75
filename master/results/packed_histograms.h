// PackedHistograms: many histograms in a block of memory that is taken once, so that a run which
// keeps one for each row of its timeline is as large after a minute as after an hour. Lossless:
// what comes out equals what went in. Two to three bytes for each used slot of a histogram.
//
// Two halves: histograms are appended to one; when it is full, those still held are copied to the
// other. What fits is decided by the sizes of those held alone, never by the order in which they
// came, and the size of one by its values alone; adding values never makes it smaller.
//
// Owner: the timeline. Not thread-safe.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "common/stats/histogram.h"

namespace muster {

class PackedHistograms {
 public:
  // At most `bytes` of histograms; twice as much is taken, here.
  explicit PackedHistograms(size_t bytes);

  // Holds `histogram` as number `index`, in place of what was there. False, and nothing is changed:
  // it does not fit.
  bool Put(size_t index, const Histogram& histogram);
  // As Put, but takes more memory if it does not fit.
  void PutAnyway(size_t index, const Histogram& histogram);
  // Empty when there is none.
  Histogram Get(size_t index) const;
  // Takes it out.
  Histogram Take(size_t index);
  bool Has(size_t index) const { return index < places_.size() && places_[index].size > 0; }
  // Of all that are held.
  size_t bytes() const { return held_; }
  // Afterwards number i holds what numbers 2i and 2i + 1 held.
  void MergeNeighbours();

 private:
  struct Place {
    size_t at = 0;    // in halves_[current_]
    size_t size = 0;  // 0: none
  };

  static std::string Encode(const Histogram& histogram);
  void Append(size_t index, const std::string& encoded);
  // Copies what is held to the other half.
  void Compact();
  // Takes more memory for `more` bytes beyond what is held, if need be.
  void Grow(size_t more);
  std::string& half() { return halves_[current_]; }

  size_t capacity_;
  std::string halves_[2];
  int current_ = 0;
  size_t end_ = 0;   // of what was appended to the current half
  size_t held_ = 0;  // sum of the sizes in places_
  std::vector<Place> places_;
};

}  // namespace muster

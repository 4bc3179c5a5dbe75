// Pacer: the open model's clock. Walks one thread's own iterations in order and says when each is
// due and in which stage. Pure: it decides nothing about what is started. One owner; the plan
// outlives it.
#pragma once

#include <cstdint>

#include "common/plan/arrivals.h"
#include "common/plan/ownership.h"
#include "common/plan/plan.h"
#include "common/time/time.h"

namespace muster {

class Pacer {
 public:
  // `plan`: open model. `taken`: how many own iterations are behind already, of this plan or of one
  // that is the same up to the next one.
  Pacer(const Plan& plan, ThreadShare share, uint64_t taken = 0);

  // No own iteration is left.
  bool exhausted() const { return k_ >= arrivals_.total(); }
  // The next own iteration. Requires !exhausted().
  uint64_t k() const { return k_; }
  RunTime due() const { return due_; }
  uint16_t stage() const;  // of its due time
  // When it is due; RunTime::Max() when exhausted.
  RunTime next_due() const { return exhausted() ? RunTime::Max() : due_; }
  // Goes on to the one after.
  void Advance();
  uint64_t taken() const { return m_; }

 private:
  void Load();

  const LoadProfile& profile_;
  ThreadShare share_;
  Arrivals arrivals_;
  uint64_t m_;  // this thread's own count
  uint64_t k_ = 0;
  RunTime due_;
  size_t segment_ = 0;  // holds due_
  RunTime segment_end_;
};

}  // namespace muster

#include "worker/engine/pacer.h"

#include <utility>

namespace muster {

Pacer::Pacer(const Plan& plan, ThreadShare share, uint64_t taken)
    : profile_(plan.rates()),
      share_(std::move(share)),
      arrivals_(profile_, plan.open_load().arrivals, plan.spec().seed,
                plan.spec().iterations.value_or(UINT64_MAX)),
      m_(taken),
      segment_end_(RunTime() + profile_.segments().front().length) {
  Load();
}

void Pacer::Advance() {
  ++m_;
  Load();
}

void Pacer::Load() {
  k_ = share_.NumberAt(m_);
  if (exhausted()) return;
  due_ = arrivals_.DueTime(k_);
  // Due times never go back, so the segment is found by walking on.
  while (due_ >= segment_end_ && segment_ + 1 < profile_.segments().size()) {
    ++segment_;
    segment_end_ += profile_.segments()[segment_].length;
  }
}

uint16_t Pacer::stage() const { return profile_.segments()[segment_].stage; }

}  // namespace muster

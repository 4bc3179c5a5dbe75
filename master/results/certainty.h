// How sure an observed threshold is: the 95 % interval of its value, over the rows of the stage
// that it was observed in (master/statistics; docs/statistics.md). A pure function; any thread.
//
// Only where one value was held: the stages that the threshold's filter selects are one stretch of
// one rate or number of users, of 30 s or more as run. For response percentiles, within(),
// error_rate, not_started_rate and, in the closed model, rate: an open run's rate is the
// schedule's. Rows that lie wholly in the stretch are taken.
#pragma once

#include <optional>

#include "common/plan/stage_spans.h"
#include "common/time/time.h"
#include "master/results/summary.h"
#include "master/results/timeline.h"

namespace muster {

// `stretch`: the one that was held (HeldStretch). `within_index`: of the threshold's D in
// Plan::within_limits(). nullopt: too short, or not one of the metrics above, or no data.
std::optional<Certainty> CertaintyOf(const Threshold& threshold, bool open, size_t within_index,
                                     const Timeline& timeline, Stretch stretch);

}  // namespace muster

// A 95 % confidence interval of a share of a hold stage: within(), error_rate, not_started_rate.
//
// Wilson's interval (Wilson, JASA 22, 1927) with effective samples, as for shares from clustered
// surveys (Dean and Pagano, Journal of Survey Statistics and Methodology 3, 2015): the sections
// tell how many independent samples these are worth, and Student's t stands for the normal quantile
// because ten sections tell it. It lies in [0, 1] by itself. Never narrower than Wilson's interval
// of as many independent samples; so where no section, or every one, has a hit and nothing
// scatters, it is that one: 0 of n is [0, 3.84 / (n + 3.84)], which holds if hits come singly.
//
// Optimistic: hits come in clusters (worth fewer than half of the samples) and are worth fewer than
// 6 independent ones; or neighbouring parts of the stage have much in common.
//
// Pure; any thread.
#pragma once

#include <optional>
#include <span>

#include "common/time/time.h"
#include "master/statistics/effective_samples.h"
#include "master/statistics/interval.h"

namespace muster {

struct ShareEstimate {
  double point = 0;
  Interval interval;
  double effective = 0;  // samples, at most the real ones
  bool optimistic = false;
};

// Of a share that `samples` real samples gave and ten sections found worth `effective` of them.
// Requires 0 <= share <= 1, samples >= 1, effective > 0, which may be infinite.
Interval WilsonInterval(double share, double effective, double samples);

// One count for each row of the stage. nullopt: refused (see CheckCut), or all of nothing.
std::optional<ShareEstimate> EstimateShare(std::span<const ShareCount> rows, Duration row_length);

}  // namespace muster

#include "master/plan/threshold_warnings.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include "common/plan/stage_spans.h"
#include "common/plan/units.h"
#include "master/plan/values.h"

namespace muster {
namespace {

using Metric = Threshold::Metric;
// Expected samples with which a window hardly ever has fewer than the 1,000 that it takes to decide
// (master/results/window_judge.h), whatever the draws.
constexpr double kSurelyEnough = 1'100;
constexpr Duration kLeastHeld = Duration::Seconds(30);  // for an interval; see docs/statistics.md

// Of these every window decides, and none has chance in it worth a warning.
bool NeedsSamples(const Threshold& threshold) {
  return threshold.metric != Metric::kRate && threshold.metric != Metric::kCount;
}

std::optional<uint16_t> StageOf(const Plan& plan, const Threshold& threshold) {
  const std::vector<Stage>& stages = plan.spec().stages;
  for (size_t i = 0; i < stages.size(); ++i) {
    if (stages[i].name == threshold.stage) return static_cast<uint16_t>(i);
  }
  return std::nullopt;
}

// The highest rate of what the threshold looks at. Open model; a group of workers counts as all.
double PeakRate(const Plan& plan, const Threshold& threshold) {
  const std::optional<uint16_t> stage = StageOf(plan, threshold);
  double peak = 0;
  for (const RateSegment& segment : plan.rates().segments()) {
    const bool selected =
        stage ? *stage == segment.stage : plan.spec().stages[segment.stage].measure;
    if (selected) peak = std::max({peak, segment.from.per_second(), segment.to.per_second()});
  }
  double all = 0, selected = 0;
  for (const RequestSpec& request : plan.spec().requests) all += request.weight;
  for (const uint16_t i : plan.RequestsOf(threshold)) selected += plan.spec().requests[i].weight;
  return peak * selected / all;
}

void WarnOfWindow(const Plan& plan, const Threshold& threshold, std::vector<std::string>* texts) {
  if (!NeedsSamples(threshold)) return;
  const double samples =
      plan.open() ? PeakRate(plan, threshold) * threshold.window.seconds() : kSurelyEnough;
  if (samples < kSurelyEnough) {
    texts->push_back("a window holds about " + std::to_string(std::llround(samples)) +
                     " samples at most, and with fewer than 1,000 it does not decide, so it may "
                     "fail for want of data; write a longer window");
  } else if (threshold.windows_on_end() == 1) {
    texts->push_back(
        "a single window is beyond its limit by chance alone now and then (with the "
        "true p99 at 4/5 of it, a 10s window almost surely within ten minutes); add "
        "'for " +
        FormatDuration(threshold.window * 3) + "'");
  }
}

// Of a rate that the plan never asks for. Open model.
void WarnOfRate(const Plan& plan, const Threshold& threshold, std::vector<std::string>* texts) {
  const bool at_least =
      threshold.op == Threshold::Op::kGreater || threshold.op == Threshold::Op::kGreaterEqual;
  if (!plan.open() || threshold.metric != Metric::kRate || !at_least) return;
  const double peak = PeakRate(plan, threshold);
  if (threshold.limit <= peak) return;
  const Rate asked{std::llround(peak * 3600e6)};
  texts->push_back("it will fail, as the plan asks for " + FormatRate(asked) + " at most");
}

void WarnOfConfidence(const Plan& plan, const Threshold& threshold,
                      std::vector<std::string>* texts) {
  const auto held = HeldStretch(plan, StageOf(plan, threshold), plan.load_end());
  if (held && held->to - held->from >= kLeastHeld) return;
  texts->push_back("confidence needs a stage that holds one value for 30s or more, " +
                   (held ? "and it looks at " + FormatDuration(held->to - held->from)
                         : std::string("and the stages that it looks at hold none")) +
                   ": it will fail");
}

void WarnOfAbort(const Plan& plan, const Threshold& threshold, std::vector<std::string>* texts) {
  if (RunTime() + threshold.abort_after < plan.load_end()) return;
  texts->push_back("it can't end the run, which is over before its 'after' of " +
                   FormatDuration(threshold.abort_after));
}

}  // namespace

std::vector<std::string> ThresholdWarnings(const Plan& plan) {
  std::vector<std::string> warnings;
  for (const Threshold& threshold : plan.spec().thresholds) {
    std::vector<std::string> texts;
    if (threshold.window > Duration()) WarnOfWindow(plan, threshold, &texts);
    WarnOfRate(plan, threshold, &texts);
    if (threshold.confident) WarnOfConfidence(plan, threshold, &texts);
    if (threshold.abort) WarnOfAbort(plan, threshold, &texts);
    for (const std::string& text : texts) {
      warnings.push_back(Quote(threshold.expression) + ": " + text);
    }
  }
  return warnings;
}

}  // namespace muster

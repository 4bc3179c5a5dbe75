#include "master/findings/sample_findings.h"

#include <algorithm>
#include <optional>
#include <string>

#include "absl/strings/str_join.h"
#include "master/findings/generator_findings.h"
#include "master/findings/holds.h"
#include "master/results/format.h"
#include "master/statistics/change_point.h"
#include "master/statistics/percentile_interval.h"
#include "master/statistics/sections.h"

namespace muster {
namespace {

// A hold's rows with their histograms, as master/statistics wants them.
class HoldRows {
 public:
  HoldRows(const RunSummary& summary, const Hold& hold)
      : rows_(RowsIn(summary, hold.from, hold.to)) {
    histograms_.reserve(rows_.size());
    for (const TimelineRow& row : rows_) {
      histograms_.push_back(HistogramOf(row.response));
      views_.push_back({&histograms_.back(), row.failed + row.not_started});
    }
  }
  std::span<const RowView> views() const { return views_; }
  Duration row_length() const {
    return rows_.empty() ? Duration() : rows_.front().end - rows_.front().start;
  }
  RunTime start_of(size_t row) const { return rows_[row].start; }
  // Of the completed, from row `first` on.
  Histogram Merged(size_t first = 0) const {
    Histogram all;
    for (size_t i = first; i < histograms_.size(); ++i) all.Merge(histograms_[i]);
    return all;
  }

 private:
  std::span<const TimelineRow> rows_;
  std::vector<Histogram> histograms_;
  std::vector<RowView> views_;
};

// ---- 7

constexpr std::pair<uint32_t, const char*> kPrinted[] = {
    {50'000, "p50"}, {90'000, "p90"}, {95'000, "p95"}, {99'000, "p99"}, {99'900, "p99.9"}};

// The measured stages, if they are one hold.
std::optional<Hold> OneMeasuredHold(const FindingInput& input) {
  std::optional<Hold> one;
  for (const Hold& hold : HoldsOf(input.plan, LoadEndOf(input.summary))) {
    if (!hold.measured) continue;
    if (one) return std::nullopt;
    one = hold;
  }
  for (const StageSummary& stage : input.summary.stages) {
    if (stage.measured && (!one || stage.from < one->from || stage.to > one->to)) return {};
  }
  return one;
}

Duration MeasuredLength(const RunSummary& summary) {
  Duration length;
  for (const StageSummary& stage : summary.stages) {
    if (stage.measured) length = length + (stage.to - stage.from);
  }
  return length;
}

struct FewSamples {
  uint32_t percentile_millis = 0;
  const char* name = "";
  Sufficiency judged;
};

std::vector<FewSamples> FewSamplesOf(const FindingInput& input) {
  const RunSummary& summary = input.summary;
  const uint64_t count = summary.latency.by_kind[0].count;
  const Duration length = MeasuredLength(summary);
  std::vector<FewSamples> few;
  if (count == 0 || length <= Duration()) return few;
  std::optional<Sections> sections;
  if (const auto hold = OneMeasuredHold(input)) {
    const HoldRows rows(summary, *hold);
    sections = CutIntoSections(rows.views(), rows.row_length());
  }
  for (const auto& [millis, name] : kPrinted) {
    Sufficiency judged = JudgeSamples(count, static_cast<double>(count), millis, length);
    if (sections) {
      const auto estimate = EstimatePercentile(*sections, millis);
      if (estimate) judged = estimate->samples;
    }
    if (!judged.enough) few.push_back({millis, name, judged});
  }
  return few;
}

void AddFewSamples(const FindingInput& input, std::vector<Finding>* findings) {
  std::vector<std::string> evidence;
  bool severe = false;
  for (const auto& [millis, name, judged] : FewSamplesOf(input)) {
    severe |= millis <= 99'000;
    const auto beyond = static_cast<uint64_t>(judged.beyond);
    evidence.push_back(std::string(name) + " rests on " + FormatCount(beyond) +
                       (beyond == 1 ? " sample" : " samples") + " beyond it: run " +
                       FormatSpan(judged.length_that_would_do));
  }
  if (evidence.empty()) return;
  Finding finding;
  finding.number = 7;
  finding.code = "few_samples";
  finding.severity = severe ? Severity::kWarning : Severity::kNote;
  finding.text = "too few independent samples for " +
                 std::string(severe ? "some percentiles" : "the outermost percentile");
  finding.evidence = absl::StrJoin(evidence, "; ");
  finding.advice = "run longer, or judge a lower percentile";
  findings->push_back(std::move(finding));
}

// ---- 9

// The median at each level of users that was held.
std::map<double, int64_t> MediansByLevel(const FindingInput& input) {
  std::map<double, Histogram> by_level;
  for (const Hold& hold : HoldsOf(input.plan, LoadEndOf(input.summary))) {
    by_level[hold.level].Merge(HoldRows(input.summary, hold).Merged());
  }
  std::map<double, int64_t> medians;
  for (const auto& [level, histogram] : by_level) {
    if (histogram.count() > 0) medians[level] = histogram.ValueAtPercentile(50'000);
  }
  return medians;
}

bool Flat(const std::map<double, int64_t>& medians, double cycle_ns) {
  const auto [least, most] =
      std::minmax_element(medians.begin(), medians.end(),
                          [](const auto& a, const auto& b) { return a.second < b.second; });
  const auto low = static_cast<double>(least->second);
  return static_cast<double>(most->second) - low <=
         std::max(kFlatMedian * low, kFlatOfCycle * cycle_ns);
}

std::string ThinkEvidence(const ThinkBound& bound) {
  std::string evidence = "users think for " + FormatShare(bound.think_ns / bound.cycle_ns) +
                         " of their cycle (" + FormatLatency(static_cast<int64_t>(bound.think_ns)) +
                         " of " + FormatLatency(static_cast<int64_t>(bound.cycle_ns)) + ")";
  if (bound.flat_medians.empty()) return evidence;
  std::vector<std::string> parts;
  for (const auto& [level, median] : bound.flat_medians) {
    parts.push_back(FormatLatency(median) + " with " + FormatCount(static_cast<uint64_t>(level)));
  }
  return evidence + "; the median stays: " + absl::StrJoin(parts, ", ") + " users";
}

void AddThinkBound(const FindingInput& input, std::vector<Finding>* findings) {
  const std::optional<ThinkBound> bound = FindThinkBound(input);
  if (!bound) return;
  Finding finding;
  finding.number = 9;
  finding.code = "think_bound";
  finding.severity = Severity::kNote;
  finding.text = "this rate is users / cycle, not the target's capacity";
  finding.evidence = ThinkEvidence(*bound);
  finding.advice = "for the target's limit use more users, no think time, or a rate";
  findings->push_back(std::move(finding));
}

// ---- 11

std::string WithAndWithout(const Histogram& all, const Histogram& after, uint32_t millis,
                           const char* name) {
  return std::string(name) + " " + FormatLatency(all.ValueAtPercentile(millis)) + " with it, " +
         FormatLatency(after.ValueAtPercentile(millis)) + " without";
}

void AddDrift(const FindingInput& input, std::vector<Finding>* findings) {
  for (const Hold& hold : HoldsOf(input.plan, LoadEndOf(input.summary))) {
    if (!hold.measured || hold.length() < kMinSectioned) continue;
    const HoldRows rows(input.summary, hold);
    const ChangePoint change = FindChangePoint(rows.views(), rows.row_length());
    const bool warm_up = change.kind == ChangePoint::Kind::kWarmUp;
    if (!warm_up && change.kind != ChangePoint::Kind::kDrift) continue;
    const Histogram all = rows.Merged();
    const Histogram after = rows.Merged(change.row);
    if (all.count() == 0 || after.count() == 0) continue;
    Finding finding;
    finding.number = 11;
    finding.code = warm_up ? "warm_up" : "drift";
    finding.severity = Severity::kNote;
    finding.text = (warm_up ? "the target warmed up until " : "the latency changed its level at ") +
                   FormatRunClock(rows.start_of(change.row)) +
                   (warm_up ? ", within what is measured" : ", though the load did not");
    finding.evidence = "mean " + FormatLatency(static_cast<int64_t>(change.before_ns)) +
                       " before, " + FormatLatency(static_cast<int64_t>(change.after_ns)) +
                       " after; " + WithAndWithout(all, after, 50'000, "p50") + "; " +
                       WithAndWithout(all, after, 99'000, "p99") + " the part before";
    finding.advice = warm_up ? "put a stage with measure: false in front"
                             : "look for caches, heaps, neighbours or limits that change with time";
    findings->push_back(std::move(finding));
    return;  // the first is enough to say
  }
}

}  // namespace

std::optional<ThinkBound> FindThinkBound(const FindingInput& input) {
  if (input.plan.open()) return std::nullopt;
  const ClosedLoad& load = input.plan.closed_load();
  const auto response = static_cast<double>(input.summary.latency.by_kind[0].mean_ns.value_or(0));
  ThinkBound bound;
  bound.think_ns =
      (static_cast<double>(load.think_min.nanos()) + static_cast<double>(load.think_max.nanos())) /
      2;
  bound.cycle_ns = bound.think_ns + response;
  if (bound.think_ns <= 0 || response <= 0) return std::nullopt;
  const auto medians = MediansByLevel(input);
  const bool levels = medians.size() >= 2;
  if (levels && !Flat(medians, bound.cycle_ns)) return std::nullopt;
  if (levels && !GeneratorWasRed(input.summary)) bound.flat_medians = medians;
  const double share = bound.think_ns / bound.cycle_ns;
  if (share <= (bound.flat_medians.empty() ? kThinkShareAlone : kThinkShare)) return std::nullopt;
  return bound;
}

std::vector<uint32_t> PercentilesOfFewSamples(const FindingInput& input) {
  std::vector<uint32_t> percentiles;
  for (const FewSamples& few : FewSamplesOf(input)) percentiles.push_back(few.percentile_millis);
  return percentiles;
}

void AddSampleFindings(const FindingInput& input, std::vector<Finding>* findings) {
  AddFewSamples(input, findings);
  AddThinkBound(input, findings);
  AddDrift(input, findings);
}

}  // namespace muster

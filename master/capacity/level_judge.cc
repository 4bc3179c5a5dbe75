#include "master/capacity/level_judge.h"

#include <algorithm>

#include "common/base/check.h"
#include "master/capacity/stationarity.h"
#include "master/statistics/sections.h"
#include "master/statistics/share_interval.h"

namespace muster {
namespace {

using Rows = std::span<const LevelRow>;
constexpr double kNotDeliveredShare = 0.02;
constexpr size_t kMinBlocks = 1;
constexpr double kLittleGrowth = 0.005, kLittleGrowthShort = 0.02;  // of what was due

ShareCount SumOf(Rows rows, size_t objective) {
  ShareCount sum;
  for (const LevelRow& row : rows) sum.Add(row.bad[objective]);
  return sum;
}

std::vector<ShareCount> Blocks(Rows rows, size_t objective, size_t wanted) {
  const size_t parts = std::min(rows.size(), wanted);
  std::vector<ShareCount> blocks;
  for (size_t i = 0; i < parts; ++i) {
    const size_t first = PartStart(rows.size(), parts, i);
    blocks.push_back(
        SumOf(rows.subspan(first, PartStart(rows.size(), parts, i + 1) - first), objective));
  }
  return blocks;
}

Interval IntervalOf(Rows rows, size_t objective) {
  const std::vector<ShareCount> parts = Blocks(rows, objective, kSections);
  SectionCounts sections;
  std::copy(parts.begin(), parts.end(), sections.begin());
  const ShareCount sum = SumOf(sections);
  if (sum.all == 0) return {0, 1};
  return WilsonInterval(std::min(1.0, sum.share()), EffectiveSamples(sections),
                        static_cast<double>(sum.all));
}

ObjectiveView View(Rows kept, Rows late, size_t objective, size_t blocks) {
  ObjectiveView view;
  view.blocks = Blocks(kept, objective, blocks);
  for (const ShareCount& block : view.blocks) view.kept.Add(block);
  view.late = SumOf(late, objective);
  view.interval = IntervalOf(kept, objective);
  return view;
}

bool FailsLate(const ObjectiveView& view, double allowed, Rows late, size_t objective) {
  if (view.late.share() <= allowed) return false;
  return IntervalOf(late, objective).low > allowed;
}

bool NotDelivered(Rows kept) {
  ShareCount not_started;
  for (const LevelRow& row : kept) not_started.Add({row.not_started, row.due});
  return not_started.share() > kNotDeliveredShare;
}

bool Grows(Rows kept, LevelPurpose purpose, bool closed) {
  std::vector<double> values;
  for (const LevelRow& row : kept) {
    values.push_back(closed ? -static_cast<double>(row.completed)
                            : static_cast<double>(row.in_flight));
  }
  if (!closed) {
    const bool lasting = purpose == LevelPurpose::kHold || purpose == LevelPurpose::kConfirm;
    double due = 0;
    for (const LevelRow& row : kept) due += static_cast<double>(row.due);
    return Growth(values, due * (lasting ? kLittleGrowth : kLittleGrowthShort)) > 0;
  }
  const Slope slope = FitSlope(values);
  double sum = 0;
  for (const double value : values) sum -= value;
  const double shrinks = slope.per_value * static_cast<double>(values.size() * values.size());
  return slope.interval.low > 0 && shrinks > 0.05 * sum;
}

// The first objective that fails, by how far it is above what it allows.
std::optional<Limit> BrokenObjective(const LevelJudgement& judgement,
                                     std::span<const double> allowed, Rows late) {
  std::optional<Limit> worst;
  double worst_excess = 0;
  for (size_t i = 0; i < allowed.size(); ++i) {
    const ObjectiveView& view = judgement.objectives[i];
    const bool fails = view.kept.share() > allowed[i] || FailsLate(view, allowed[i], late, i);
    const double excess = std::max(view.kept.share(), view.late.share()) / (allowed[i] + 1e-9);
    if (!fails || (worst.has_value() && excess <= worst_excess)) continue;
    worst = Limit{LimitKind::kObjective, i};
    worst_excess = excess;
  }
  return worst;
}

bool IsClear(const LevelJudgement& judgement, std::span<const double> allowed) {
  if (judgement.failure.has_value()) {
    if (judgement.failure->kind != LimitKind::kObjective) return true;
    const size_t i = judgement.failure->objective;
    return allowed[i] <= 0 || judgement.objectives[i].interval.low > allowed[i];
  }
  for (size_t i = 0; i < allowed.size(); ++i) {
    if (allowed[i] > 0 && judgement.objectives[i].interval.high >= allowed[i]) return false;
  }
  return true;
}

}  // namespace

LevelJudgement JudgeLevel(const LevelObservation& level, LevelPurpose purpose,
                          const JudgeOptions& options) {
  const Rows rows = level.rows;
  const std::vector<double>& allowed = options.allowed;
  for (const LevelRow& row : rows) CHECK_EQ(row.bad.size(), allowed.size());
  const bool whole = purpose == LevelPurpose::kConfirm;
  const Rows settled = rows.subspan((rows.size() + 3) / 4);  // the first quarter is warm-up
  const Rows kept = whole ? rows : settled;
  const Rows late = rows.subspan(rows.size() / 2);
  const Duration length = level.row_length * static_cast<int64_t>(kept.size());
  const auto blocks = static_cast<size_t>(length.seconds() / options.block.seconds() + 0.5);
  LevelJudgement judgement;
  bool any = false;
  for (size_t i = 0; i < allowed.size(); ++i) {
    judgement.objectives.push_back(View(kept, late, i, std::max(kMinBlocks, blocks)));
    any = any || judgement.objectives[i].kept.all > 0;
  }
  if (level.generator_limited || !any) return judgement;
  judgement.failure = BrokenObjective(judgement, allowed, late);
  if (!judgement.failure && NotDelivered(kept)) judgement.failure = {LimitKind::kNotDelivered, 0};
  if (!judgement.failure && Grows(settled, purpose, options.closed))
    judgement.failure = {LimitKind::kGrowing, 0};
  judgement.verdict = judgement.failure ? LevelVerdict::kFailed : LevelVerdict::kSustained;
  judgement.clear = IsClear(judgement, allowed);
  return judgement;
}

}  // namespace muster

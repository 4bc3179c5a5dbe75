#include "master/capacity_report/capacity_text.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "common/plan/units.h"
#include "master/capacity/breaking_point.h"
#include "master/results/format.h"

namespace muster {
namespace {

std::string NumberText(const CapacityResult& result, double load) {
  if (result.closed) return FormatCount(static_cast<uint64_t>(std::llround(load)));
  const std::string text = FormatRatePerSecond(load);
  return text.substr(0, text.rfind('/'));
}

std::string HeldText(const CapacityResult& result, const HeldLoad& held) {
  return LoadText(result, held.load) + " for " + FormatSpan(held.length);
}

std::string SustainedText(const CapacityResult& result, const CapacityAnswer& answer) {
  return "sustained " + HeldText(result, *answer.sustained) + " on fresh connections" +
         (answer.confirmed ? "" : ", not confirmed");
}

std::string WholePercent(double share) { return std::to_string(std::lround(share * 100)) + " %"; }

std::string Joined(const std::vector<std::string>& parts, const std::string& between) {
  std::string text;
  for (const std::string& part : parts) text += (text.empty() ? "" : between) + part;
  return text;
}

}  // namespace

std::string LoadText(const CapacityResult& result, double load) {
  if (!result.closed) return FormatRatePerSecond(load);
  return NumberText(result, load) + (std::llround(load) == 1 ? " user" : " users");
}

std::string EstimateText(const CapacityResult& result, const CapacityAnswer& answer) {
  const std::string high =
      std::isfinite(answer.interval->high) ? NumberText(result, answer.interval->high) : "unknown";
  return "estimate " + LoadText(result, *answer.estimate) + " (" +
         NumberText(result, answer.interval->low) + " to " + high + ")";
}

std::string AnswerText(const CapacityResult& result, const CapacityAnswer& answer) {
  std::vector<std::string> parts;
  if (answer.at_least) {
    return "at least " + LoadText(result, *answer.at_least) +
           (answer.sustained ? ": " + SustainedText(result, answer) : "");
  }
  if (answer.sustained) parts.push_back(SustainedText(result, answer));
  if (answer.failed_at) parts.push_back("failed at " + HeldText(result, *answer.failed_at));
  if (answer.estimate && answer.interval) parts.push_back(EstimateText(result, answer));
  return parts.empty() ? "no load was sustained" : Joined(parts, "; ");
}

std::string WhyNotText(const CapacityResult& result) {
  const CapacityAnswer& answer = result.answer;
  switch (answer.why_not) {
    case Unresolved::kWide:
      if (!answer.longer) return "not resolved: the interval is wide, give it a longer --budget";
      return "not resolved: the interval is wide; about " + FormatSpan(*answer.longer) +
             " more would do (--budget " +
             FormatDuration(Duration::Seconds(
                 static_cast<int64_t>(std::ceil((result.budget + *answer.longer).seconds())))) +
             ")";
    case Unresolved::kNotConfirmed:
      return "not resolved: no load held when it was confirmed";
    case Unresolved::kNothingSustained:
      return "the lowest load that was tried fails already: see the objectives, or the target";
    case Unresolved::kNothingFailed:
      return "no load failed, up to the highest that was asked for: raise --max";
    case Unresolved::kBudgetSpent:
      return "no load failed before the time was spent: give it a longer --budget or a higher "
             "--from";
    case Unresolved::kGeneratorLimited:
      return "the generator gave out before the target: add workers (" + answer.generator_reason +
             ")";
    case Unresolved::kInterrupted:
      return "interrupted before the answer";
    case Unresolved::kResolved:
      break;
  }
  return "";
}

std::string LimitText(const CapacityResult& result, const std::optional<Limit>& limit) {
  if (!limit) return "";
  switch (limit->kind) {
    case LimitKind::kObjective:
      return result.objectives[limit->objective].expression;
    case LimitKind::kNotDelivered:
      return "what was due could not be started: max_in_flight was reached";
    case LimitKind::kGrowing:
      return result.closed ? "less and less was completed" : "in flight kept growing";
  }
  return "";
}

std::string LimitWord(const CapacityResult& result, const CapacityAnswer& answer) {
  if (!answer.estimate && answer.why_not == Unresolved::kGeneratorLimited) return "generator";
  if (!answer.limited_by) return "";
  switch (answer.limited_by->kind) {
    case LimitKind::kObjective:
      return result.objectives[answer.limited_by->objective].expression;
    case LimitKind::kNotDelivered:
      return "not_delivered";
    case LimitKind::kGrowing:
      return "in_flight_growth";
  }
  return "";
}

std::string KneeText(const CapacityResult& result) {
  if (!result.answer.knee) return "";
  return LoadText(result, *result.answer.knee) + ": delivered" +
         (result.closed ? " per user" : "") + " falls under " + WholePercent(kKneeShare) +
         (result.closed ? " of its best" : " of asked");
}

std::string BreakingText(const CapacityResult& result) {
  if (!result.answer.breaking_point) return "";
  const BreakingPoint& point = *result.answer.breaking_point;
  std::vector<std::string> what;
  if (point.dropped_syns) what.push_back("dropped SYNs");
  if (point.errors) what.push_back("errors");
  if (point.collapsed) {
    what.push_back("delivered under " + WholePercent(kCollapsedShare) + " of the best");
  }
  return LoadText(result, point.load) + ": " + Joined(what, " and ") + " first, with " +
         FormatCount(static_cast<uint64_t>(std::llround(std::max(0.0, point.in_flight)))) +
         " in flight";
}

std::string MetricText(const Objective& objective) {
  std::string metric = objective.expression.substr(0, objective.expression.find_first_of("<>="));
  while (metric.ends_with(' ')) metric.pop_back();
  return metric;
}

std::string TimeText(double ns) {
  if (ns <= 0) return "-";
  return std::isfinite(ns) ? FormatLatency(std::llround(ns)) : "failed";
}

Duration LengthOf(const LevelObservation& level) {
  return level.spent < level.length ? Duration() : level.length;
}

std::string VerdictWord(const JudgedLevel& level) {
  return level.sustained() ? "sustained" : level.failed() ? "failed" : "void";
}

std::string ObservedText(const Objective& objective, const ShareCount& bad) {
  if (objective.kind == Objective::Kind::kDroppedSyns) return FormatCount(bad.hits);
  if (bad.all == 0) return "no data";
  const bool within = objective.share.metric == Threshold::Metric::kWithin;
  const double share = within ? 1 - bad.share() : bad.share();
  return FormatObserved(objective.share, share);
}

std::string FailureText(const CapacityResult& result, const JudgedLevel& level) {
  const LevelJudgement& judgement = level.judgement;
  if (level.observation.generator_limited) {
    return "says nothing of the target: " + level.observation.generator_reason;
  }
  if (judgement.verdict == LevelVerdict::kVoid) return "nothing was due";
  if (!judgement.failure) return "";
  if (judgement.failure->kind != LimitKind::kObjective) {
    return LimitText(result, judgement.failure);
  }
  const size_t o = judgement.failure->objective;
  const ObjectiveView& view = judgement.objectives[o];
  const Objective& objective = result.objectives[o];
  const bool late = objective.kind == Objective::Kind::kShare &&
                    view.kept.share() <= AllowedBad(objective) && view.late.all > 0;
  return MetricText(objective) + " " + ObservedText(objective, late ? view.late : view.kept) +
         (late ? " in its second half" : "");
}

}  // namespace muster

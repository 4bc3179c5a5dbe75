#include "master/plan/objective.h"

#include <utility>

#include "common/base/check.h"
#include "common/base/names.h"
#include "common/plan/units.h"

namespace muster {
namespace {

using Metric = Threshold::Metric;

constexpr std::string_view kDroppedSyns = "dropped_syns";

std::string_view Trimmed(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

StatusOr<Objective> ParseDroppedSyns(std::string_view text) {
  std::string bare;
  for (const char c : text.substr(kDroppedSyns.size())) {
    if (c != ' ') bare += c;
  }
  if (bare != "==0" && bare != "<=0" && bare != "<1") {
    return InvalidArgument("of dropped_syns only 'dropped_syns == 0' is an objective");
  }
  Objective objective;
  objective.kind = Objective::Kind::kDroppedSyns;
  objective.expression = "dropped_syns == 0";
  return objective;
}

Status RefuseMetric(const Threshold& threshold) {
  const std::string shares =
      "an objective is a share: within(100ms) >= 99%, p99(response) < 100ms, error_rate < 0.1%, "
      "not_started_rate < 0.1% or dropped_syns == 0";
  switch (threshold.metric) {
    case Metric::kPercentile:
      return InvalidArgument(
          "an objective is about response over all that was due: write p99("
          "response) < 100ms or within(100ms) >= 99%");
    case Metric::kMean:
    case Metric::kMin:
    case Metric::kMax:
      return InvalidArgument("a mean, least or greatest time is no share of the requests; " +
                             shares);
    case Metric::kRate:
      return InvalidArgument("the rate is what is searched for; " + shares);
    default:
      return InvalidArgument("a count grows with the length of a level; " + shares);
  }
}

// p99(response) < 100ms is within(100ms) >= 99%.
StatusOr<Threshold> AsShare(Threshold threshold) {
  const bool is_share = threshold.metric == Metric::kWithin ||
                        threshold.metric == Metric::kErrorRate ||
                        threshold.metric == Metric::kNotStartedRate;
  if (is_share) return threshold;
  const bool of_all_due = threshold.metric == Metric::kPercentile && !threshold.ok_only &&
                          threshold.latency == LatencyKind::kResponse;
  if (!of_all_due) return RefuseMetric(threshold);
  if (!threshold.upper_limit()) {
    return InvalidArgument("a low load would break it: write p99(response) < 100ms");
  }
  threshold.metric = Metric::kWithin;
  threshold.within = Duration::Nanos(static_cast<int64_t>(threshold.limit));
  threshold.limit = static_cast<double>(threshold.percentile_millis) / 100'000;
  threshold.op = Threshold::Op::kGreaterEqual;
  threshold.percentile_millis = 0;
  return threshold;
}

Status CheckLimit(const Threshold& share) {
  const bool within = share.metric == Metric::kWithin;
  if (within == share.upper_limit()) {
    return InvalidArgument(std::string("a low load would break it: write ") +
                           (within                               ? "within(100ms) >= 99%"
                            : share.metric == Metric::kErrorRate ? "error_rate < 0.1%"
                                                                 : "not_started_rate < 0.1%"));
  }
  const double bad = within ? 1 - share.limit : share.limit;
  if (bad <= 0) {
    return InvalidArgument(std::string("no number of requests shows that none is bad; allow a "
                                       "share, as in ") +
                           (within ? "within(100ms) >= 99.9%" : "error_rate < 0.1%"));
  }
  if (bad >= 1) return InvalidArgument("it allows every request to be bad");
  return absl::OkStatus();
}

StatusOr<Objective> FromThreshold(Threshold threshold) {
  if (threshold.window > Duration()) {
    return InvalidArgument("an objective is judged over a level as a whole: leave out 'over ...'");
  }
  if (threshold.confident) {
    return InvalidArgument(
        "the search has an interval of its own: leave out 'with 95% confidence'");
  }
  if (!threshold.group.empty()) {
    return InvalidArgument("an objective is about what all workers saw: leave out {worker=...}");
  }
  Objective objective;
  objective.expression = threshold.expression;
  objective.is_default = threshold.is_default;
  ASSIGN_OR_RETURN(objective.share, AsShare(std::move(threshold)));
  objective.share.abort = false;
  RETURN_IF_ERROR(CheckLimit(objective.share));
  return objective;
}

}  // namespace

double AllowedBad(const Objective& objective) {
  CHECK(objective.kind == Objective::Kind::kShare);
  const Threshold& share = objective.share;
  return share.metric == Metric::kWithin ? 1 - share.limit : share.limit;
}

std::string_view ObjectiveWord(const Objective& objective) {
  if (objective.kind == Objective::Kind::kDroppedSyns) return kDroppedSyns;
  return objective.share.metric == Metric::kWithin      ? "within"
         : objective.share.metric == Metric::kErrorRate ? "error_rate"
                                                        : "not_started_rate";
}

StatusOr<Objective> ParseObjective(std::string_view text) {
  const std::string_view trimmed = Trimmed(text);
  if (trimmed.starts_with(kDroppedSyns)) return ParseDroppedSyns(trimmed);
  ASSIGN_OR_RETURN(Threshold threshold, ParseThreshold(text));
  if (!threshold.stage.empty()) {
    return InvalidArgument("a level of the search has one stage: leave out {stage=...}");
  }
  return FromThreshold(std::move(threshold));
}

StatusOr<Objective> ObjectiveFrom(Threshold threshold) {
  threshold.stage.clear();
  return FromThreshold(std::move(threshold));
}

std::vector<Objective> DefaultObjectives() {
  std::vector<Objective> objectives;
  for (const char* text : {"within(1s) >= 99%", "error_rate < 0.1%", "dropped_syns == 0"}) {
    StatusOr<Objective> objective = ParseObjective(text);
    CHECK(objective.ok()) << text;
    objective->is_default = objective->share.is_default = true;
    objectives.push_back(*std::move(objective));
  }
  return objectives;
}

}  // namespace muster

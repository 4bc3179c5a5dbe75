#include "master/plan/search_plan.h"

#include <algorithm>
#include <utility>
#include <variant>

#include "master/plan/values.h"

namespace muster {
namespace {

constexpr Duration kPlaceholder = Duration::Seconds(1);

LoadAxis AxisOf(const SearchFlags& search, const PlanDraft& draft) {
  if (search.axis) return *search.axis;
  return std::holds_alternative<ClosedLoad>(draft.load) ? LoadAxis::kUsers : LoadAxis::kRate;
}

void ReplaceLoad(LoadAxis axis, PlanDraft& draft) {
  if (axis == LoadAxis::kRate) {
    if (!std::holds_alternative<OpenLoad>(draft.load)) draft.load = OpenLoad{};
    const Rate rate = Rate::PerSecond(1);
    std::get<OpenLoad>(draft.load).segments = {{rate, rate, kPlaceholder, 0}};
  } else {
    if (!std::holds_alternative<ClosedLoad>(draft.load)) draft.load = ClosedLoad{};
    std::get<ClosedLoad>(draft.load).segments = {{1, 1, kPlaceholder, 0}};
  }
  draft.stages = {Stage{"level", true}};
}

Status CheckLoads(const SearchFlags& search, LoadAxis axis) {
  for (const auto& [flag, load] : {std::pair("--from", search.from), std::pair("--max", search.max),
                                   std::pair("--at-least", search.at_least)}) {
    if (!load) continue;
    const StatusOr<double> value = LoadOn(axis, *load);
    if (!value.ok()) return InvalidArgument(std::string(flag) + ": " + Message(value.status()));
  }
  if (search.from && search.max && search.from->load >= search.max->load) {
    return InvalidArgument("--max: not above --from");
  }
  if (search.at_least && search.max && search.at_least->load > search.max->load) {
    return InvalidArgument("--at-least: above --max, so it can't be found");
  }
  return absl::OkStatus();
}

Status CheckObjective(const Objective& objective, LoadAxis axis) {
  const bool not_started = objective.kind == Objective::Kind::kShare &&
                           objective.share.metric == Threshold::Metric::kNotStartedRate;
  if (not_started && axis == LoadAxis::kUsers) {
    return InvalidArgument("users are always started: it goes with --axis rate");
  }
  return absl::OkStatus();
}

// Those of the plan's thresholds that can be objectives; of the others a note.
std::vector<Objective> FromPlan(const PlanDraft& draft, LoadAxis axis,
                                std::vector<std::string>& notes) {
  std::vector<Objective> objectives;
  if (!draft.thresholds) return objectives;
  for (const ThresholdDraft& one : *draft.thresholds) {
    StatusOr<Objective> objective = ObjectiveFrom(one.threshold);
    Status status = objective.ok() ? CheckObjective(*objective, axis) : objective.status();
    if (!status.ok()) {
      notes.push_back(one.where + ": " + Quote(one.threshold.expression) +
                      " is not used as an objective: " + Message(status));
      continue;
    }
    const auto same = [&](const Objective& o) { return o.share == objective->share; };
    if (std::none_of(objectives.begin(), objectives.end(), same)) {
      objectives.push_back(*std::move(objective));
    }
  }
  return objectives;
}

std::string ListOf(const std::vector<Objective>& objectives) {
  std::string list;
  for (const Objective& objective : objectives) {
    list += (list.empty() ? "" : ", ") + objective.expression;
  }
  return list;
}

}  // namespace

StatusOr<std::vector<Objective>> ApplySearch(const PlanFlags& flags, PlanDraft& draft,
                                             std::vector<std::string>& notes) {
  const SearchFlags& search = *flags.search;
  const LoadAxis axis = AxisOf(search, draft);
  RETURN_IF_ERROR(CheckLoads(search, axis));
  std::vector<Objective> objectives = search.objectives;
  for (const Objective& objective : objectives) {
    const Status status = CheckObjective(objective, axis);
    if (!status.ok()) {
      return InvalidArgument("--objective: " + Quote(objective.expression) + ": " +
                             Message(status));
    }
  }
  if (objectives.empty()) {
    objectives = FromPlan(draft, axis, notes);
    if (!objectives.empty()) notes.push_back("objectives of the plan: " + ListOf(objectives));
  }
  if (objectives.empty()) {
    objectives = DefaultObjectives();
    notes.push_back("no objective was given: " + ListOf(objectives));
  }
  if (draft.iterations) {
    notes.push_back("the plan's limit of iterations does not apply to the levels of a search");
    draft.iterations.reset();
  }
  std::stable_partition(objectives.begin(), objectives.end(), [](const Objective& objective) {
    return objective.kind == Objective::Kind::kShare;
  });
  draft.thresholds.emplace();
  for (const Objective& objective : objectives) {
    if (objective.kind != Objective::Kind::kShare) continue;
    draft.thresholds->push_back({objective.share, "--objective"});
  }
  ReplaceLoad(axis, draft);
  return objectives;
}

}  // namespace muster

#include "master/suite/suite_rows.h"

#include <algorithm>
#include <cstdio>
#include <utility>

#include "common/base/check.h"
#include "master/statistics/ranking.h"

namespace muster {
namespace {

constexpr int kExitIncomplete = 3;
constexpr int kExitInterrupted = 5;
constexpr double kDisturbing = 0.1;  // cores

bool HigherIsBetter(RankBy by) { return by == RankBy::kRate || by == RankBy::kCapacity; }

std::string OfRepeats(size_t some, size_t all) {
  return std::to_string(some) + " of " + std::to_string(all) + " repeats";
}

// The first reason of the verdict, and how many more there are.
std::string FirstReason(const CellFigures& figures) {
  const bool open_end = figures.capacity && !figures.capacity->resolved;
  if (figures.reasons.empty()) return open_end ? figures.capacity->text : "";
  const size_t more = figures.reasons.size() - 1;
  return figures.reasons[0] + (more == 0 ? "" : " (and " + std::to_string(more) + " more)");
}

class RowMaker {
 public:
  RowMaker(const TargetSpec& target, const SuitePlan& plan) : plan_(plan) {
    row_.target = target.name;
    row_.plan = plan.name;
    row_.command = CommandName(plan.command);
    row_.load = plan.load;
    row_.repeats_wanted = plan.repeats;
  }

  void Add(const CellRecord& cell) {
    row_.repeats.push_back({cell.repeat, cell.state, cell.reason, cell.figures, cell.use});
    if (row_.version.empty()) row_.version = cell.version;
    for (const std::string& what : cell.not_enforced) {
      auto& all = row_.not_enforced;
      if (std::find(all.begin(), all.end(), what) == all.end()) all.push_back(what);
    }
  }

  SuiteRow Finish() {
    std::sort(row_.repeats.begin(), row_.repeats.end(),
              [](const SuiteRepeat& a, const SuiteRepeat& b) { return a.repeat < b.repeat; });
    std::vector<const SuiteRepeat*> measured;
    for (const SuiteRepeat& repeat : row_.repeats) {
      if (repeat.state == CellState::kMeasured) measured.push_back(&repeat);
    }
    row_.repeats_measured = static_cast<uint32_t>(measured.size());
    if (measured.empty()) {
      SayWhyNothing();
    } else {
      Show(*Median(measured));
      Judge(measured);
    }
    return std::move(row_);
  }

 private:
  // The median by the ranking figure; runs without a figure rank as the worst.
  const SuiteRepeat* Median(std::vector<const SuiteRepeat*> measured) const {
    const RankBy by = plan_.rank_by == RankBy::kNone ? RankBy::kP50 : plan_.rank_by;
    const auto better = [&](const SuiteRepeat* a, const SuiteRepeat* b) {
      const auto left = RankFigure(by, *a->figures), right = RankFigure(by, *b->figures);
      if (!left || !right) return left.has_value() && !right.has_value();
      return HigherIsBetter(by) ? *left > *right : *left < *right;
    };
    std::stable_sort(measured.begin(), measured.end(), better);
    return measured[measured.size() / 2];
  }

  void LookForOthers(const std::optional<double>& others, const char* whose) {
    if (others.value_or(0) <= kDisturbing) return;
    char text[96];
    std::snprintf(text, sizeof text, "%sother programs took %.0f %% of a core from the %s",
                  row_.disturbed.empty() ? "" : "; ", *others * 100, whose);
    row_.disturbed += text;
  }

  void Show(const SuiteRepeat& repeat) {
    row_.shown_repeat = repeat.repeat;
    row_.figures = repeat.figures;
    row_.use = repeat.use;
    LookForOthers(repeat.use.others_on_target_cores, "target");
    LookForOthers(repeat.use.others_on_generator_cores, "generator");
  }

  // The worst state decides: what couldn't be measured, then what was interrupted.
  void SayWhyNothing() {
    row_.verdict = CellStateName(CellState::kInterrupted);
    row_.reason = "not run yet";
    for (const CellState state :
         {CellState::kInterrupted, CellState::kNeedsMissing, CellState::kNotMeasured}) {
      for (const SuiteRepeat& repeat : row_.repeats) {
        if (repeat.state != state) continue;
        row_.verdict = CellStateName(state);
        row_.reason = repeat.reason;
        break;
      }
    }
  }

  void Judge(const std::vector<const SuiteRepeat*>& measured) {
    const auto limited = [](const SuiteRepeat* r) { return r->figures->generator_limited; };
    const auto failed = [](const SuiteRepeat* r) { return r->figures->outcome != "passed"; };
    row_.verdict = row_.figures->outcome;
    if (const auto worst = std::find_if(measured.begin(), measured.end(), limited);
        worst != measured.end()) {
      row_.verdict = "generator_limited";
      row_.reason = FirstReason(*(*worst)->figures);
    } else if (row_.verdict != "passed") {
      row_.reason = FirstReason(*row_.figures);
    } else if (const auto other = std::find_if(measured.begin(), measured.end(), failed);
               other != measured.end()) {
      row_.verdict = (*other)->figures->outcome;
      row_.reason = FirstReason(*(*other)->figures);
    }
    const size_t bad = static_cast<size_t>(
        std::count_if(measured.begin(), measured.end(), [&](const SuiteRepeat* r) {
          return row_.verdict == "generator_limited" ? limited(r) : failed(r);
        }));
    if (bad > 0 && bad < measured.size()) {
      row_.reason = "in " + OfRepeats(bad, measured.size()) + ": " + row_.reason;
    }
    if (row_.repeats_measured == row_.repeats_wanted) return;
    std::string missing =
        "only " + OfRepeats(row_.repeats_measured, row_.repeats_wanted) + " were measured";
    for (const SuiteRepeat& repeat : row_.repeats) {
      if (repeat.reason.empty()) continue;
      missing += ": " + repeat.reason;
      break;
    }
    row_.reason = row_.reason.empty() ? missing : row_.reason + "; " + missing;
  }

  const SuitePlan& plan_;
  SuiteRow row_;
};

bool CanBeRanked(const SuiteRow& row) {
  if (row.repeats_measured != row.repeats_wanted || row.verdict != "passed") return false;
  return std::all_of(row.repeats.begin(), row.repeats.end(), [](const SuiteRepeat& repeat) {
    return !repeat.figures->capacity || repeat.figures->capacity->resolved;
  });
}

// Ranks of the rows [first, end) of `rows`, which are one plan's.
SuitePlanNote RankPlan(const SuitePlan& plan, std::vector<SuiteRow>& rows, size_t first) {
  SuitePlanNote note{plan.name, RankByName(plan.rank_by), ""};
  if (plan.rank_by == RankBy::kNone) return note;
  std::vector<size_t> ranked;
  std::vector<std::vector<double>> figures;
  for (size_t i = first; i < rows.size(); ++i) {
    if (!CanBeRanked(rows[i])) continue;
    std::vector<double> own;
    for (const SuiteRepeat& repeat : rows[i].repeats) {
      const auto figure = RankFigure(plan.rank_by, *repeat.figures);
      if (figure && *figure > 0) own.push_back(*figure);
    }
    if (own.size() != rows[i].repeats.size()) continue;
    ranked.push_back(i);
    figures.push_back(std::move(own));
  }
  if (ranked.size() < 2) {
    note.text = "no ranks: fewer than two targets have a figure in every repeat";
    return note;
  }
  const Ranking ranking =
      RankSubjects(figures, HigherIsBetter(plan.rank_by) ? Better::kHigher : Better::kLower);
  if (ranking.ranks.empty()) {
    note.text = "no ranks: " + std::to_string(plan.repeats) +
                (plan.repeats == 1 ? " repeat" : " repeats") + " can't tell " +
                std::to_string(ranked.size()) + " targets apart; " +
                std::to_string(ranking.repeats_needed) + " could";
    return note;
  }
  for (size_t i = 0; i < ranked.size(); ++i) rows[ranked[i]].rank = ranking.ranks[i].text();
  if (ranked.size() < rows.size() - first) {
    note.text = "ranks are among the " + std::to_string(ranked.size()) +
                " targets that passed in every repeat";
  }
  return note;
}

// Every row measured in every repeat, or foreseen to be missing.
bool IsWhole(const SuiteRow& row) {
  return row.verdict == CellStateName(CellState::kNeedsMissing) ||
         row.repeats_measured == row.repeats_wanted;
}

}  // namespace

std::optional<double> RankFigure(RankBy by, const CellFigures& figures) {
  const auto number = [](const auto& value) -> std::optional<double> {
    if (!value) return std::nullopt;
    return static_cast<double>(*value);
  };
  switch (by) {
    case RankBy::kRate:
      return number(figures.rate_per_s);
    case RankBy::kP50:
      return number(figures.median_ns);
    case RankBy::kP99:
      return number(figures.p99_ns);
    case RankBy::kMean:
      return number(figures.mean_ns);
    case RankBy::kCapacity:
      return figures.capacity ? number(figures.capacity->per_s.estimate) : std::nullopt;
    case RankBy::kNone:
      return std::nullopt;
  }
  return std::nullopt;
}

void FillRows(const SuiteSpec& suite, const std::vector<CellRecord>& cells, SuiteResult* result) {
  result->name = suite.name;
  result->seed = suite.seed;
  result->quick = suite.quick;
  result->target_cores = FormatCores(suite.target_cores);
  result->generator_cores = FormatCores(suite.generator_cores);
  result->rows.clear();
  result->plans.clear();
  for (const SuitePlan& plan : suite.plans) {
    const size_t first = result->rows.size();
    for (const TargetSpec& target : suite.targets) {
      RowMaker row(target, plan);
      for (const CellRecord& cell : cells) {
        if (cell.target == target.name && cell.plan == plan.name) row.Add(cell);
      }
      result->rows.push_back(row.Finish());
    }
    result->plans.push_back(RankPlan(plan, result->rows, first));
  }
  const bool whole = std::all_of(result->rows.begin(), result->rows.end(), IsWhole);
  result->exit_code = result->interrupted ? kExitInterrupted : whole ? 0 : kExitIncomplete;
}

}  // namespace muster

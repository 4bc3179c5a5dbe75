#include "master/compare/comparison.h"

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <utility>

#include "common/base/check.h"
#include "master/statistics/natural_log.h"
#include "master/statistics/ranking.h"

namespace muster {
namespace {

constexpr size_t kShownDifferences = 5;
// No verdict on the target: what such a run measured says nothing of it.
constexpr std::array<std::string_view, 4> kNoVerdict = {"generator_limited", "incomplete",
                                                        "interrupted", "internal_error"};

bool LowerIsWorse(CompareMetric metric) { return metric == CompareMetric::kRate; }

// --- which runs may be compared

Status CheckDistinct(const std::vector<const RunFigures*>& runs) {
  std::map<std::string, const RunFigures*> seen;
  for (const RunFigures* run : runs) {
    const auto [other, fresh] = seen.emplace(run->id, run);
    if (fresh) continue;
    return InvalidArgument(run->source + " and " + other->second->source + " are the same run, " +
                           run->id);
  }
  return absl::OkStatus();
}

std::set<std::string> NamesOf(const RunFigures& run) {
  std::set<std::string> names;
  for (const auto& [name, figures] : run.by_name) names.insert(name);
  return names;
}

// What an older result lets one see of its load.
bool LooksAlike(const RunFigures& a, const RunFigures& b) {
  const bool same_due = a.model != "open" || a.due == b.due;
  return NamesOf(a) == NamesOf(b) && same_due;
}

struct Likeness {
  std::vector<std::string> unlike, notes;
};

void ComparePlans(const RunFigures& first, const RunFigures& run, Likeness* likeness) {
  const std::string both = first.source + " and " + run.source;
  if (first.model != run.model) {
    likeness->unlike.push_back("models: " + first.source + " is " + first.model + ", " +
                               run.source + " is " + run.model);
    return;
  }
  if (first.plan_hash == run.plan_hash) return;
  if (!first.load_hash.empty() && !run.load_hash.empty()) {
    if (first.load_hash != run.load_hash) {
      likeness->unlike.push_back("plans: " + both + " ran different loads");
    }
    return;
  }
  if (!LooksAlike(first, run)) {
    likeness->unlike.push_back("plans: " + both + " have other requests, or another number due");
  } else {
    likeness->notes.push_back("older results don't say whether " + both + " ran the same load");
  }
}

Likeness LikenessOf(const std::vector<const RunFigures*>& runs) {
  Likeness likeness;
  const RunFigures& first = *runs[0];
  for (const RunFigures* run : runs) {
    ComparePlans(first, *run, &likeness);
    if (std::find(kNoVerdict.begin(), kNoVerdict.end(), run->outcome) != kNoVerdict.end()) {
      likeness.unlike.push_back("verdicts: " + run->source + " is " + run->outcome);
    }
  }
  const auto differs = [&](auto member) {
    return std::any_of(runs.begin(), runs.end(),
                       [&](const RunFigures* run) { return run->*member != first.*member; });
  };
  if (differs(&RunFigures::workers)) {
    likeness.notes.emplace_back("the runs had different numbers of workers");
  }
  if (differs(&RunFigures::tool_version)) {
    likeness.notes.emplace_back("the runs were made by different versions of Muster");
  }
  return likeness;
}

Status Refusal(const std::vector<std::string>& unlike) {
  std::string text = "these runs are unlike: ";
  for (size_t i = 0; i < std::min(unlike.size(), kShownDifferences); ++i) {
    text += (i == 0 ? "" : "; ") + unlike[i];
  }
  if (unlike.size() > kShownDifferences) {
    text += "; and " + std::to_string(unlike.size() - kShownDifferences) + " more";
  }
  return InvalidArgument(text + " (--force compares them all the same)");
}

// --- the figures

// Null where a run has no row of that request.
std::vector<const Figures*> FiguresOf(const std::vector<RunFigures>& runs,
                                      const std::string& request) {
  std::vector<const Figures*> figures;
  for (const RunFigures& run : runs) {
    if (request.empty()) {
      figures.push_back(&run.all);
      continue;
    }
    const auto row = std::find_if(run.by_name.begin(), run.by_name.end(),
                                  [&](const auto& name) { return name.first == request; });
    figures.push_back(row == run.by_name.end() ? nullptr : &row->second);
  }
  return figures;
}

// As the test takes it; nullopt: none.
std::optional<double> TestedFigure(CompareMetric metric, const Figures* figures) {
  if (figures == nullptr) return std::nullopt;
  const std::optional<double>& value = figures->of(metric);
  if (metric == CompareMetric::kErrorRate) {
    return value ? std::optional(SmoothedRate(*figures)) : std::nullopt;
  }
  return value && *value > 0 ? value : std::nullopt;
}

struct Side {
  std::vector<std::optional<double>> shown;
  std::vector<double> tested;  // of those that have a figure
  std::optional<double> typical;
  bool whole() const { return tested.size() == shown.size(); }
};

double GeometricMean(const std::vector<double>& values) {
  double logs = 0;
  for (const double value : values) logs += NaturalLog(value);
  return Exp(logs / static_cast<double>(values.size()));
}

Side SideOf(CompareMetric metric, const std::vector<const Figures*>& all) {
  Side side;
  double sum = 0;
  for (const Figures* figures : all) {
    side.shown.push_back(figures == nullptr ? std::nullopt : figures->of(metric));
    if (const auto figure = TestedFigure(metric, figures)) {
      side.tested.push_back(*figure);
      sum += side.shown.back().value_or(0);
    }
  }
  if (side.tested.empty()) return side;
  side.typical = metric == CompareMetric::kErrorRate ? sum / static_cast<double>(side.tested.size())
                                                     : GeometricMean(side.tested);
  return side;
}

// Every base run has a figure and no new one has: whatever orders them, the split that happened is
// the most extreme one.
bool LostItsFigure(CompareMetric metric, const Side& base, const Side& changed,
                   const std::vector<const Figures*>& of_changed) {
  const bool among_failed =
      std::all_of(of_changed.begin(), of_changed.end(),
                  [](const Figures* figures) { return figures != nullptr && figures->due > 0; });
  return metric <= CompareMetric::kP99 && base.whole() && changed.tested.empty() && among_failed;
}

class Comparer {
 public:
  explicit Comparer(Comparison* comparison) : c_(*comparison) {}

  MetricChange Measure(CompareMetric metric, const std::string& request) const {
    MetricChange change;
    change.metric = metric;
    change.request = request;
    const std::vector<const Figures*> of_changed = FiguresOf(c_.changed, request);
    const Side base = SideOf(metric, FiguresOf(c_.base, request));
    const Side changed = SideOf(metric, of_changed);
    change.base = base.shown;
    change.changed = changed.shown;
    change.base_typical = base.typical;
    change.changed_typical = changed.typical;
    if (base.typical && changed.typical) {
      change.ratio = GeometricMean(changed.tested) / GeometricMean(base.tested);
    }
    if (!c_.judged) return change;
    if (LostItsFigure(metric, base, changed, of_changed)) {
      change.p_worse =
          1 / static_cast<double>(CountSplits(base.shown.size(), changed.shown.size()));
      change.p_better = 1;
    } else if (base.whole() && changed.whole()) {
      const auto test = CompareRuns(base.tested, changed.tested);
      CHECK(test.has_value());
      change.ratio_interval = test->ratio_interval;
      change.p_worse = LowerIsWorse(metric) ? test->p_lower : test->p_higher;
      change.p_better = LowerIsWorse(metric) ? test->p_higher : test->p_lower;
    }
    return change;
  }

  void Judge(MetricChange* change) const {
    if (!change->p_worse) return;
    change->change = Change::kNone;
    const bool up = !change->ratio || *change->ratio > 1 + c_.options.size;
    const bool down = change->ratio && *change->ratio < 1 - c_.options.size;
    const bool lower_is_worse = LowerIsWorse(change->metric);
    if (change->metric == CompareMetric::kErrorRate) {
      const double apart = *change->changed_typical - *change->base_typical;
      if (std::max(apart, -apart) < kErrorFloor) return;
    }
    if ((lower_is_worse ? down : up) && *change->p_worse <= c_.options.alpha) {
      change->change = Change::kWorse;
    } else if ((lower_is_worse ? up : down) && *change->p_better <= c_.options.alpha) {
      change->change = Change::kBetter;
    }
  }

 private:
  Comparison& c_;
};

// Holm's correction over the requests that have a p, for one metric.
void Correct(std::vector<MetricChange>* rows, std::optional<double> MetricChange::*p) {
  std::vector<double> values;
  for (const MetricChange& row : *rows) {
    if (row.*p) values.push_back(*(row.*p));
  }
  const std::vector<double> adjusted = HolmAdjusted(values);
  size_t next = 0;
  for (MetricChange& row : *rows) {
    if (row.*p) row.*p = adjusted[next++];
  }
}

void AddRequests(const Comparer& comparer, CompareMetric metric, Comparison* c) {
  std::vector<MetricChange> rows;
  for (const auto& [name, figures] : c->base[0].by_name) {
    rows.push_back(comparer.Measure(metric, name));
  }
  Correct(&rows, &MetricChange::p_worse);
  Correct(&rows, &MetricChange::p_better);
  for (MetricChange& row : rows) {
    comparer.Judge(&row);
    c->metrics.push_back(std::move(row));
  }
}

std::string Against(const Comparison& c) {
  return std::to_string(c.base.size()) + " against " + std::to_string(c.changed.size());
}

std::string RunsText(size_t runs) {
  return std::to_string(runs) + " against " + std::to_string(runs);
}

// Whether the clearest of all splits, corrected for `tests`, is rare enough.
bool CanShow(const Comparison& c, size_t tests) {
  const auto splits = static_cast<double>(CountSplits(c.base.size(), c.changed.size()));
  return static_cast<double>(tests) / splits <= c.options.alpha;
}

void AddNotes(Comparison* c) {
  const size_t fewest = std::min(c->base.size(), c->changed.size());
  if (fewest < kMinRuns) {
    c->notes.push_back("noise floor unknown: two runs always differ; from " + RunsText(kMinRuns) +
                       " on differences are judged, and these are " + Against(*c));
    return;
  }
  if (!c->judged) {
    c->notes.push_back("at this alpha even the clearest difference of " + Against(*c) +
                       " proves nothing; " + RunsText(RunsNeeded(c->options.alpha, 1)) +
                       " would do");
    return;
  }
  if (!c->interleaved) {
    c->notes.emplace_back("not all runs say when they began: a drift with time is not excluded");
  } else if (!*c->interleaved) {
    c->notes.emplace_back(
        "base and new runs don't alternate in time: a drift of the hosts or the network is not "
        "excluded");
  }
  const size_t names = c->base[0].by_name.size();
  if (names > 1 && !CanShow(*c, names)) {
    c->notes.push_back("of " + std::to_string(names) + " requests, " + Against(*c) +
                       " can't single one out; " + RunsText(RunsNeeded(c->options.alpha, names)) +
                       " would do");
  }
  const bool missing = std::any_of(c->metrics.begin(), c->metrics.end(), [](const auto& metric) {
    return metric.request.empty() && !metric.p_worse;
  });
  if (missing) {
    c->notes.emplace_back("what reads failed or - in some of the runs is not judged");
  }
}

}  // namespace

bool Comparison::regression() const {
  return std::any_of(metrics.begin(), metrics.end(),
                     [](const MetricChange& metric) { return metric.change == Change::kWorse; });
}

double SmoothedRate(const Figures& figures) {
  return (static_cast<double>(figures.errors) + 0.5) / (static_cast<double>(figures.ended) + 1);
}

size_t RunsNeeded(double alpha, size_t tests) {
  size_t runs = kMinRuns;
  while (runs<kMaxComparedRuns&& static_cast<double>(tests) /
              static_cast<double>(CountSplits(runs, runs))>
             alpha) {
    ++runs;
  }
  return runs;
}

std::optional<bool> AreInterleaved(std::span<const RunFigures> base,
                                   std::span<const RunFigures> changed) {
  std::vector<std::pair<WallTime, bool>> order;
  for (const RunFigures& run : base) {
    if (!run.started_at) return std::nullopt;
    order.emplace_back(*run.started_at, false);
  }
  for (const RunFigures& run : changed) {
    if (!run.started_at) return std::nullopt;
    order.emplace_back(*run.started_at, true);
  }
  std::sort(order.begin(), order.end());
  size_t turns = 0;
  for (size_t i = 1; i < order.size(); ++i) turns += order[i].second != order[i - 1].second ? 1 : 0;
  return turns >= std::min(base.size(), changed.size());
}

StatusOr<Comparison> CompareSides(std::vector<RunFigures> base, std::vector<RunFigures> changed,
                                  const CompareOptions& options) {
  for (const auto* side : {&base, &changed}) {
    CHECK(!side->empty() && side->size() <= kMaxComparedRuns);
  }
  std::vector<const RunFigures*> runs;
  for (const auto* side : {&base, &changed}) {
    for (const RunFigures& run : *side) runs.push_back(&run);
  }
  RETURN_IF_ERROR(CheckDistinct(runs));
  Likeness likeness = LikenessOf(runs);
  if (!likeness.unlike.empty() && !options.force) return Refusal(likeness.unlike);

  Comparison c;
  const bool rates = runs[0]->model == "closed";
  c.base = std::move(base);
  c.changed = std::move(changed);
  c.options = options;
  c.interleaved = AreInterleaved(c.base, c.changed);
  c.judged = std::min(c.base.size(), c.changed.size()) >= kMinRuns && CanShow(c, 1);
  const Comparer comparer(&c);
  for (size_t i = 0; i < kCompareMetrics; ++i) {
    const auto metric = static_cast<CompareMetric>(i);
    if (metric == CompareMetric::kRate && !rates) continue;  // an open run's is the schedule's
    c.metrics.push_back(comparer.Measure(metric, ""));
    comparer.Judge(&c.metrics.back());
  }
  for (size_t i = 0; i < kCompareMetrics && c.base[0].by_name.size() > 1; ++i) {
    const auto metric = static_cast<CompareMetric>(i);
    if (metric != CompareMetric::kRate || rates) AddRequests(comparer, metric, &c);
  }
  AddNotes(&c);
  c.unlike = std::move(likeness.unlike);
  c.notes.insert(c.notes.end(), likeness.notes.begin(), likeness.notes.end());
  return c;
}

}  // namespace muster

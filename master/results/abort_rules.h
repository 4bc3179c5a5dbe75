// AbortRules: decides, while a run goes, that a threshold of the plan ends it: which one, when, and
// on what it saw. Fed with every batch that was merged; the run is stopped by others.
//
// Intervals of the timeline are judged in order, each once, when every worker that is still at work
// has accounted for it; so the first decision depends on what was measured alone, not on how it was
// cut into batches or in which order they came. After interval i a rule that is due (its `after`
// has passed, i ends within the load) is broken when
//   - without a window: the metric, over all that has ended so far in what it looks at, is beyond
//     the limit. What is in flight counts when it has ended: nobody knows yet how it will;
//   - with a window: windows that end after its `after` break it (window_judge.h).
// No data breaks nothing: that is for the end.
//
// Cells of an interval that was judged already (none come from a worker that keeps the protocol)
// count in the next one. Limits: at most kMaxPending intervals are held for a slow worker; what the
// others measured beyond counts in the last of these.
//
// Owner: the run thread.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/plan/plan.h"
#include "common/plan/stage_spans.h"
#include "common/stats/delta_batch.h"
#include "master/results/scope.h"
#include "master/results/timeline.h"
#include "master/results/window_judge.h"

namespace muster {

struct AbortDecision {
  size_t threshold = 0;  // index in the plan
  RunTime at;            // end of the interval that decided it
  std::string observed_text;
  bool operator==(const AbortDecision&) const = default;
};

class AbortRules {
 public:
  static constexpr uint32_t kMaxPending = 1'024;

  // `workers`: how many there are; they are numbered from 0.
  AbortRules(std::shared_ptr<const Plan> plan, uint32_t workers);

  // The run's plan has further holds, which begin later than anything judged so far.
  void Amend(std::shared_ptr<const Plan> plan);
  // A batch of `worker`, of `group`, in order. Of no effect once a decision stands.
  void OnBatch(uint32_t worker, const std::string& group, const DeltaBatch& batch);
  // It is given up: nobody waits for its account. As often as one likes.
  void OnLost(uint32_t worker);

  // The first; it stands.
  const std::optional<AbortDecision>& decision() const { return decision_; }

 private:
  struct Tally {
    Timeline::Row row;
    Histogram response;
    void Add(const Tally& other);
  };
  // A threshold that may end the run, and what it has seen.
  struct Rule {
    size_t threshold;
    size_t scope;  // in scopes_
    size_t within_index;
    std::vector<Stretch> stages;
    std::optional<WindowJudge> judge;  // with a window
    Tally seen;                        // in all; with a window: in the present one
  };
  struct ScopeData {
    Scope scope;
    std::map<uint32_t, Tally> pending;  // by interval, not judged yet
  };

  const Threshold& Of(const Rule& rule) const { return plan_->spec().thresholds[rule.threshold]; }
  RunTime EndOf(uint32_t interval) const;
  void FindStages(Rule* rule) const;
  // The first interval that not every worker at work has accounted for.
  uint32_t Frontier() const;
  void Advance();
  void JudgeInterval(uint32_t interval);
  std::optional<std::string> Broken(Rule* rule, RunTime end);
  std::optional<std::string> BrokenWindow(Rule* rule, RunTime end);

  std::shared_ptr<const Plan> plan_;
  std::vector<ScopeData> scopes_;
  std::vector<Rule> rules_;
  std::vector<RunTime> accounted_;  // by worker
  std::vector<bool> done_;          // lost, or its last batch was here
  uint32_t judged_ = 0;             // intervals
  std::optional<AbortDecision> decision_;
};

}  // namespace muster

#include "master/results/abort_rules.h"

#include <algorithm>
#include <utility>

#include "common/base/check.h"
#include "master/results/format.h"
#include "master/results/threshold_eval.h"

namespace muster {
namespace {

std::string TextOf(const Threshold& threshold, const Observation& observation) {
  return observation.kind == Observation::Kind::kFailed
             ? "failed"
             : FormatObserved(threshold, observation.value);
}

}  // namespace

void AbortRules::Tally::Add(const Tally& other) {
  row.Merge(other.row);
  response.Merge(other.response);
}

AbortRules::AbortRules(std::shared_ptr<const Plan> plan, uint32_t workers)
    : plan_(std::move(plan)), accounted_(workers), done_(workers, false) {
  const std::vector<Threshold>& thresholds = plan_->spec().thresholds;
  for (size_t i = 0; i < thresholds.size(); ++i) {
    const Threshold& threshold = thresholds[i];
    if (!threshold.abort) continue;
    const std::optional<Scope> scope = ScopeOf(*plan_, threshold);
    CHECK(scope) << threshold.expression;
    const auto known = std::find_if(scopes_.begin(), scopes_.end(),
                                    [&](const ScopeData& s) { return s.scope == *scope; });
    Rule rule;
    rule.threshold = i;
    rule.scope = static_cast<size_t>(known - scopes_.begin());
    if (known == scopes_.end()) scopes_.push_back({*scope, {}});
    rule.within_index = WithinIndex(*plan_, threshold);
    FindStages(&rule);
    if (threshold.window > Duration()) {
      rule.judge.emplace(threshold, plan_->open(), rule.within_index);
    }
    rules_.push_back(std::move(rule));
  }
}

void AbortRules::FindStages(Rule* rule) const {
  rule->stages = SelectedStretches(*plan_, scopes_[rule->scope].scope.stage, plan_->load_end());
}

void AbortRules::Amend(std::shared_ptr<const Plan> plan) {
  plan_ = std::move(plan);
  for (Rule& rule : rules_) FindStages(&rule);
}

void AbortRules::OnBatch(uint32_t worker, const std::string& group, const DeltaBatch& batch) {
  CHECK_LT(worker, done_.size());
  if (rules_.empty() || decision_) return;
  for (const auto& [key, cell] : batch.cells) {
    const uint32_t interval = std::clamp(key.interval, judged_, judged_ + kMaxPending - 1);
    for (ScopeData& data : scopes_) {
      if (!data.scope.Holds(*plan_, key, group)) continue;
      Tally& tally = data.pending[interval];
      tally.row.Add(cell);
      tally.response.Merge(cell.latency[static_cast<size_t>(LatencyKind::kResponse)]);
    }
  }
  accounted_[worker] = std::max(accounted_[worker], batch.accounted_through);
  if (batch.last) done_[worker] = true;
  Advance();
}

void AbortRules::OnLost(uint32_t worker) {
  CHECK_LT(worker, done_.size());
  if (done_[worker]) return;
  done_[worker] = true;
  if (!rules_.empty() && !decision_) Advance();
}

RunTime AbortRules::EndOf(uint32_t interval) const {
  return RunTime() + plan_->interval() * (int64_t{interval} + 1);
}

uint32_t AbortRules::Frontier() const {
  // With nobody at work there is no run left to end.
  std::optional<RunTime> least;
  for (size_t i = 0; i < done_.size(); ++i) {
    if (!done_[i]) least = std::min(least.value_or(accounted_[i]), accounted_[i]);
  }
  if (!least) return judged_;
  const int64_t within_load = std::min(*least, plan_->load_end()).nanos();
  return static_cast<uint32_t>(std::max<int64_t>(0, within_load) / plan_->interval().nanos());
}

void AbortRules::Advance() {
  const uint32_t frontier = Frontier();
  while (judged_ < frontier && !decision_) JudgeInterval(judged_++);
}

void AbortRules::JudgeInterval(uint32_t interval) {
  std::vector<Tally> ended(scopes_.size());
  for (size_t i = 0; i < scopes_.size(); ++i) {
    auto& pending = scopes_[i].pending;
    if (!pending.empty() && pending.begin()->first <= interval) {
      ended[i] = std::move(pending.begin()->second);
      pending.erase(pending.begin());
    }
  }
  for (Rule& rule : rules_) {
    rule.seen.Add(ended[rule.scope]);
    const std::optional<std::string> observed =
        rule.judge ? BrokenWindow(&rule, EndOf(interval)) : Broken(&rule, EndOf(interval));
    if (observed && !decision_) {
      decision_ = AbortDecision{rule.threshold, EndOf(interval), *observed};
    }
  }
}

std::optional<std::string> AbortRules::Broken(Rule* rule, RunTime end) {
  const Threshold& threshold = Of(*rule);
  if (end < RunTime() + threshold.abort_after) return std::nullopt;
  const Observation observation = ObserveRow(threshold, rule->within_index, rule->seen.row,
                                             rule->seen.response, LengthBefore(rule->stages, end));
  if (!Breaks(threshold, observation)) return std::nullopt;
  return TextOf(threshold, observation);
}

std::optional<std::string> AbortRules::BrokenWindow(Rule* rule, RunTime end) {
  const Threshold& threshold = Of(*rule);
  if (end.nanos() % threshold.window.nanos() != 0) return std::nullopt;
  const RunTime from = end - threshold.window;
  rule->judge->Add(from, end, rule->seen.row, rule->seen.response, Cover(rule->stages, from, end));
  rule->seen = Tally();
  if (end <= RunTime() + threshold.abort_after) rule->judge->Forget();
  if (!rule->judge->broken()) return std::nullopt;
  return TextOf(threshold, rule->judge->observed());
}

}  // namespace muster

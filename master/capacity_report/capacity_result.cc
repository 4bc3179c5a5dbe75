#include "master/capacity_report/capacity_result.h"

#include <algorithm>
#include <map>
#include <utility>

#include "common/base/check.h"
#include "master/capacity_report/capacity_text.h"

namespace muster {
namespace {

// Of searches without an estimate: the lower, the less was found out.
int Reached(Unresolved why_not) {
  switch (why_not) {
    case Unresolved::kInterrupted:
      return 0;
    case Unresolved::kGeneratorLimited:
      return 1;
    case Unresolved::kNothingSustained:
      return 2;
    case Unresolved::kBudgetSpent:
      return 3;
    case Unresolved::kNothingFailed:
      return 4;
    case Unresolved::kNotConfirmed:
      return 5;
    case Unresolved::kWide:
      return 6;
    case Unresolved::kResolved:
      return 7;
  }
  return 0;
}

CapacityAnswer Combined(const std::vector<SearchResult>& searches) {
  std::vector<const CapacityAnswer*> by_estimate;
  const CapacityAnswer* least = &searches[0].answer;
  for (const SearchResult& search : searches) {
    const CapacityAnswer& answer = search.answer;
    if (Reached(answer.why_not) < Reached(least->why_not)) least = &answer;
    if (answer.estimate && answer.interval) by_estimate.push_back(&answer);
  }
  if (by_estimate.size() < searches.size()) return *least;
  std::stable_sort(by_estimate.begin(), by_estimate.end(),
                   [](const auto* a, const auto* b) { return *a->estimate < *b->estimate; });
  CapacityAnswer answer = *by_estimate[(by_estimate.size() - 1) / 2];
  answer.spent = Duration();
  for (const SearchResult& search : searches) {
    answer.interval->low = std::min(answer.interval->low, search.answer.interval->low);
    answer.interval->high = std::max(answer.interval->high, search.answer.interval->high);
    answer.spent += search.answer.spent;
    if (search.answer.longer) {
      answer.longer = std::max(answer.longer.value_or(Duration()), *search.answer.longer);
    }
  }
  answer.resolved = least->resolved;
  answer.why_not = least->why_not;
  return answer;
}

bool SustainsWanted(const CapacityResult& result) {
  return result.wanted && result.answer.sustained &&
         result.answer.sustained->load >= *result.wanted;
}

void Judge(CapacityResult* result) {
  Verdict& verdict = result->verdict;
  const CapacityAnswer& answer = result->answer;
  const auto decide = [&](Outcome outcome, std::string reason) {
    if (verdict.reasons.empty()) verdict.outcome = outcome;
    verdict.reasons.push_back(std::move(reason));
  };
  if (!result->interrupted_by.empty()) {
    decide(Outcome::kInterrupted, "interrupted by " + result->interrupted_by);
  }
  for (const std::string& reason : result->incomplete) decide(Outcome::kIncomplete, reason);
  verdict.complete = result->incomplete.empty();
  verdict.generator_limited = !answer.estimate && answer.why_not == Unresolved::kGeneratorLimited;
  if (SustainsWanted(*result)) return;
  if (verdict.generator_limited) decide(Outcome::kGeneratorLimited, WhyNotText(*result));
  if (result->wanted) {
    decide(Outcome::kThresholdFailed,
           (answer.sustained ? "sustained " + LoadText(*result, answer.sustained->load)
                             : std::string("nothing sustained")) +
               ", want at least " + LoadText(*result, *result->wanted));
  } else if (!answer.resolved && !verdict.generator_limited && result->interrupted_by.empty()) {
    decide(Outcome::kThresholdFailed, WhyNotText(*result));
  }
}

}  // namespace

void Conclude(CapacityResult* result) {
  CHECK(!result->searches.empty());
  result->answer = Combined(result->searches);
  result->verdict = Verdict();
  Judge(result);
  result->verdict.passed = result->verdict.outcome == Outcome::kPassed;
  result->exit_code = static_cast<int>(result->verdict.outcome);
}

std::optional<double> PerSecondAt(const CapacityResult& result, double load) {
  if (!result.closed) return load;
  std::map<double, std::pair<double, int>> delivered;  // by load: sum, and of how many levels
  for (const SearchResult& search : result.searches) {
    for (const JudgedLevel& level : search.levels) {
      if (level.observation.generator_limited) continue;
      auto& [sum, levels] = delivered[level.load()];
      sum += level.observation.delivered_per_s;
      ++levels;
    }
  }
  const auto above = delivered.lower_bound(load);
  if (above == delivered.end()) return std::nullopt;
  const double high = above->second.first / above->second.second;
  if (above->first == load || above == delivered.begin()) return high * load / above->first;
  const auto below = std::prev(above);
  const double low = below->second.first / below->second.second;
  return low + (high - low) * (load - below->first) / (above->first - below->first);
}

}  // namespace muster

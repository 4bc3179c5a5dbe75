#include "master/results/verdict.h"

#include <algorithm>
#include <utility>

#include "master/results/error_advice.h"
#include "master/results/format.h"

namespace muster {
namespace {

// The lag from which on a passed run is worth a note.
constexpr int64_t kNotableLagNs = 1'000'000;
// The default threshold's limit.
constexpr double kNotableErrorShare = 0.01;

std::string Counted(uint64_t n, const std::string& singular) {
  return FormatCount(n) + " " + singular + (n == 1 ? "" : "s");
}

void AddNotStartedByGenerator(const Counts& counts, std::vector<std::string>* parts) {
  for (const NotStarted reason :
       {NotStarted::kLate, NotStarted::kDescriptors, NotStarted::kPorts, NotStarted::kSpoolFull}) {
    const uint64_t n = counts.not_started[static_cast<size_t>(reason)];
    if (n > 0)
      parts->push_back(FormatCount(n) + " " + std::string(NameOf(kNotStartedNames, reason)));
  }
  for (const ErrorClass error :
       {ErrorClass::kLocalDescriptors, ErrorClass::kLocalPorts, ErrorClass::kLocalOther}) {
    const uint64_t n = counts.errors[static_cast<size_t>(error)];
    if (n > 0) parts->push_back(FormatCount(n) + " " + std::string(NameOf(kErrorNames, error)));
  }
}

std::string Joined(const std::vector<std::string>& parts) {
  std::string text;
  for (const std::string& part : parts) text += (text.empty() ? "" : ", ") + part;
  return text;
}

std::string LossReason(const Loss& loss, bool open) {
  const std::string window =
      " between " + FormatRunClock(loss.from) + " and " + FormatRunClock(loss.to);
  const bool numbers = loss.first && loss.last;
  const std::string range =
      numbers ? std::to_string(*loss.first) + " to " + std::to_string(*loss.last) : "";
  if (!open) {
    return "in doubt: what users " + range + " did on worker " + loss.worker + window;
  }
  const std::string what = numbers ? "numbers " + range : "what was in flight";
  return "in doubt: " + what + " of worker " + loss.worker + window + ", at most " +
         Counted(loss.at_most.value_or(0), "request") + " that no count shows";
}

void AddLosses(const VerdictInput& input, std::vector<std::string>* reasons) {
  for (const Loss& loss : input.losses) {
    const bool in_doubt = !input.open || loss.at_most.value_or(1) > 0;
    if (in_doubt) reasons->push_back(LossReason(loss, input.open));
  }
  // Who lost the worker has said what it cost.
  if (!input.incomplete_reasons.empty()) return;
  const uint64_t unstarted = input.counts.not_started[static_cast<size_t>(NotStarted::kWorkerLost)];
  if (unstarted > 0) {
    const auto due = static_cast<double>(std::max<uint64_t>(1, input.counts.due));
    reasons->push_back(Counted(unstarted, "iteration") + " not started for want of their worker (" +
                       FormatShare(static_cast<double>(unstarted) / due) + " of all due)");
  }
  if (input.iterations_lost > 0) {
    reasons->push_back(Counted(input.iterations_lost, "iteration") +
                       " in flight on a lost worker, outcome unknown");
  }
}

void AddIncomplete(const VerdictInput& input, std::vector<std::string>* reasons) {
  for (const std::string& error : input.book_errors) reasons->push_back(error);
  for (const std::string& reason : input.incomplete_reasons) reasons->push_back(reason);
  AddLosses(input, reasons);
}

const WorkerSummary* BusiestWorker(const std::vector<WorkerSummary>& workers) {
  const auto busiest = std::max_element(
      workers.begin(), workers.end(), [](const auto& a, const auto& b) { return a.busy < b.busy; });
  return busiest == workers.end() ? nullptr : &*busiest;
}

// Whether a faster generator could have turned the answer: more completions help a lower limit that
// failed and endanger an upper one that passed.
bool RateCouldTurn(const ThresholdResult& result) {
  const bool lower_limit = result.threshold.op == Threshold::Op::kGreater ||
                           result.threshold.op == Threshold::Op::kGreaterEqual;
  return result.threshold.metric == Threshold::Metric::kRate && lower_limit != result.passed;
}

uint64_t Undelivered(const Counts& counts) {
  return NotStartedByGenerator(counts) + FailedByGenerator(counts);
}

double UndeliveredShare(const Counts& counts) {
  return counts.due == 0
             ? 0
             : static_cast<double>(Undelivered(counts)) / static_cast<double>(counts.due);
}

// Iterations that found max_in_flight reached are the target's doing, unless the generator itself
// was saturated.
void AddSaturated(const VerdictInput& input, std::vector<std::string>* reasons) {
  const int64_t lag_ns = input.lag.p50_ns.value_or(0);
  const uint64_t unstarted =
      input.counts.not_started[static_cast<size_t>(NotStarted::kMaxInFlight)];
  const double share =
      static_cast<double>(unstarted) / static_cast<double>(std::max<uint64_t>(1, input.counts.due));
  if (lag_ns <= kSaturatedLagNs || share <= kNotDeliveredShare) return;
  reasons->push_back("the generator is saturated (its own lag is " + FormatLatency(lag_ns) +
                     " at p50) and did not start " + FormatShare(share) +
                     " of the load for want of free places (max_in_flight): add workers");
}

// A long warm-up must not hide what the measured stages lack, nor they what it lacks.
void AddUndelivered(const VerdictInput& input, std::vector<std::string>* reasons) {
  const bool of_measured = UndeliveredShare(input.measured) > UndeliveredShare(input.counts);
  const Counts& counts = of_measured ? input.measured : input.counts;
  const double share = UndeliveredShare(counts);
  if (share <= kNotDeliveredShare) return;
  std::vector<std::string> parts;
  AddNotStartedByGenerator(counts, &parts);
  reasons->push_back("the generator did not deliver " + FormatShare(share) + " of the " +
                     (of_measured ? "measured " : "") + "load: " + Joined(parts));
}

void AddGeneratorLimited(const VerdictInput& input, std::vector<std::string>* reasons) {
  AddUndelivered(input, reasons);
  AddSaturated(input, reasons);
  for (const ThresholdJudgement& judgement : input.thresholds) {
    const ThresholdResult& result = judgement.result;
    if (result.passed || !judgement.passes_without_generator_faults) continue;
    reasons->push_back(result.threshold.expression + " fails (" + result.observed_text +
                       ") and would pass without the generator's own lag and limits");
  }
  const WorkerSummary* busiest = BusiestWorker(input.workers);
  if (input.open || busiest == nullptr || busiest->busy <= kBusyShare) return;
  for (const ThresholdJudgement& judgement : input.thresholds) {
    if (!RateCouldTurn(judgement.result)) continue;
    reasons->push_back(judgement.result.threshold.expression + ": the rate (" +
                       judgement.result.observed_text + ") is the generator's, not the target's: " +
                       busiest->name + " was busy " + FormatShare(busiest->busy) + " of its time");
  }
}

void AddFailures(const VerdictInput& input, std::vector<std::string>* reasons) {
  if (!input.aborted_by.empty())
    reasons->push_back("the run was ended early by " + input.aborted_by);
  if (input.counts.completed == 0) {
    reasons->push_back("nothing completed at all");
  } else if (input.measured.completed == 0) {
    reasons->push_back("nothing completed in the measured stages");
  }
  for (const ThresholdJudgement& judgement : input.thresholds) {
    const ThresholdResult& result = judgement.result;
    if (!result.passed) reasons->push_back(FailedThresholdReason(result));
  }
}

// Own thresholds take the place of the default on error_rate, and percentiles know no statuses.
void NoteErrorsThatNothingJudges(const VerdictInput& input, std::vector<std::string>* notes) {
  const Counts& counts = input.measured;
  const uint64_t ended = counts.completed + counts.failed, bad = counts.failed + counts.unexpected;
  if (ended == 0) return;
  const double share = static_cast<double>(bad) / static_cast<double>(ended);
  const bool judged = std::any_of(
      input.thresholds.begin(), input.thresholds.end(), [](const ThresholdJudgement& judgement) {
        const Threshold::Metric metric = judgement.result.threshold.metric;
        return metric == Threshold::Metric::kErrorRate || metric == Threshold::Metric::kCount;
      });
  if (judged || share < kNotableErrorShare) return;
  notes->push_back("error_rate is " + FormatShare(share) + ", and no threshold looks at it");
}

// What a better generator would not turn: to run again is of no use.
void NoteCertainFailures(const VerdictInput& input, std::vector<std::string>* notes) {
  for (const ThresholdJudgement& judgement : input.thresholds) {
    const ThresholdResult& result = judgement.result;
    if (result.passed || judgement.passes_without_generator_faults || RateCouldTurn(result)) {
      continue;
    }
    notes->push_back(result.threshold.expression + " fails whatever the generator did");
  }
}

std::vector<std::string> Notes(const VerdictInput& input, bool generator_limited) {
  std::vector<std::string> notes;
  std::string why = WhyNothingCompleted(input.counts);
  if (!why.empty()) notes.push_back(std::move(why));
  if (generator_limited) NoteCertainFailures(input, &notes);
  NoteErrorsThatNothingJudges(input, &notes);
  if (Undelivered(input.counts) > 0 && !generator_limited) {
    std::vector<std::string> parts;
    AddNotStartedByGenerator(input.counts, &parts);
    notes.push_back("not delivered by the generator, within tolerance: " + Joined(parts));
  }
  if (input.lag.p99_ns.value_or(0) > kNotableLagNs) {
    notes.push_back("the generator's own lag was " + FormatLatency(*input.lag.p99_ns) +
                    " at p99; response includes it");
  }
  return notes;
}

}  // namespace

std::string FailedThresholdReason(const ThresholdResult& result) {
  return "threshold failed: " + result.threshold.expression + ", observed " + result.observed_text;
}

Judged JudgeRun(const VerdictInput& input) {
  Judged judged;
  Verdict& verdict = judged.verdict;
  std::vector<std::string>& reasons = verdict.reasons;
  // In the order of the codes' weight: the first rule that adds a reason decides.
  const auto decide = [&](Outcome outcome, auto&& add) {
    const size_t before = reasons.size();
    add();
    const bool holds = reasons.size() > before;
    if (holds && verdict.outcome == Outcome::kPassed) verdict.outcome = outcome;
    return holds;
  };
  decide(Outcome::kInternalError, [&] {
    if (!input.internal_error.empty()) reasons.push_back("internal error: " + input.internal_error);
  });
  decide(Outcome::kInterrupted, [&] {
    if (!input.interrupted_by.empty()) reasons.push_back("interrupted by " + input.interrupted_by);
  });
  verdict.complete = !decide(Outcome::kIncomplete, [&] { AddIncomplete(input, &reasons); });
  verdict.generator_limited =
      decide(Outcome::kGeneratorLimited, [&] { AddGeneratorLimited(input, &reasons); });
  decide(Outcome::kThresholdFailed, [&] { AddFailures(input, &reasons); });

  verdict.passed = input.measured.completed > 0 &&
                   std::all_of(input.thresholds.begin(), input.thresholds.end(),
                               [](const auto& judgement) { return judgement.result.passed; });
  verdict.aborted = !input.aborted_by.empty();
  judged.exit_code = static_cast<int>(verdict.outcome);
  judged.notes = Notes(input, verdict.generator_limited);
  return judged;
}

}  // namespace muster

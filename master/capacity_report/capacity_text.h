// What a capacity search came to, in words: the sentences that every report for people shares,
// plain text without line ends. Pure; any thread.
#pragma once

#include <optional>
#include <string>

#include "master/capacity_report/capacity_result.h"

namespace muster {

// "1,840/s", "120 users".
std::string LoadText(const CapacityResult& result, double load);
// "estimate 1,890/s (1,790 to 2,010)". Requires an estimate with its interval.
std::string EstimateText(const CapacityResult& result, const CapacityAnswer& answer);
// The answer: "sustained 1,840/s for 60s on fresh connections; failed at 1,960/s for 30s; estimate
// 1,890/s (1,790 to 2,010)", "at least 12,000/s, ...".
std::string AnswerText(const CapacityResult& result, const CapacityAnswer& answer);
// Why it is not resolved, and what would help. Requires an answer that is not resolved.
std::string WhyNotText(const CapacityResult& result);
// What limited it: an objective's own words, "in flight kept growing"; "" where nothing did.
std::string LimitText(const CapacityResult& result, const std::optional<Limit>& limit);
// The same for programs: the objective's expression, "not_delivered", "in_flight_growth",
// "generator"; "" where nothing did.
std::string LimitWord(const CapacityResult& result, const CapacityAnswer& answer);
// "1,960/s: delivered falls under 98 % of asked"; "" where there is none.
std::string KneeText(const CapacityResult& result);
// "2,900/s: dropped SYNs first, with 5,800 in flight"; "" where there is none.
std::string BreakingText(const CapacityResult& result);
// The objective without its comparison: "within(100ms)".
std::string MetricText(const Objective& objective);
// A level's percentile: "12.1ms", "failed" where it falls among the failed, "-" without data.
std::string TimeText(double ns);
// How long a level was run; 0: it could not be begun.
Duration LengthOf(const LevelObservation& level);
// "sustained", "failed", "void"
std::string VerdictWord(const JudgedLevel& level);
// What a level shows of one objective: "98.2 %", "3"; "no data".
std::string ObservedText(const Objective& objective, const ShareCount& bad);
// Why a level failed or is void: "within(100ms) 71.2 %"; "" where it is sustained.
std::string FailureText(const CapacityResult& result, const JudgedLevel& level);

}  // namespace muster

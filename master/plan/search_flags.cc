#include "master/plan/search_flags.h"

#include <array>
#include <cmath>
#include <utility>

#include "common/plan/units.h"
#include "common/plan/user_profile.h"
#include "master/plan/flag_table.h"
#include "master/plan/flag_values.h"
#include "master/plan/flags.h"
#include "master/plan/values.h"

namespace muster {
namespace {

constexpr const char* kSearch = "Search";
constexpr Duration kShortestConfirm = Duration::Seconds(2);
constexpr Duration kShortestBudget = Duration::Seconds(10);
constexpr Duration kLongestBudget = Duration::Seconds(24 * 3600);

StatusOr<Objective> ReadObjective(std::string_view text) { return ParseObjective(text); }

StatusOr<LoadAxis> ReadAxis(std::string_view text) {
  if (text == "rate") return LoadAxis::kRate;
  if (text == "users") return LoadAxis::kUsers;
  return InvalidArgument(Quote(std::string(text)) + " is no axis: write rate or users");
}

StatusOr<LoadFlag> ReadLoad(std::string_view text) {
  ASSIGN_OR_RETURN(const Rate rate, ReadRate(text));
  if (rate.micro_per_hour == 0) return InvalidArgument("0 is no load: write 100/s, or 50 users");
  return LoadFlag{rate.per_second(), text.find('/') != text.npos};
}

StatusOr<Duration> ReadSpan(std::string_view text, Duration least, Duration most) {
  ASSIGN_OR_RETURN(const Duration span, ParseDuration(text));
  if (span < least || span > most) {
    return InvalidArgument(FormatDuration(span) + " is not from " + FormatDuration(least) + " to " +
                           FormatDuration(most));
  }
  return span;
}
StatusOr<Duration> ReadConfirm(std::string_view text) {
  return ReadSpan(text, kShortestConfirm, Duration::Seconds(3600));
}
StatusOr<Duration> ReadBudget(std::string_view text) {
  return ReadSpan(text, kShortestBudget, kLongestBudget);
}

template <auto Read, auto Member>
Status SetSearch(std::string_view value, CommandLine& line) {
  ASSIGN_OR_RETURN((*line.plan.search).*Member, Read(value));
  return absl::OkStatus();
}

Status AddObjective(std::string_view value, CommandLine& line) {
  ASSIGN_OR_RETURN(Objective objective, ReadObjective(value));
  for (const Objective& other : line.plan.search->objectives) {
    if (other.expression == objective.expression) return InvalidArgument("given twice");
  }
  line.plan.search->objectives.push_back(std::move(objective));
  return absl::OkStatus();
}

constexpr FlagRow kFlags[] = {
    {kSearch, "--objective", 0, "'EXPR'", true,
     "what a sustained load keeps to: 'within(100ms) >= 99%', 'p99(response) < 100ms', "
     "'error_rate < 0.1%', 'not_started_rate < 0.1%' or 'dropped_syns == 0'; repeat for more",
     AddObjective},
    {kSearch, "--axis", 0, "AXIS", false,
     "search the highest rate (arrivals by the clock) or number of users; default: the plan's "
     "model, or rate",
     SetSearch<ReadAxis, &SearchFlags::axis>},
    {kSearch, "--from", 0, "LOAD", false, "begin there: 500/s, or 20 (users); default 100/s, or 10",
     SetSearch<ReadLoad, &SearchFlags::from>},
    {kSearch, "--max", 0, "LOAD", false, "go no higher", SetSearch<ReadLoad, &SearchFlags::max>},
    {kSearch, "--budget", 0, "TIME", false, "time for one search; default 5m",
     SetSearch<ReadBudget, &SearchFlags::budget>},
    {kSearch, "--confirm", 0, "TIME", false,
     "length of the level that confirms the answer, at most; default: a fifth of the budget, up to "
     "60s",
     SetSearch<ReadConfirm, &SearchFlags::confirm>},
    {kSearch, "--repeat", 0, "N", false, "search N times, each anew; default 1",
     SetSearch<ReadCount<SearchFlags::kMostRepeats>, &SearchFlags::repeat>},
    {kSearch, "--at-least", 0, "LOAD", false, "fail (exit 1) unless this much is sustained, for CI",
     SetSearch<ReadLoad, &SearchFlags::at_least>},
};

constexpr std::array<std::pair<std::string_view, std::string_view>, 15> kRefused = {{
    {"--users",
     "the search chooses the loads; --axis users searches for a number of users, --from "
     "says where it begins"},
    {"--rate",
     "the search chooses the loads; --axis rate searches for a rate, --from says where it "
     "begins"},
    {"--stage", "the search chooses the loads; --from says where it begins, --max where it ends"},
    {"--duration",
     "the search divides --budget among its levels; --confirm is the longest of them"},
    {"--iterations", "the search divides --budget among its levels"},
    {"--threshold", "what a load has to keep to is an --objective"},
    {"--abort-on", "a level that breaks an objective by far is ended early anyway"},
    {"--abort-after", "a level that breaks an objective by far is ended early anyway"},
    {"--no-thresholds", "an --objective replaces the plan's thresholds"},
    {"--by", "a search does not report by request"},
    {"--trace", "a trace is of one run, and a search makes many"},
    {"--prometheus", "live metrics are of one run, and a search makes many"},
    {"--prometheus-linger", "live metrics are of one run, and a search makes many"},
    {"--store", "a search is not kept; --out json=FILE keeps its result"},
    {"--no-store", "a search is not kept anyway"},
}};

Status CheckOutput(const OutputSpec& output) {
  switch (output.format) {
    case OutputFormat::kHlog:
    case OutputFormat::kHgrm:
      return InvalidArgument(
          "--out: a search has no histogram of its own; write json, junit, csv, markdown or html");
    case OutputFormat::kOpenMetrics:
      return InvalidArgument(
          "--out: openmetrics is of one run; write json, junit, csv, markdown or html");
    default:
      return absl::OkStatus();
  }
}

}  // namespace

std::span<const FlagRow> SearchFlagTable() { return kFlags; }

std::string_view RefusedInSearch(std::string_view flag) {
  for (const auto& [name, reason] : kRefused) {
    if (name == flag) return reason;
  }
  return {};
}

Status CheckSearch(const CommandLine& line) {
  if (!line.plan.search) return absl::OkStatus();
  const SearchFlags& search = *line.plan.search;
  for (const OutputSpec& output : line.run.outputs) RETURN_IF_ERROR(CheckOutput(output));
  if (search.confirm && *search.confirm * 2 > search.budget) {
    return InvalidArgument("--confirm: " + FormatDuration(*search.confirm) +
                           " is more than half of --budget, " + FormatDuration(search.budget));
  }
  return absl::OkStatus();
}

StatusOr<double> LoadOn(LoadAxis axis, const LoadFlag& flag) {
  if (axis == LoadAxis::kRate) return flag.load;
  if (flag.per_time) {
    return InvalidArgument(
        "a rate, and the axis is users: write a number of users, as 50, or "
        "--axis rate");
  }
  if (flag.load != std::floor(flag.load) || flag.load < 1 || flag.load > UserProfile::kMaxUsers) {
    return InvalidArgument("users are whole, from 1 to " + std::to_string(UserProfile::kMaxUsers));
  }
  return flag.load;
}

}  // namespace muster

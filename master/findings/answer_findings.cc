#include "master/findings/answer_findings.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <optional>
#include <string>

#include "absl/strings/str_join.h"
#include "master/findings/holds.h"
#include "master/results/format.h"

namespace muster {
namespace {

// ---- 13

struct MeanOfRows {
  double mean = 0;
  double error = 0;  // standard
};

MeanOfRows MeanOf(std::span<const double> values) {
  MeanOfRows of;
  const auto n = static_cast<double>(values.size());
  double squares = 0;
  for (const double value : values) of.mean += value / n;
  for (const double value : values) squares += (value - of.mean) * (value - of.mean);
  of.error = std::sqrt(squares / (n * std::max(1.0, n - 1)));
  return of;
}

struct Change {
  double before = 0, after = 0;
};

// Of one row, or nothing where it has none.
using Figure = std::function<std::optional<double>(const TimelineRow&)>;

std::optional<double> Ratio(uint64_t part, uint64_t whole) {
  if (whole == 0) return std::nullopt;
  return static_cast<double>(part) / static_cast<double>(whole);
}

// The first third against the last; nullopt: no more than they scatter.
std::optional<Change> ChangeIn(std::span<const TimelineRow> rows, const Figure& figure) {
  std::vector<double> values;
  for (const TimelineRow& row : rows) {
    if (const std::optional<double> value = figure(row)) values.push_back(*value);
  }
  if (values.size() < kChangeRows) return std::nullopt;
  const std::span<const double> all(values);
  const MeanOfRows first = MeanOf(all.first(values.size() / 3));
  const MeanOfRows last = MeanOf(all.last(values.size() / 3));
  const double errors = std::sqrt(first.error * first.error + last.error * last.error);
  if (std::abs(last.mean - first.mean) <= kChangeErrors * errors) return std::nullopt;
  return Change{first.mean, last.mean};
}

void AddChanges(std::span<const TimelineRow> rows, std::vector<std::string>* evidence) {
  const auto length = ChangeIn(
      rows, [](const TimelineRow& row) { return Ratio(row.bytes_received, row.completed); });
  if (length && std::abs(length->after - length->before) > kLengthChange * length->before) {
    evidence->push_back(
        "bytes of an answer " + FormatCount(static_cast<uint64_t>(std::llround(length->before))) +
        " in the first third, " + FormatCount(static_cast<uint64_t>(std::llround(length->after))) +
        " in the last");
  }
  for (size_t i = 0; i < 5; ++i) {
    const auto share = ChangeIn(
        rows, [i](const TimelineRow& row) { return Ratio(row.by_status_class[i], row.completed); });
    if (!share || std::abs(share->after - share->before) <= kStatusChange) continue;
    evidence->push_back("statuses " + std::to_string(i + 1) + "xx " + FormatShare(share->before) +
                        " at first, " + FormatShare(share->after) + " at the end");
  }
  const auto others = ChangeIn(rows, [](const TimelineRow& row) {
    return Ratio(row.other_fields, row.completed - std::min(row.completed, row.unexpected));
  });
  if (others && std::abs(others->after - others->before) > kFieldsChange) {
    evidence->push_back(
        "answers with other header fields than the first ones: " + FormatShare(others->before) +
        " in the first third, " + FormatShare(others->after) + " in the last");
  }
}

void AddChanged(const FindingInput& input, std::vector<Finding>* findings) {
  std::vector<std::string> evidence;
  for (const Hold& hold : HoldsOf(input.plan, LoadEndOf(input.summary))) {
    if (evidence.empty()) AddChanges(RowsIn(input.summary, hold.from, hold.to), &evidence);
  }
  if (evidence.empty()) return;
  Finding finding;
  finding.number = 13;
  finding.code = "answers_changed";
  finding.severity = Severity::kNote;
  finding.text = "the target's answers changed while the load did not";
  finding.evidence = absl::StrJoin(evidence, "; ");
  finding.advice = "latencies of unlike answers are mixed: look at the time line";
  findings->push_back(std::move(finding));
}

// ---- 14

// Expected ones: the others are in the errors already.
uint64_t ExpectedRedirects(const FindingInput& input) {
  uint64_t redirects = 0;
  const auto& requests = input.plan.spec().requests;
  for (size_t i = 0; i < input.summary.by_name.size() && i < requests.size(); ++i) {
    for (const auto& [status, count] : input.summary.by_name[i].statuses.entries()) {
      if (status / 100 == 3 && requests[i].expect.Contains(status)) redirects += count;
    }
  }
  return redirects;
}

void AddOdd(const FindingInput& input, std::vector<Finding>* findings) {
  const Counts& counts = input.summary.counts;
  std::vector<std::string> evidence;
  const auto add = [&](uint64_t n, const char* what) {
    if (n == 0 || static_cast<double>(n) < kOddAnswers * static_cast<double>(counts.completed)) {
      return;
    }
    evidence.push_back(FormatCount(n) + " " + what);
  };
  add(counts.compressed, "compressed (Content-Encoding)");
  add(counts.cached, "answered by a cache (Age, X-Cache)");
  add(ExpectedRedirects(input), "redirects or \"not modified\" (3xx), which were not followed");
  if (evidence.empty()) return;
  Finding finding;
  finding.number = 14;
  finding.code = "odd_successes";
  finding.severity = Severity::kNote;
  finding.text = "some answers that count as successes may not be what you mean to measure";
  finding.evidence =
      absl::StrJoin(evidence, "; ") + "; of " + FormatCount(counts.completed) + " completed";
  finding.advice =
      "say what is expected with expect: 200, ask without Accept-Encoding, or past the "
      "cache";
  findings->push_back(std::move(finding));
}

}  // namespace

void AddAnswerFindings(const FindingInput& input, std::vector<Finding>* findings) {
  AddChanged(input, findings);
  AddOdd(input, findings);
}

}  // namespace muster

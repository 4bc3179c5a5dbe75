#include "master/report/csv_report.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "master/results/per_second.h"

namespace muster {
namespace {

using Fields = std::vector<std::string>;

constexpr std::string_view kAggregated = "Aggregated";
// In thousandths, and as Locust heads their columns.
constexpr std::pair<uint32_t, std::string_view> kPercentiles[] = {
    {50'000, "50%"},   {66'000, "66%"},    {75'000, "75%"},  {80'000, "80%"},
    {90'000, "90%"},   {95'000, "95%"},    {98'000, "98%"},  {99'000, "99%"},
    {99'900, "99.9%"}, {99'990, "99.99%"}, {100'000, "100%"}};

std::string Quoted(const std::string& field) {
  if (field.find_first_of("\",\r\n") == std::string::npos) return field;
  std::string quoted = "\"";
  for (const char c : field) quoted += c == '"' ? "\"\"" : std::string(1, c);
  return quoted + "\"";
}

std::string CsvRow(const Fields& fields) {
  std::string row;
  for (const std::string& field : fields)
    row += (&field == fields.data() ? "" : ",") + Quoted(field);
  return row + "\r\n";
}

std::string Decimal(double value) {
  char text[64];
  std::snprintf(text, sizeof(text), "%.6f", value);
  return text;
}

// "12.1" milliseconds, to the nanosecond.
std::string MillisText(const std::optional<int64_t>& ns) {
  if (!ns) return "N/A";
  std::string text = std::to_string(*ns / 1'000'000);
  std::string fraction = std::to_string(1'000'000 + *ns % 1'000'000).substr(1);
  fraction.erase(fraction.find_last_not_of('0') + 1);
  return fraction.empty() ? text : text + "." + fraction;
}

void AddPercentileNames(Fields* fields) {
  for (const auto& [level, name] : kPercentiles) fields->emplace_back(name);
}

void AddPercentiles(const LatencySummary& latency, const Histogram& histogram, Fields* fields) {
  for (const auto& [level, name] : kPercentiles) {
    fields->push_back(MillisText(PercentileOf(latency, histogram, level)));
  }
}

// Median of `all`, average, least and greatest; Locust writes 0 where nothing is.
void AddFigures(const Histogram& histogram, uint64_t all, Fields* fields) {
  const uint64_t rank = all == 0 ? 0 : Histogram::RankOf(50'000, all);
  const bool among_failed = rank > histogram.count();
  fields->push_back(MillisText(rank == 0      ? std::optional<int64_t>(0)
                               : among_failed ? std::nullopt
                                              : std::optional(histogram.ValueAtRank(rank))));
  const auto records = static_cast<Int128>(std::max<uint64_t>(1, histogram.count()));
  fields->push_back(MillisText(static_cast<int64_t>((histogram.sum() + records / 2) / records)));
  fields->push_back(MillisText(histogram.min()));
  fields->push_back(MillisText(histogram.max()));
}

uint64_t Failures(const Counts& counts) { return counts.failed + counts.unexpected; }

std::string ContentSize(uint64_t bytes, uint64_t completed) {
  return completed == 0 ? "0"
                        : Decimal(static_cast<double>(bytes) / static_cast<double>(completed));
}

// Of the stages that by_name is about.
Duration MeasuredLength(const RunSummary& s) {
  Duration length;
  for (const StageSummary& stage : s.stages) {
    if (stage.measured) length = length + (stage.to - stage.from);
  }
  return length > Duration() ? length : s.load_duration;
}

std::string Stats(const RunSummary& s) {
  Fields head = {"Type",
                 "Name",
                 "Request Count",
                 "Failure Count",
                 "Median Response Time",
                 "Average Response Time",
                 "Min Response Time",
                 "Max Response Time",
                 "Average Content Size",
                 "Requests/s",
                 "Failures/s"};
  AddPercentileNames(&head);
  std::string text = CsvRow(head);
  const Duration length = MeasuredLength(s);
  const auto add = [&](const std::string& type, std::string_view name, const Counts& counts,
                       const LatencySummary& latency, double rate) {
    Fields fields = {type, std::string(name), std::to_string(counts.completed + counts.failed),
                     std::to_string(Failures(counts))};
    const Histogram histogram = HistogramOf(latency);
    AddFigures(histogram, latency.count, &fields);
    fields.push_back(ContentSize(counts.bytes_received, counts.completed));
    fields.push_back(Decimal(rate));
    fields.push_back(Decimal(PerSecond(Failures(counts), length)));
    AddPercentiles(latency, histogram, &fields);
    text += CsvRow(fields);
  };
  Counts all;
  for (const NameSummary& name : s.by_name) {
    all.Add(name.counts);
    add(name.method, name.name, name.counts, name.latency.response_all, name.rate_per_s);
  }
  add("", kAggregated, all, s.latency.response_all, PerSecond(all.load_completed, length));
  return text;
}

// What a name's, or the run's, rows have come to.
struct SoFar {
  std::string type, name;
  const std::vector<TimelineRow>* rows = nullptr;
  size_t next = 0;
  uint64_t requests = 0, failures = 0, bytes = 0;
  Histogram response{};
};

std::string HistoryRow(const RunSummary& s, SoFar* so_far) {
  const TimelineRow& row = (*so_far->rows)[so_far->next++];
  const uint64_t failures = row.failed + row.unexpected;
  so_far->requests += row.completed + row.failed;
  so_far->failures += failures;
  so_far->bytes += row.bytes_received;
  const Histogram response = HistogramOf(row.response);
  so_far->response.Merge(response);
  const int64_t ended = s.started_at.nanos() + row.end.nanos();
  Fields fields = {std::to_string(ended / 1'000'000'000),
                   "",
                   so_far->type,
                   so_far->name,
                   Decimal(PerSecond(row.completed, row.end - row.start)),
                   Decimal(PerSecond(failures, row.end - row.start))};
  // Failed ones rank last here too; what was not started belongs to no interval's requests.
  LatencySummary ended_in_row;
  ended_in_row.count = row.completed + row.failed;
  AddPercentiles(ended_in_row, response, &fields);
  fields.push_back(std::to_string(so_far->requests));
  fields.push_back(std::to_string(so_far->failures));
  AddFigures(so_far->response, so_far->requests, &fields);
  fields.push_back(ContentSize(so_far->bytes, so_far->response.count()));
  return CsvRow(fields);
}

std::string History(const RunSummary& s) {
  Fields head = {"Timestamp", "User Count", "Type", "Name", "Requests/s", "Failures/s"};
  AddPercentileNames(&head);
  for (const char* name :
       {"Total Request Count", "Total Failure Count", "Total Median Response Time",
        "Total Average Response Time", "Total Min Response Time", "Total Max Response Time",
        "Total Average Content Size"}) {
    head.emplace_back(name);
  }
  std::string text = CsvRow(head);
  std::vector<SoFar> names;
  for (const NameSummary& name : s.by_name) {
    if (!name.timeline.empty()) names.push_back({name.method, name.name, &name.timeline});
  }
  SoFar all{"", std::string(kAggregated), &s.timeline};
  while (all.next < s.timeline.size()) {
    // A name's rows may be longer: each stands where it ends, the last before the run's last.
    const bool last = all.next + 1 == s.timeline.size();
    for (SoFar& name : names) {
      while (name.next < name.rows->size() &&
             (last || (*name.rows)[name.next].end <= s.timeline[all.next].end)) {
        text += HistoryRow(s, &name);
      }
    }
    text += HistoryRow(s, &all);
  }
  return text;
}

std::string FailureRows(const RunSummary& s) {
  std::string text = CsvRow({"Method", "Name", "Error", "Occurrences"});
  for (const NameSummary& name : s.by_name) {
    for (size_t i = 0; i < kErrorClasses; ++i) {
      if (name.counts.errors[i] == 0) continue;
      text += CsvRow({name.method, name.name, std::string(kErrorNames[i]),
                      std::to_string(name.counts.errors[i])});
    }
    if (name.counts.unexpected == 0) continue;
    text += CsvRow({name.method, name.name, "unexpected", std::to_string(name.counts.unexpected)});
  }
  return text;
}

}  // namespace

CsvReport MakeCsvReport(const RunSummary& s) { return {Stats(s), History(s), FailureRows(s)}; }

}  // namespace muster

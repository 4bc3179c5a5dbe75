#include "master/suite/suite_columns.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <optional>

#include "master/results/format.h"

namespace muster {
namespace {

constexpr const char* kUnknown = "-";

std::string FixedText(double value, int decimals) {
  char text[64];
  std::snprintf(text, sizeof text, "%.*f", decimals, value);
  return text;
}

// A figure of the row's repeat.
template <auto Member>
auto FigureOf(const SuiteRow& row) {
  return row.figures ? (*row.figures).*Member : decltype((*row.figures).*Member){};
}
template <auto Member>
std::optional<double> CapacityOf(const SuiteRow& row) {
  if (!row.figures || !row.figures->capacity) return std::nullopt;
  return row.figures->capacity->per_s.*Member;
}

template <auto Member>
std::string CountText(const SuiteRow& row) {
  const auto count = FigureOf<Member>(row);
  return count ? FormatCount(*count) : kUnknown;
}
template <auto Member>
std::string CountRaw(const SuiteRow& row) {
  const auto count = FigureOf<Member>(row);
  return count ? std::to_string(*count) : "";
}

// `among_failed`: it is a percentile over all that was due.
template <auto Member, bool among_failed>
std::string LatencyText(const SuiteRow& row) {
  const auto ns = FigureOf<Member>(row);
  if (ns) return FormatLatency(*ns);
  const bool some = FigureOf<&CellFigures::failed>(row).value_or(0) > 0 ||
                    FigureOf<&CellFigures::not_started>(row).value_or(0) > 0;
  return among_failed && some ? "failed" : kUnknown;
}
template <auto Member>
std::string LatencyRaw(const SuiteRow& row) {
  const auto ns = FigureOf<Member>(row);
  return ns ? MillisOf(*ns) : "";
}

std::string PerSecondText(const std::optional<double>& rate) {
  return rate ? FormatRatePerSecond(*rate) : kUnknown;
}
std::string NumberRaw(const std::optional<double>& value) {
  return value ? FixedText(*value, 6) : "";
}
std::string PercentText(const std::optional<double>& share) {
  return share ? FixedText(*share * 100, 0) + " %" : kUnknown;
}

std::string TextOrUnknown(const std::string& text) { return text.empty() ? kUnknown : text; }

// On the axis of users with their number: "1,890/s, 45 users".
std::string EstimateText(const SuiteRow& row) {
  const auto estimate = CapacityOf<&CapacityNumbers::estimate>(row);
  const auto least = CapacityOf<&CapacityNumbers::at_least>(row);
  if (!estimate && !least) return kUnknown;
  std::string text = (estimate ? "" : "at least ") + PerSecondText(estimate ? estimate : least);
  const auto& users = row.figures->capacity->users;
  const auto number = !users ? std::nullopt : estimate ? users->estimate : users->at_least;
  if (number) text += ", " + FixedText(*number, 0) + " users";
  return text;
}

std::string IntervalText(const SuiteRow& row) {
  const auto low = CapacityOf<&CapacityNumbers::low>(row);
  const auto high = CapacityOf<&CapacityNumbers::high>(row);
  if (!low || !high) return kUnknown;
  return PerSecondText(low) + " to " + PerSecondText(high);
}

std::string LimitedBy(const SuiteRow& row) {
  return row.figures && row.figures->capacity ? row.figures->capacity->limited_by : "";
}

std::string RepeatsText(const SuiteRow& row) {
  return std::to_string(row.repeats_measured) + "/" + std::to_string(row.repeats_wanted);
}

std::string NotEnforced(const SuiteRow& row) {
  std::string text;
  for (const std::string& what : row.not_enforced) text += (text.empty() ? "" : "; ") + what;
  return text;
}

std::string Hyphened(std::string verdict) {
  std::replace(verdict.begin(), verdict.end(), '_', '-');
  return verdict;
}

constexpr SuiteColumn kColumns[] = {
    {"rank", "rank", true, [](const SuiteRow& r) { return TextOrUnknown(r.rank); },
     [](const SuiteRow& r) { return r.rank; }},
    {"target", "target", false, [](const SuiteRow& r) { return r.target; },
     [](const SuiteRow& r) { return r.target; }},
    {"version", "version", false, [](const SuiteRow& r) { return TextOrUnknown(r.version); },
     [](const SuiteRow& r) { return r.version; }},
    {"plan", "plan", false, [](const SuiteRow& r) { return r.plan; },
     [](const SuiteRow& r) { return r.plan; }},
    {"load", "load", false, [](const SuiteRow& r) { return TextOrUnknown(r.load); },
     [](const SuiteRow& r) { return r.load; }},
    {"requests_total", "requests", true, CountText<&CellFigures::requests_total>,
     CountRaw<&CellFigures::requests_total>},
    {"rate_per_s", "rate", true,
     [](const SuiteRow& r) { return PerSecondText(FigureOf<&CellFigures::rate_per_s>(r)); },
     [](const SuiteRow& r) { return NumberRaw(FigureOf<&CellFigures::rate_per_s>(r)); }},
    {"duration_s", "duration", true,
     [](const SuiteRow& r) {
       const auto length = FigureOf<&CellFigures::duration_s>(r);
       return length ? FormatSpan(Duration::Nanos(std::llround(*length * 1e9))) : kUnknown;
     },
     [](const SuiteRow& r) { return NumberRaw(FigureOf<&CellFigures::duration_s>(r)); }},
    {"median_ms", "median", true, LatencyText<&CellFigures::median_ns, true>,
     LatencyRaw<&CellFigures::median_ns>},
    {"mean_ms", "mean", true, LatencyText<&CellFigures::mean_ns, false>,
     LatencyRaw<&CellFigures::mean_ns>},
    {"p99_ms", "p99", true, LatencyText<&CellFigures::p99_ns, true>,
     LatencyRaw<&CellFigures::p99_ns>},
    {"max_ms", "max", true, LatencyText<&CellFigures::max_ns, false>,
     LatencyRaw<&CellFigures::max_ns>},
    {"failed", "failed", true, CountText<&CellFigures::failed>, CountRaw<&CellFigures::failed>},
    {"unexpected", "bad status", true, CountText<&CellFigures::unexpected>,
     CountRaw<&CellFigures::unexpected>},
    {"dropped_syns", "SYN drops", true, CountText<&CellFigures::dropped_syns>,
     CountRaw<&CellFigures::dropped_syns>},
    {"reuse", "reuse", true,
     [](const SuiteRow& r) {
       const auto reuse = FigureOf<&CellFigures::reuse>(r);
       return reuse ? FormatShare(*reuse) : kUnknown;
     },
     [](const SuiteRow& r) { return NumberRaw(FigureOf<&CellFigures::reuse>(r)); }},
    {"generator_cpu", "generator CPU", true,
     [](const SuiteRow& r) { return PercentText(r.use.generator_cpu); },
     [](const SuiteRow& r) { return NumberRaw(r.use.generator_cpu); }},
    {"target_cpu", "target CPU", true,
     [](const SuiteRow& r) { return PercentText(r.use.target_cpu); },
     [](const SuiteRow& r) { return NumberRaw(r.use.target_cpu); }},
    {"target_memory_mib", "memory", true,
     [](const SuiteRow& r) {
       const auto bytes = r.use.target_memory_bytes;
       return bytes ? FixedText(static_cast<double>(*bytes) / (1 << 20), 0) + " MiB" : kUnknown;
     },
     [](const SuiteRow& r) {
       const auto bytes = r.use.target_memory_bytes;
       return bytes ? FixedText(static_cast<double>(*bytes) / (1 << 20), 3) : "";
     }},
    {"capacity_per_s", "capacity", true, EstimateText,
     [](const SuiteRow& r) { return NumberRaw(CapacityOf<&CapacityNumbers::estimate>(r)); }},
    {"capacity_low_per_s", "95 % interval", true, IntervalText,
     [](const SuiteRow& r) { return NumberRaw(CapacityOf<&CapacityNumbers::low>(r)); }},
    {"capacity_high_per_s", nullptr, true, nullptr,
     [](const SuiteRow& r) { return NumberRaw(CapacityOf<&CapacityNumbers::high>(r)); }},
    {"sustained_per_s", "sustained", true,
     [](const SuiteRow& r) { return PerSecondText(CapacityOf<&CapacityNumbers::sustained>(r)); },
     [](const SuiteRow& r) { return NumberRaw(CapacityOf<&CapacityNumbers::sustained>(r)); }},
    {"failed_at_per_s", "failed at", true,
     [](const SuiteRow& r) { return PerSecondText(CapacityOf<&CapacityNumbers::failed_at>(r)); },
     [](const SuiteRow& r) { return NumberRaw(CapacityOf<&CapacityNumbers::failed_at>(r)); }},
    {"at_least_per_s", nullptr, true, nullptr,
     [](const SuiteRow& r) { return NumberRaw(CapacityOf<&CapacityNumbers::at_least>(r)); }},
    {"limited_by", "limited by", false,
     [](const SuiteRow& r) { return TextOrUnknown(LimitedBy(r)); },
     [](const SuiteRow& r) { return LimitedBy(r); }},
    {"repeats", "repeats", true, RepeatsText,
     [](const SuiteRow& r) { return std::to_string(r.repeats_measured); }},
    {"verdict", "verdict", false, [](const SuiteRow& r) { return Hyphened(r.verdict); },
     [](const SuiteRow& r) { return r.verdict; }},
    {"reason", "reason", false, [](const SuiteRow& r) { return r.reason; },
     [](const SuiteRow& r) { return r.reason; }},
    {"not_enforced", "not enforced", false, NotEnforced, NotEnforced},
    {"disturbed", nullptr, false, nullptr, [](const SuiteRow& r) { return r.disturbed; }},
};

}  // namespace

std::span<const SuiteColumn> SuiteColumns() { return kColumns; }

std::string MillisOf(int64_t ns) {
  std::string text = std::to_string(ns / 1'000'000);
  std::string fraction = std::to_string(1'000'000 + ns % 1'000'000).substr(1);
  fraction.erase(fraction.find_last_not_of('0') + 1);
  return fraction.empty() ? text : text + "." + fraction;
}

}  // namespace muster

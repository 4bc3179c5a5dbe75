#include "master/plan/describe.h"

#include <algorithm>
#include <cstdio>
#include <span>
#include <string_view>

#include "common/base/int128.h"
#include "common/plan/units.h"
#include "master/plan/threshold_warnings.h"
#include "master/plan/tls_settings.h"
#include "master/plan/values.h"

namespace muster {
namespace {

constexpr uint64_t kOwnDescriptors = 64;   // of the program beside its connections
constexpr uint64_t kTimeWaitSeconds = 60;  // how long Linux keeps the port of a closed connection
constexpr size_t kShownSegments = 4;       // of one stage

std::string Thousands(uint64_t value) {
  std::string digits = std::to_string(value);
  for (size_t i = digits.size(); i > 3;) {
    i -= 3;
    digits.insert(i, ",");
  }
  return digits;
}

std::string Padded(std::string text, size_t width) {
  if (text.size() < width) text.append(width - text.size(), ' ');
  return text;
}

// "label       text".
std::string Line(std::string_view label, const std::string& text) {
  return Padded(std::string(label), 12) + text + "\n";
}

std::string Plural(uint64_t count, const char* singular) {
  return Thousands(count) + " " + singular + (count == 1 ? "" : "s");
}

std::string TargetText(const Target& target) {
  if (target.kind == Target::Kind::kUnix) return "http+unix://" + target.socket_path;
  return (target.tls ? "https://" : "http://") + target.authority;
}

std::string HttpText(const PlanSpec& spec) {
  const bool tls = spec.target.tls;
  if (spec.http == HttpVersion::kAuto && tls) {
    return "HTTP/2 or HTTP/1.1, as the target chooses" +
           (spec.streams == 0 ? "" : "; at most " + Plural(spec.streams, "stream"));
  }
  if (spec.http != HttpVersion::k2) return "HTTP/1.1";
  const std::string streams = spec.streams == 0 ? "as many streams as the target allows"
                                                : "at most " + Plural(spec.streams, "stream");
  return "HTTP/2" + std::string(tls ? ", " : " by prior knowledge, ") + streams +
         " on a connection";
}

std::string Level(Rate rate) { return FormatRate(rate); }
std::string Level(uint32_t users) { return Plural(users, "user"); }

template <typename Segment>
std::string SegmentText(const Segment& segment) {
  if (segment.from == segment.to) {
    return Level(segment.to) + " for " + FormatDuration(segment.length);
  }
  return Level(segment.from) + " to " + Level(segment.to) + " over " +
         FormatDuration(segment.length);
}

// The stage's segments, the first few and the last when there are many.
template <typename Segment>
std::string StageText(const std::vector<Segment>& segments, uint16_t stage) {
  std::vector<std::string> parts;
  for (const Segment& segment : segments) {
    if (segment.stage == stage) parts.push_back(SegmentText(segment));
  }
  if (parts.size() > kShownSegments) {
    const std::string last = parts.back();
    parts.resize(kShownSegments - 2);
    parts.push_back("...");
    parts.push_back(last);
  }
  std::string text;
  for (const std::string& part : parts) text += (text.empty() ? "" : ", ") + part;
  return text;
}

// Iterations due before `end`, the plan's limit applied.
uint64_t DueBefore(const Plan& plan, RunTime end) {
  const uint64_t due = end >= plan.rates().end() ? plan.rates().total()
                                                 : plan.rates().DueBy(end - Duration::Nanos(1));
  return std::min(due, plan.total_iterations());
}

// Iterations that an even plan has in each stage; empty in the closed model, where the target
// decides.
std::vector<uint64_t> ExpectedByStage(const Plan& plan) {
  if (!plan.open()) return {};
  std::vector<uint64_t> expected(plan.spec().stages.size());
  RunTime start;
  uint64_t before = 0;
  for (uint16_t s = 0; s < expected.size(); ++s) {
    start += plan.StageLength(s);
    const uint64_t due = DueBefore(plan, start);
    expected[s] = due - before;
    before = due;
  }
  return expected;
}

std::string DescribeStages(const Plan& plan) {
  const std::vector<Stage>& stages = plan.spec().stages;
  const std::vector<uint64_t> expected = ExpectedByStage(plan);
  size_t width = 0;
  for (const Stage& stage : stages) width = std::max(width, stage.name.size());
  std::string text = "stages\n";
  for (uint16_t s = 0; s < stages.size(); ++s) {
    text += "  " + Padded(stages[s].name, width + 2);
    text += plan.open() ? StageText(plan.open_load().segments, s)
                        : StageText(plan.closed_load().segments, s);
    if (!expected.empty()) text += "  " + Plural(expected[s], "iteration");
    text += stages[s].measure ? "\n" : "  (not measured)\n";
  }
  return text;
}

std::string ModelText(const Plan& plan) {
  if (plan.open()) {
    return plan.open_load().arrivals == ArrivalKind::kPoisson ? "open, Poisson arrivals"
                                                              : "open, even arrivals";
  }
  const ClosedLoad& load = plan.closed_load();
  if (load.think_max == Duration()) return "closed, no think time";
  const std::string low = FormatDuration(load.think_min);
  if (load.think_min == load.think_max) return "closed, think time " + low;
  return "closed, think time " + low + ".." + FormatDuration(load.think_max);
}

std::string IterationsText(const Plan& plan) {
  if (plan.open()) return Thousands(plan.total_iterations()) + " expected";
  const std::string limit =
      plan.spec().iterations ? "at most " + Thousands(*plan.spec().iterations) + ": " : "";
  return limit + "as many as the target's responses allow";
}

std::string Percent(uint64_t part, uint64_t whole) {
  const uint64_t tenths = (part * 1000 + whole / 2) / whole;
  return std::to_string(tenths / 10) + "." + std::to_string(tenths % 10) + " %";
}

std::string DescribeRequests(const Plan& plan) {
  const auto& requests = plan.spec().requests;
  uint64_t weights = 0;
  size_t width = 0;
  for (const RequestSpec& request : requests) {
    weights += request.weight;
    width = std::max(width, request.name.size());
  }
  std::string text = "requests\n";
  for (const RequestSpec& request : requests) {
    text += "  " + Padded(request.name, width + 2) + Padded(Percent(request.weight, weights), 9) +
            request.method + " " + request.path;
    if (!request.body.empty()) text += "  body " + Plural(request.body.size(), "byte");
    text += "  timeout " + FormatDuration(request.timeout);
    text += "  expect " + FormatExpect(request.expect) + "\n";
  }
  return text;
}

std::string LimitsText(const Plan& plan) {
  const std::string sockets = Plural(plan.connections(), "connection") +
                              (plan.spec().reuse_connections ? "" : ", a new one per request") +
                              (plan.own_connections() ? ", each user its own" : "");
  if (!plan.open()) return sockets;
  return Thousands(plan.max_in_flight()) + " in flight, " + sockets + ", max lateness " +
         FormatDuration(plan.open_load().max_lateness);
}

std::string DescribeThresholds(const Plan& plan) {
  const auto& thresholds = plan.spec().thresholds;
  if (thresholds.empty()) return Line("thresholds", "none");
  std::string text = "thresholds\n";
  for (const Threshold& threshold : thresholds) {
    text += "  " + threshold.expression + (threshold.is_default ? "  (default)" : "");
    if (threshold.abort) {
      text += "  (ends the run, from " + FormatDuration(threshold.abort_after) + " on)";
    }
    text += "\n";
  }
  return text;
}

std::string Seconds(double seconds) {
  char text[32];
  std::snprintf(text, sizeof text, "%.1fs", seconds);
  return text;
}

// How long the target may stall at the peak rate before iterations are not started.
std::string StallText(const Plan& plan) {
  const double peak = plan.rates().peak().per_second();
  if (peak <= 0) return "";
  return "; a stall of " + Seconds(plan.max_in_flight() / peak) +
         " at the peak fills max_in_flight";
}

void WarnOfPorts(const Plan& plan, const HostLimits& host, std::vector<std::string>& warnings) {
  const std::string has = "this host has " + Thousands(host.local_ports);
  if (plan.connections() > host.local_ports) {
    warnings.push_back("ports: " + Plural(plan.connections(), "connection") +
                       " to one address need as many local ports; " + has);
  }
  if (plan.spec().reuse_connections || !plan.open()) return;
  const Int128 a_minute = static_cast<Int128>(plan.rates().peak().micro_per_hour) *
                          static_cast<int64_t>(kTimeWaitSeconds) / Rate::kPerSecond;
  if (a_minute > static_cast<Int128>(host.local_ports)) {
    warnings.push_back("ports: a new connection per request at " + FormatRate(plan.rates().peak()) +
                       " may hold " + Thousands(static_cast<uint64_t>(a_minute)) +
                       " ports in TIME_WAIT; " + has);
  }
}

}  // namespace

std::vector<std::string> HostWarnings(const Plan& plan, const HostLimits& host) {
  std::vector<std::string> warnings;
  const uint64_t needed = plan.connections() + kOwnDescriptors;
  if (needed > host.descriptors) {
    warnings.push_back("descriptors: " + Plural(plan.connections(), "connection") + " need about " +
                       Thousands(needed) + "; this process may open " +
                       Thousands(host.descriptors) + " (ulimit -Hn)");
  }
  if (plan.spec().target.kind == Target::Kind::kTcp) WarnOfPorts(plan, host, warnings);
  return warnings;
}

std::string DescribePlan(const LoadedPlan& loaded, const HostLimits& host) {
  const Plan& plan = loaded.plan;
  const PlanSpec& spec = plan.spec();
  std::string text = Line("plan", spec.name);
  text += Line("target", TargetText(spec.target));
  text += Line("protocol", HttpText(spec));
  if (spec.target.tls) text += Line("tls", DescribeTls(spec.tls, spec.target));
  text += Line("load", ModelText(plan) + ", " + FormatDuration(plan.load_end() - RunTime()) +
                           " + drain of at most " + FormatDuration(spec.drain));
  text += DescribeStages(plan);
  text += Line("iterations", IterationsText(plan));
  text += Line("peak", plan.open() ? FormatRate(plan.rates().peak()) + StallText(plan)
                                   : Plural(plan.users().peak(), "user"));
  text += DescribeRequests(plan);
  text += Line("limits", LimitsText(plan));
  text += DescribeThresholds(plan);
  text +=
      Line("seed", loaded.seed_given ? std::to_string(spec.seed) : "drawn at the start of a run");
  for (const std::string& note : loaded.notes) text += Line("note", note);
  for (const std::string& warning : ThresholdWarnings(plan)) text += Line("warning", warning);
  const std::vector<std::string> warnings = HostWarnings(plan, host);
  if (warnings.empty()) {
    text += Line("this host", Thousands(host.descriptors) + " descriptors and " +
                                  Thousands(host.local_ports) + " local ports suffice");
  }
  for (const std::string& warning : warnings) text += Line("warning", warning);
  return text;
}

}  // namespace muster

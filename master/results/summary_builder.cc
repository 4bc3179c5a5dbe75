#include "master/results/summary_builder.h"

#include <algorithm>

#include "common/base/check.h"
#include "common/plan/units.h"
#include "master/results/format.h"
#include "master/results/per_second.h"
#include "master/results/request_groups.h"
#include "master/results/threshold_eval.h"
#include "master/results/verdict.h"

namespace muster {
namespace {

LatencyTable TableOf(const LatencySet& latency, uint64_t due) {
  LatencyTable table;
  for (size_t kind = 0; kind < kLatencyKinds; ++kind) {
    table.by_kind[kind] = Summarize(latency[kind]);
  }
  table.response_all = Summarize(latency[static_cast<size_t>(LatencyKind::kResponse)], due);
  return table;
}

// A limit of iterations ends a closed load before the plan's time is over, with the last response.
// An open one asks for what is due until its end, even when nobody is left to send it.
RunTime LoadEnd(const Plan& plan, const SessionFacts& facts) {
  return plan.open() ? facts.load_end : std::min(facts.load_end, facts.ended);
}

void AddIdentity(const Plan& plan, const SessionFacts& facts, RunSummary* summary) {
  summary->tool_version = facts.tool_version;
  summary->id = facts.run_id;
  summary->name = plan.spec().name;
  summary->plan_hash = facts.plan_hash;
  summary->load_hash = facts.load_hash;
  summary->seed = plan.spec().seed;
  summary->started_at = facts.started_at;
  summary->duration = facts.ended - RunTime();
  summary->load_duration = LoadEnd(plan, facts) - RunTime();
  summary->model = plan.open() ? "open" : "closed";
  summary->target = facts.target.empty() ? TargetText(plan.spec().target) : facts.target;
  summary->asked = AskedText(plan);
  summary->poisson = plan.open() && plan.open_load().arrivals == ArrivalKind::kPoisson;
  summary->insecure_control = facts.insecure_control;
  summary->insecure_target = plan.insecure_target();
}

void AddTotals(const RunMerger& merger, RunSummary* summary) {
  summary->counts = merger.totals();
  summary->statuses = merger.statuses();
  for (const WorkerTotals& worker : merger.workers()) {
    summary->iterations_in_flight += worker.in_flight;
    summary->iterations_lost += worker.iterations_lost;
    summary->requests_in_flight += worker.requests_in_flight;
    summary->requests_lost += worker.requests_lost;
  }
  summary->rate_per_s = PerSecond(summary->counts.completed, summary->duration);
  summary->load_rate_per_s = PerSecond(summary->counts.load_completed, summary->load_duration);
  if (merger.plan().open()) {
    summary->asked_rate_per_s = PerSecond(summary->counts.due, summary->load_duration);
  }
}

std::vector<TimelineRow> TimelineRows(const Timeline& timeline) {
  std::vector<TimelineRow> rows;
  uint64_t in_flight = 0;
  for (size_t i = 0; i < timeline.rows().size(); ++i) {
    const Timeline::Row& from = timeline.rows()[i];
    in_flight += from.started;
    in_flight -= std::min(in_flight, from.done);
    TimelineRow row;
    row.start = timeline.RowStart(i);
    row.end = row.start + timeline.row_length();
    row.due = from.due;
    row.not_started = from.not_started;
    row.started = from.started;
    row.completed = from.completed;
    row.failed = from.failed;
    row.unexpected = from.unexpected;
    row.bytes_received = from.bytes_received;
    row.by_status_class = from.by_status_class;
    row.other_fields = from.other_fields;
    row.in_flight = in_flight;
    row.response = Summarize(timeline.Response(i));
    rows.push_back(row);
  }
  return rows;
}

Cell SumOf(const RunMerger& merger, const std::vector<uint16_t>& requests) {
  Cell sum;
  for (const uint16_t request : requests) sum.Merge(merger.OfName(request));
  return sum;
}

// `part`: what was counted of a name, or of a value of a tag.
template <typename Part>
void AddPart(const Cell& cell, Duration measured, Part* part) {
  part->counts = cell.counts;
  part->statuses = cell.statuses;
  part->latency = TableOf(cell.latency, cell.counts.due);
  part->rate_per_s = PerSecond(cell.counts.load_completed, measured);
}

void AddMeasured(const RunMerger& merger, RunTime load_end, RunSummary* summary) {
  const Plan& plan = merger.plan();
  const Duration measured = StageLengthAsRun(plan, std::nullopt, load_end);
  const Cell all = merger.Select(Scope{});
  summary->latency = TableOf(all.latency, all.counts.due);
  summary->latency_failed = TableOf(all.latency_failed, 0);
  for (const NameGroup& group : GroupByName(plan.spec().requests)) {
    NameSummary& name = summary->by_name.emplace_back();
    name.name = group.name;
    name.tags = group.tags;
    name.method = group.method;
    AddPart(SumOf(merger, group.requests), measured, &name);
    const Timeline& timeline = merger.TimelineOfName(group.requests.front());
    if (&timeline != &merger.timeline()) name.timeline = TimelineRows(timeline);
  }
  TagGroups tags = GroupByTag(plan.spec().requests);
  for (const TagGroup& group : tags.groups) {
    TagSummary& tag = summary->by_tag.emplace_back();
    tag.key = group.key;
    tag.value = group.value;
    AddPart(SumOf(merger, group.requests), measured, &tag);
  }
  summary->notes = std::move(tags.notes);
}

std::vector<StageSummary> Stages(const Plan& plan, RunTime load_end) {
  std::vector<StageSummary> stages;
  const auto add = [&](uint16_t stage, RunTime from, RunTime to) {
    if (from >= load_end) return;
    const Stage& of = plan.spec().stages[stage];
    if (!stages.empty() && stages.back().name == of.name) {
      stages.back().to = std::min(to, load_end);
    } else {
      stages.push_back({of.name, from, std::min(to, load_end), of.measure});
    }
  };
  RunTime from;
  if (plan.open()) {
    for (const RateSegment& segment : plan.rates().segments()) {
      add(segment.stage, from, from + segment.length);
      from = from + segment.length;
    }
  } else {
    for (const UserSegment& segment : plan.users().segments()) {
      add(segment.stage, from, from + segment.length);
      from = from + segment.length;
    }
  }
  return stages;
}

std::vector<FirstSight> FirstSights(const RunMerger& merger, const SessionFacts& facts) {
  std::vector<FirstSight> sights;
  const auto add = [&](std::string what, const std::optional<Sighting>& sighting) {
    if (!sighting) return;
    sights.push_back({std::move(what), RunTime() + merger.plan().interval() * sighting->interval,
                      facts.workers[sighting->worker].name,
                      merger.plan().spec().requests[sighting->name].name});
  };
  for (size_t i = 0; i < kErrorClasses; ++i) {
    add(std::string(kErrorNames[i]), merger.first_seen().Of(static_cast<ErrorClass>(i)));
  }
  for (const auto& [status, count] : merger.statuses().entries()) {
    add(std::to_string(status), merger.first_seen().OfStatus(status));
  }
  return sights;
}

WorkerSummary SummarizeWorker(const WorkerTotals& totals, const WorkerFacts& facts) {
  WorkerSummary worker;
  worker.name = facts.name;
  worker.state = facts.state;
  worker.due = totals.counts.due;
  worker.started = totals.counts.started;
  worker.completed = totals.counts.completed;
  worker.failed = totals.counts.failed;
  worker.batches = totals.batches;
  worker.clock_offset = facts.clock_offset;
  worker.clock_error = facts.clock_error;
  const GeneratorHealth& health =
      totals.load_health.span_ns > 0 ? totals.load_health : totals.health;
  if (health.span_ns > 0) {
    worker.busy =
        std::min(1.0, static_cast<double>(health.handler_ns) / static_cast<double>(health.span_ns));
  }
  worker.lag = Summarize(totals.lag);
  worker.completions = totals.services;
  if (totals.services > 0) {
    worker.service_mean_ns =
        static_cast<int64_t>(totals.service_sum / static_cast<Int128>(totals.services));
  }
  worker.health = health;
  worker.health.listen_drops = totals.health.listen_drops;  // the last may be known after the load
  worker.seconds = totals.watch.seconds();
  worker.amber_seconds = totals.watch.amber();
  worker.red_seconds = totals.watch.red();
  worker.worst = totals.watch.worst();
  worker.group = facts.group;
  return worker;
}

// Workers whose books are not closed although nobody said why.
std::vector<std::string> UnfinishedWorkers(const RunMerger& merger, const SessionFacts& facts) {
  std::vector<std::string> reasons;
  for (uint32_t i = 0; i < merger.workers().size(); ++i) {
    if (merger.workers()[i].last || merger.lost(i)) continue;
    reasons.push_back("worker " + facts.workers[i].name + " never sent its last batch");
  }
  return reasons;
}

// What ended a run has failed, even if what ended afterwards made up for it. Returns what to say.
std::string MarkAborted(const AbortDecision& decision,
                        std::vector<ThresholdJudgement>* judgements) {
  ThresholdJudgement& judgement = judgements->at(decision.threshold);
  if (judgement.result.passed) judgement.passes_without_generator_faults = false;
  judgement.result.passed = false;
  judgement.result.aborted_at = decision.at;
  return judgement.result.threshold.expression + " at " + FormatRunClock(decision.at) +
         ", observed " + decision.observed_text;
}

// So that nobody takes the run for one of the plan as it was written.
void NoteHolds(const Plan& plan, RunTime load_end, RunSummary* summary) {
  for (const HeldTime::Stop& stop : plan.held().stops()) {
    if (stop.at >= load_end) return;
    const RunTime to = std::min(stop.at + stop.length, load_end);
    summary->notes.push_back("by hand, from " + FormatRunClock(stop.at) + " to " +
                             FormatRunClock(to) + ": " + HeldText(plan, stop.at));
  }
}

void AddVerdict(const RunMerger& merger, const SessionFacts& facts, RunSummary* summary) {
  VerdictInput input;
  input.open = merger.plan().open();
  input.counts = summary->counts;
  input.measured = merger.Select(Scope{}).counts;
  input.iterations_lost = summary->iterations_lost;
  input.thresholds = EvaluateThresholds(merger, LoadEnd(merger.plan(), facts));
  input.workers = summary->workers;
  input.losses = summary->losses;
  input.book_errors = merger.AuditBooks(/*at_end=*/true);
  input.incomplete_reasons = facts.incomplete_reasons;
  for (std::string& reason : UnfinishedWorkers(merger, facts)) {
    input.incomplete_reasons.push_back(std::move(reason));
  }
  input.internal_error = facts.internal_error;
  input.interrupted_by = facts.interrupted_by;
  if (facts.aborted) input.aborted_by = MarkAborted(*facts.aborted, &input.thresholds);
  input.lag = summary->latency.by_kind[static_cast<size_t>(LatencyKind::kLag)];

  Judged judged = JudgeRun(input);
  summary->books_balanced = input.book_errors.empty();
  for (const ThresholdJudgement& judgement : input.thresholds) {
    summary->thresholds.push_back(judgement.result);
    const size_t i = summary->thresholds.size() - 1;
    if (i < facts.threshold_places.size()) {
      summary->thresholds.back().where = facts.threshold_places[i];
    }
  }
  summary->verdict = std::move(judged.verdict);
  summary->exit_code = judged.exit_code;
  for (std::string& note : judged.notes) summary->notes.push_back(std::move(note));
  if (merger.trace_dropped() > 0) {
    summary->notes.push_back(FormatCount(merger.trace_dropped()) +
                             " trace lines beyond the limit were not kept");
  }
  if (facts.insecure_control) {
    summary->notes.push_back("the control channel had no TLS (--insecure-control)");
  }
  if (summary->insecure_target) {
    summary->notes.push_back("the target's certificate was not verified (--insecure-target)");
  }
}

std::string RangeText(const std::string& least, const std::string& most) {
  return least == most ? most : least + " to " + most;
}

}  // namespace

std::string AskedText(const Plan& plan) {
  if (plan.open()) {
    Rate least{Rate::kMax};
    for (const RateSegment& segment : plan.rates().segments()) {
      least = std::min({least, segment.from, segment.to});
    }
    return RangeText(GroupDigits(FormatRate(least)), GroupDigits(FormatRate(plan.rates().peak())));
  }
  uint32_t least = UserProfile::kMaxUsers;
  for (const UserSegment& segment : plan.users().segments()) {
    least = std::min({least, segment.from, segment.to});
  }
  const uint32_t most = plan.users().peak();
  return RangeText(FormatCount(least), FormatCount(most)) + (most == 1 ? " user" : " users");
}

std::string HeldText(const Plan& plan, RunTime at) {
  const uint32_t users = plan.open() ? 0 : plan.users().UsersAt(at);
  const std::string level = plan.open() ? FormatRatePerSecond(plan.rates().At(at).per_second())
                                        : FormatCount(users) + (users == 1 ? " user" : " users");
  return "stage " + plan.spec().stages[plan.StageAt(at)].name + " is held at " + level;
}

std::string TargetText(const Target& target) {
  if (target.kind == Target::Kind::kUnix) return "http+unix://" + target.socket_path;
  const bool ipv6 = target.host.find(':') != std::string::npos;
  return (target.tls ? "https://" : "http://") + (ipv6 ? "[" + target.host + "]" : target.host) +
         ":" + std::to_string(target.port);
}

RunSummary BuildSummary(const RunMerger& merger, const SessionFacts& facts) {
  CHECK_EQ(facts.workers.size(), merger.workers().size());
  RunSummary summary;
  AddIdentity(merger.plan(), facts, &summary);
  AddTotals(merger, &summary);
  AddMeasured(merger, LoadEnd(merger.plan(), facts), &summary);
  summary.timeline = TimelineRows(merger.timeline());
  summary.first_seen = FirstSights(merger, facts);
  summary.stages = Stages(merger.plan(), LoadEnd(merger.plan(), facts));
  for (size_t i = 0; i < facts.workers.size(); ++i) {
    summary.workers.push_back(SummarizeWorker(merger.workers()[i], facts.workers[i]));
    for (const WorkerWatch::Span& span : merger.workers()[i].watch.spans()) {
      summary.saturated.push_back({facts.workers[i].name, span.from, span.to, span.red});
    }
  }
  summary.losses = facts.losses;
  for (Loss& loss : summary.losses) {
    if (!merger.plan().open()) loss.at_most.reset();
  }
  NoteHolds(merger.plan(), LoadEnd(merger.plan(), facts), &summary);
  AddVerdict(merger, facts, &summary);
  return summary;
}

}  // namespace muster

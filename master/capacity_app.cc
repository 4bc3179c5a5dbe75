#include "master/capacity_app.h"

#include <spdlog/spdlog.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "common/base/version.h"
#include "common/plan/units.h"
#include "common/wire/plan_codec.h"
#include "master/capacity/capacity_search.h"
#include "master/capacity_report/capacity_outputs.h"
#include "master/capacity_report/capacity_result.h"
#include "master/capacity_report/capacity_tables.h"
#include "master/capacity_report/capacity_terminal.h"
#include "master/capacity_report/capacity_text.h"
#include "master/levels/level_observation.h"
#include "master/levels/level_plan.h"
#include "master/one_run_app.h"
#include "master/process_app.h"
#include "master/progress_app.h"
#include "master/results/format.h"
#include "master/results/summary_builder.h"
#include "master/run_host_app.h"

namespace muster {
namespace {

constexpr int kExitUsage = 2;
constexpr int kExitIncomplete = 3;
constexpr int kExitInterrupted = 5;
constexpr int kExitInternal = 70;

constexpr double kFromRate = 100;  // per second
constexpr double kFromUsers = 10;
// What a level takes beside its load: workers come back, clocks, the lead before T0, the drain.
constexpr Duration kLevelCost = Duration::Millis(700);
// Workers that served the level before are back within a second, or lost.
constexpr Duration kWaitAgain = Duration::Seconds(15);

std::string TrafficText(const Plan& plan) {
  if (plan.open()) {
    return plan.open_load().arrivals == ArrivalKind::kPoisson ? "open, Poisson arrivals"
                                                              : "open, even arrivals";
  }
  const ClosedLoad& load = plan.closed_load();
  if (load.think_max == Duration()) return "users without think time";
  return "users, thinking " + FormatDuration(load.think_min) +
         (load.think_min == load.think_max ? "" : " to " + FormatDuration(load.think_max));
}

class CapacityApp {
 public:
  CapacityApp(const RunOptions& options, const SearchFlags& search, LoadedPlan loaded,
              Environment environment)
      : options_(options),
        search_(search),
        loaded_(std::move(loaded)),
        progress_(options, OptionsFor(STDERR_FILENO, options.color)),
        host_(options, progress_) {
    const PlanSpec& spec = loaded_.plan.spec();
    result_.tool_version = std::string(kVersion);
    result_.name = spec.name;
    result_.target = TargetText(spec.target);
    result_.load_hash = HashLoad(spec);
    result_.seed = spec.seed;
    result_.budget = search_.budget;
    result_.closed = !loaded_.plan.open();
    result_.traffic = TrafficText(loaded_.plan);
    result_.insecure_target = loaded_.plan.insecure_target();
    result_.environment = std::move(environment);
    result_.objectives = loaded_.objectives;
    if (search_.at_least) result_.wanted = search_.at_least->load;
    host_.OnSignal([this](const std::string& name) { Interrupt(name); });
  }

  Status OpenOutputs() {
    ASSIGN_OR_RETURN(outputs_, CapacityOutputs::Open(options_.outputs));
    return absl::OkStatus();
  }

  Status Link(const EmbedWorker& embed_worker) {
    RETURN_IF_ERROR(host_.Link(embed_worker, !loaded_.plan.spec().tls.key_pem.empty()));
    result_.insecure_control = host_.insecure_control();
    return absl::OkStatus();
  }

  int Run() {
    result_.started_at = WallNow();
    const MonoTime began = executor().Now();
    Tick();
    for (uint32_t i = 0; i < search_.repeat && !over_; ++i) Search(i);
    progress_.Close();
    run_.reset();
    host_.Close();
    result_.duration = executor().Now() - began;
    return levels_run_ == 0 ? ReportNothingRun() : Report();
  }

 private:
  AsioExecutor& executor() { return host_.executor(); }

  SearchOptions OptionsOf(uint32_t number) const {
    SearchOptions options;
    for (const Objective& objective : loaded_.objectives) {
      const bool share = objective.kind == Objective::Kind::kShare;
      options.allowed.push_back(share ? AllowedBad(objective) : 0);
    }
    options.closed = result_.closed;
    options.from = search_.from ? search_.from->load : result_.closed ? kFromUsers : kFromRate;
    if (search_.max) {
      options.max = search_.max->load;
      options.from = std::min(options.from, *options.max);
    }
    options.budget = search_.budget;
    options.confirm = search_.confirm.value_or(options.confirm);
    options.level_cost = kLevelCost;
    options.seed = result_.seed + number;
    return options;
  }

  void Search(uint32_t number) {
    if (search_.repeat > 1) {
      progress_.Line("search " + std::to_string(number + 1) + " of " +
                     std::to_string(search_.repeat));
    }
    CapacitySearch search(OptionsOf(number));
    while (search.Next() && !over_) {
      const std::optional<LevelObservation> level = RunLevel(*search.Next());
      if (!level) break;
      const size_t before = search.levels().size();
      search.Record(*level);
      if (search.levels().size() > before) Say(search);
    }
    CapacityAnswer answer = search.Answer();
    // It was on its way down, and nothing had held.
    if (std::exchange(too_rare_, false)) answer.why_not = Unresolved::kNothingSustained;
    result_.searches.push_back({std::move(answer), search.levels()});
  }

  // One line a level, and what it leads to.
  void Say(const CapacitySearch& search) {
    std::string line =
        LevelLine(result_, search.levels().back(), OptionsFor(STDERR_FILENO, options_.color));
    if (const auto& next = search.Next()) {
      line += "; next: " + std::string(NameOf(next->purpose)) + " " +
              LoadText(result_, next->load) + " for " + FormatSpan(next->length);
    }
    progress_.Line(line);
  }

  // nullopt: the search is over, for the reasons in result_ or error_.
  std::optional<LevelObservation> RunLevel(const LevelRequest& request) {
    const MonoTime began = executor().Now();
    const std::optional<Duration> length =
        LevelLength(!result_.closed, request.load, request.length, search_.budget);
    if (!length) return TooRare(request.load);
    StatusOr<Plan> plan = LevelPlan(loaded_, request.load, *length, level_number_++);
    if (!plan.ok()) return Fail(Message(plan.status()));
    run_.reset();  // before the next, so that its links are the next one's
    run_.emplace(host_,
                 OneRun::Request{.plan = std::make_shared<const Plan>(*std::move(plan)),
                                 .wait = levels_run_ == 0 ? options_.wait
                                                          : std::min(options_.wait, kWaitAgain)},
                 OneRun::Callbacks{.on_finished = [this] { executor().Stop(); },
                                   .on_abort = {},
                                   .on_log_entry = [this](const std::string& line) { Log(line); }});
    executor().Run();
    const RunOutcome& outcome = run_->outcome();
    if (!outcome.began) return NotBegun(outcome, request, executor().Now() - began);
    ++levels_run_;
    const RunSummary summary = run_->Summarize(result_.environment);
    KeepWorkers(summary);
    if (!summary.verdict.complete) return Incomplete(summary);
    LevelObservation level = ObserveLevel(run_->merger(), summary, loaded_.objectives, request.load,
                                          executor().Now() - began);
    if (!result_.interrupted_by.empty()) {
      level.interrupted = true;
      over_ = true;
    }
    return level;
  }

  // What is known by now is the answer.
  std::optional<LevelObservation> TooRare(double load) {
    const std::string why = "at " + LoadText(result_, load) +
                            " a level needs more than a quarter "
                            "of --budget";
    if (levels_run_ == 0) return Fail("--from: " + why);
    progress_.Line("no lower: " + why);
    too_rare_ = true;
    return std::nullopt;
  }

  std::optional<LevelObservation> Fail(std::string error) {
    error_ = std::move(error);
    over_ = true;
    return std::nullopt;
  }

  std::optional<LevelObservation> Incomplete(const RunSummary& summary) {
    result_.incomplete = summary.verdict.reasons;
    over_ = true;
    return std::nullopt;
  }

  // A plan that the workers refuse at the first level is wrong usage; at a later one, its load is
  // more than they can make.
  std::optional<LevelObservation> NotBegun(const RunOutcome& outcome, const LevelRequest& request,
                                           Duration spent) {
    LevelObservation level;
    level.load = request.load;
    level.length = request.length;  // more than what was spent: it was not run
    level.spent = spent;
    if (!result_.interrupted_by.empty()) {
      over_ = level.interrupted = true;
      return level;
    }
    if (!outcome.error.empty()) {
      if (levels_run_ == 0) return Fail(outcome.error);
      level.generator_limited = true;
      level.generator_reason = outcome.error;
      return level;
    }
    result_.incomplete = outcome.incomplete;
    if (result_.incomplete.empty()) result_.incomplete.push_back("a level could not be started");
    over_ = true;
    return std::nullopt;
  }

  void KeepWorkers(const RunSummary& summary) {
    for (const WorkerSummary& worker : summary.workers) {
      const auto known = std::find_if(result_.workers.begin(), result_.workers.end(),
                                      [&](const auto& w) { return w.name == worker.name; });
      CapacityWorker& kept =
          known != result_.workers.end() ? *known : result_.workers.emplace_back();
      kept.name = worker.name;
      kept.busy = std::max(kept.busy, worker.busy);
      kept.lag_p99_ns = std::max(kept.lag_p99_ns, worker.lag.p99_ns.value_or(0));
    }
  }

  // The comings and goings of workers, at first and while a level is on: between two levels they
  // always leave and come back.
  void Log(const std::string& line) {
    if (host_.embedded()) return;
    const RunPhase phase = run_ ? run_->phase() : RunPhase::kWaiting;
    const bool between = phase == RunPhase::kWaiting || phase == RunPhase::kPreparing;
    if (levels_run_ == 0 || !between) progress_.Line(line);
  }

  // Once drains the level and ends the search, twice cuts.
  void Interrupt(const std::string& by) {
    const bool again = !result_.interrupted_by.empty();
    progress_.Line(again ? "stopping at once"
                         : "stopping: this level may finish what is in flight, and no other "
                           "follows; again to stop at once");
    if (!again) result_.interrupted_by = by;
    if (run_) run_->Interrupt(by);
  }

  void Tick() {
    executor().ScheduleAfter(Progress::kTick, [this] {
      if (run_) {
        run_->Tick();
        const RunPhase phase = run_->phase();
        if (phase == RunPhase::kRunning || phase == RunPhase::kDraining)
          ShowLevel(executor().Now());
      }
      Tick();
    });
  }

  void ShowLevel(MonoTime now) {
    if (!progress_.draws()) return;  // a line for each level is enough for a log
    const LiveWish wish = progress_.Keys(now);
    if (wish == LiveWish::kDrain || wish == LiveWish::kStop) {
      const bool twice = wish == LiveWish::kStop && result_.interrupted_by.empty();
      if (wish == LiveWish::kStop || result_.interrupted_by.empty()) Interrupt("a key");
      if (twice) Interrupt("a key");
    }
    if (progress_.Due(now)) progress_.Show(run_->Snapshot(), now);
  }

  int ReportNothingRun() {
    if (!error_.empty()) {
      std::fprintf(stderr, "muster: %s\n", error_.c_str());
      return kExitUsage;
    }
    if (!result_.interrupted_by.empty()) {
      std::fprintf(stderr, "muster: interrupted before the start: nothing was sent\n");
      return kExitInterrupted;
    }
    for (const std::string& reason : result_.incomplete) {
      std::fprintf(stderr, "muster: INCOMPLETE: %s\n", reason.c_str());
    }
    return kExitIncomplete;
  }

  int Report() {
    if (!error_.empty()) result_.incomplete.push_back(error_);
    Conclude(&result_);
    AppendJobSummary(CapacityMarkdown(result_));
    FILE* const screen = outputs_.to_stdout() ? stderr : stdout;
    const std::string text = CapacityTerminal(result_, OptionsFor(fileno(screen), options_.color));
    Status written = outputs_.Write(result_);
    if (std::fputs(text.c_str(), screen) < 0 || std::fflush(screen) != 0) {
      written.Update(DataLoss(std::string("can't write the report: ") + std::strerror(errno)));
    }
    if (written.ok()) return result_.exit_code;
    std::fprintf(stderr, "muster: %s\n", Message(written).c_str());
    return kExitInternal;
  }

  const RunOptions& options_;
  const SearchFlags& search_;
  const LoadedPlan loaded_;
  Progress progress_;
  RunHost host_;
  std::optional<OneRun> run_;  // the present level, or the one before
  CapacityOutputs outputs_;
  CapacityResult result_;
  uint64_t level_number_ = 0;
  size_t levels_run_ = 0;  // those that began
  bool over_ = false;
  bool too_rare_ = false;  // the present search ended for want of arrivals
  std::string error_;      // wrong usage that only the workers could see
};

}  // namespace

int FindCapacity(const RunOptions& options, const SearchFlags& search, LoadedPlan loaded,
                 Environment environment, const EmbedWorker& embed_worker) {
  CapacityApp app(options, search, std::move(loaded), std::move(environment));
  Status status = app.OpenOutputs();
  if (status.ok()) status = app.Link(embed_worker);
  if (!status.ok()) {
    std::fprintf(stderr, "muster: %s\n", Message(status).c_str());
    return kExitUsage;
  }
  return app.Run();
}

}  // namespace muster

#include "master/run_app.h"

#include <unistd.h>

#include <boost/asio/signal_set.hpp>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <functional>
#include <optional>
#include <utility>
#include <vector>

#include "common/base/version.h"
#include "common/plan/units.h"
#include "common/time/asio_executor.h"
#include "common/wire/plan_codec.h"
#include "master/metrics/prometheus_endpoint.h"
#include "master/metrics/run_metrics.h"
#include "master/one_run_app.h"
#include "master/outputs.h"
#include "master/process_app.h"
#include "master/progress_app.h"
#include "master/report/github_annotations.h"
#include "master/report/markdown_report.h"
#include "master/report/output_file.h"
#include "master/report/terminal_report.h"
#include "master/report/trace_report.h"
#include "master/results/summary_builder.h"
#include "master/run_host_app.h"
#include "master/store/run_store.h"

namespace muster {
namespace {

constexpr int kExitUsage = 2;
constexpr int kExitIncomplete = 3;
constexpr int kExitInterrupted = 5;
constexpr int kExitInternal = 70;

constexpr Duration kPublishEvery = Duration::Seconds(1);  // metrics
constexpr Duration kAnswerTime = Duration::Seconds(1);    // of a scrape, until its bytes have left

// From GitHub's checkout to the folder that the plan's name is relative to.
std::string FolderInWorkspace() {
  const char* workspace = std::getenv("GITHUB_WORKSPACE");
  std::error_code error;
  const std::filesystem::path here = std::filesystem::current_path(error);
  if (workspace == nullptr || error) return "";
  const std::string folder = here.lexically_relative(workspace).generic_string();
  return folder.empty() || folder.starts_with('.') ? "" : folder + "/";
}

class RunApp {
 public:
  RunApp(const RunOptions& options, LoadedPlan loaded, RunRecord record)
      : options_(options),
        record_(std::move(record)),
        plan_(std::make_shared<const Plan>(std::move(loaded.plan))),
        progress_(options, OptionsFor(STDERR_FILENO, options.color)),
        host_(options, progress_) {
    run_.emplace(
        host_,
        OneRun::Request{.plan = plan_,
                        .threshold_places = std::move(loaded.threshold_places),
                        .wait = options.wait,
                        .trace = !options.trace_file.empty()},
        OneRun::Callbacks{
            .on_finished = [this] { executor().Stop(); },
            .on_abort = [this](const std::string& why) { progress_.Line("stopping: " + why); },
            .on_log_entry = [this](const std::string& line) { progress_.Line(line); }});
    progress_.OfferHold();
    host_.OnSignal([this](const std::string& name) { Interrupt(name); });
  }

  // Opens every output before anything is sent.
  Status OpenOutputs() {
    std::vector<std::string> names, taken;
    for (const RequestSpec& request : plan_->spec().requests) names.push_back(request.name);
    if (!options_.trace_file.empty()) taken.push_back(options_.trace_file);
    ASSIGN_OR_RETURN(outputs_, Outputs::Open(options_.outputs, names, taken));
    stdout_is_data_ = outputs_.to_stdout();
    if (!options_.trace_file.empty()) {
      ASSIGN_OR_RETURN(OutputFile file, OutputFile::Open(options_.trace_file));
      stdout_is_data_ = stdout_is_data_ || file.is_stdout();
      trace_ = std::move(file);
    }
    return absl::OkStatus();
  }

  // Listens for Prometheus, also before anything is sent.
  Status ServeMetrics() {
    if (!options_.prometheus) return absl::OkStatus();
    auto endpoint = PrometheusEndpoint::Start(options_.prometheus->host, options_.prometheus->port);
    if (!endpoint.ok()) return InvalidArgument("--prometheus: " + Message(endpoint.status()));
    endpoint_ = *std::move(endpoint);
    metrics_.emplace(run_->merger(), run_->id());
    PublishMetrics();
    progress_.Announce(
        "metrics on http://" + endpoint_->address() + "/metrics" +
        (IsLoopback(endpoint_->address()) ? "" : ": anybody on the network can read them"));
    if (const std::string note = metrics_->Note(); !note.empty()) progress_.Line(note);
    return absl::OkStatus();
  }

  Status Link(const EmbedWorker& embed_worker) {
    return host_.Link(embed_worker, !plan_->spec().tls.key_pem.empty());
  }

  // Enters the run into the store, as begun. Where that fails, the run goes on without. It may wait
  // for other masters, so it comes before there are links that would miss their pings.
  void OpenStore() {
    if (record_.store.empty()) return;
    auto store = RunStore::Open(record_.store, RunStore::Access::kKeep);
    const Status status = store.ok() ? store->Begin(Beginning()) : store.status();
    if (!status.ok()) return WarnOfStore(status);
    store_ = *std::move(store);
  }

  // A run that sent nothing is not kept. Where that fails, it stays as unfinished.
  void ForgetRun() {
    if (store_) store_->Delete(run_->id()).IgnoreError();
  }

  int Run() {
    ShowProgress();
    executor().Run();
    progress_.Close();
    const int exit_code = Report();
    const bool began = run_->outcome().began;
    PublishMetrics();
    // The session says goodbye to its workers before the server cuts them off. What is measured
    // stays: the endpoint may still be asked.
    run_->CloseLinks();
    host_.Close();
    KeepRun();
    if (endpoint_ != nullptr && began) AwaitLastScrape();
    return exit_code;
  }

 private:
  AsioExecutor& executor() { return host_.executor(); }

  void WarnOfStore(const Status& status) {
    progress_.Announce("warning: this run is not kept: " + Message(status));
  }

  // What is known of a run before it has run.
  RunSummary Beginning() const {
    RunSummary summary;
    summary.tool_version = std::string(kVersion);
    summary.id = run_->id();
    summary.name = plan_->spec().name;
    summary.plan_hash = HashPlan(EncodePlan(plan_->spec()));
    summary.load_hash = HashLoad(plan_->spec());
    summary.seed = plan_->spec().seed;
    summary.started_at = WallNow();
    summary.model = plan_->open() ? "open" : "closed";
    summary.target = TargetText(plan_->spec().target);
    summary.asked = AskedText(*plan_);
    summary.environment = record_.environment;
    return summary;
  }

  void KeepRun() {
    if (!store_ || !ended_) return;
    if (const Status status = store_->Finish(*ended_); !status.ok()) WarnOfStore(status);
  }

  // Once drains, twice cuts.
  void Interrupt(const std::string& by) {
    progress_.Line(run_->stopping() ? "stopping at once"
                                    : "stopping: nothing new is started, what is in flight may "
                                      "finish; again to stop at once");
    run_->Interrupt(by);
  }

  void OnKey(LiveWish wish) {
    const bool drains = run_->phase() == RunPhase::kDraining;
    if (wish == LiveWish::kDrain && !drains) Interrupt("the key d");
    if (wish == LiveWish::kHold) HoldOrGoOn();
    if (wish != LiveWish::kStop) return;
    if (!run_->stopping()) Interrupt("the key s");
    Interrupt("the key s");
  }

  void HoldOrGoOn() {
    const std::optional<HandHeldLoad>& held = run_->session().controller().held();
    const bool holding = held && held->wanted;
    const Status status = holding ? run_->Release() : run_->Hold();
    if (!status.ok()) {
      progress_.Line((holding ? "it does not go on: " : "not held: ") + Message(status));
    }
  }

  void ShowProgress() {
    executor().ScheduleAfter(Progress::kTick, [this] {
      const RunPhase phase = run_->phase();
      run_->Tick();
      if (options_.listen && phase != shown_phase_) AnnouncePhase(phase);
      shown_phase_ = phase;
      if (executor().Now() >= next_publish_) PublishMetrics();
      if (phase == RunPhase::kRunning || phase == RunPhase::kDraining) {
        const MonoTime now = executor().Now();
        OnKey(progress_.Keys(now));
        if (progress_.Due(now)) progress_.Show(run_->Snapshot(), now);
      }
      ShowProgress();
    });
  }

  void PublishMetrics() {
    if (endpoint_ == nullptr) return;
    const RunController& run = run_->session().controller();
    std::optional<RunTime> elapsed;
    if (run.phase() == RunPhase::kRunning) elapsed = run.TimeOf(executor().Now());
    std::vector<WorkerLabel> workers;
    for (const WorkerReport& worker : run.Reports()) workers.push_back({worker.name, worker.state});
    endpoint_->Publish(metrics_->Collect(elapsed, workers));
    next_publish_ = executor().Now() + kPublishEvery;
  }

  // The run is over and its workers are free: only the final totals are still to be read. On an
  // executor of its own, as this thread's holds what is left of the session.
  void AwaitLastScrape() {
    const Duration linger = options_.prometheus_linger.value_or(kDefaultPrometheusLinger);
    if (linger == Duration()) return;
    progress_.Line("waiting up to " + FormatDuration(linger) +
                   " for a scrape of the final totals (--prometheus-linger); Ctrl-C ends it");
    AsioExecutor waiting;
    boost::asio::signal_set signals(waiting.io_context(), SIGINT, SIGTERM, SIGHUP);
    signals.async_wait([&](const boost::system::error_code& error, int) {
      if (!error) waiting.Stop();
    });
    waiting.ScheduleAfter(linger, [&] { waiting.Stop(); });
    std::function<void()> look = [&] {
      if (endpoint_->taken()) {
        waiting.ScheduleAfter(kAnswerTime, [&] { waiting.Stop(); });
      } else {
        waiting.ScheduleAfter(Progress::kTick, look);
      }
    };
    look();
    waiting.Run();
  }

  void AnnouncePhase(RunPhase phase) {
    if (phase == RunPhase::kSyncing ||
        (phase == RunPhase::kRunning && shown_phase_ != RunPhase::kSyncing)) {
      progress_.Line("started with " + run_->session().LiveText());
    }
  }

  int Report() {
    const RunOutcome& outcome = run_->outcome();
    if (!outcome.began) return ReportNothingRun(outcome);
    RunSummary summary = run_->Summarize(record_.environment);
    Status written = outputs_.Write(summary);
    AppendJobSummary(MarkdownReport(summary));
    Annotate(summary);
    if (trace_) written.Update(trace_->Write(TraceReport(run_->merger().SortedTrace())));
    if (!written.ok()) LostReport(&summary, Message(written));

    FILE* const screen = stdout_is_data_ ? stderr : stdout;
    TextOptions text_options = OptionsFor(fileno(screen), options_.color);
    text_options.by = options_.by;
    const std::string text = TerminalReport(summary, text_options);
    if (std::fputs(text.c_str(), screen) < 0 || std::fflush(screen) != 0) {
      LostReport(&summary, std::string("can't write the report: ") + std::strerror(errno));
    }
    ended_ = std::move(summary);
    return ended_->exit_code;
  }

  // On standard error, which GitHub's runner reads too, so that results stay pure.
  static void Annotate(const RunSummary& summary) {
    const char* github = std::getenv("GITHUB_ACTIONS");
    if (github == nullptr || std::string_view(github) != "true") return;
    std::fputs(GithubAnnotations(summary, FolderInWorkspace()).c_str(), stderr);
  }

  // A result that can't be delivered must not look like a success.
  void LostReport(RunSummary* summary, const std::string& why) const {
    std::fprintf(stderr, "muster: %s\n", why.c_str());
    summary->verdict.outcome = Outcome::kInternalError;
    summary->verdict.reasons.insert(summary->verdict.reasons.begin(), why);
    summary->exit_code = kExitInternal;
  }

  // Nothing was sent: a plan that these workers can't run, too few of them, or a change of mind.
  int ReportNothingRun(const RunOutcome& outcome) {
    ForgetRun();
    if (!outcome.error.empty()) {
      std::fprintf(stderr, "muster: %s\n", outcome.error.c_str());
      return kExitUsage;
    }
    if (!run_->interrupted_by().empty()) {
      std::fprintf(stderr, "muster: interrupted before the start: nothing was sent\n");
      return kExitInterrupted;
    }
    for (const std::string& reason : outcome.incomplete) {
      std::fprintf(stderr, "muster: INCOMPLETE: %s; %s\n", reason.c_str(),
                   run_->session().LiveText().c_str());
    }
    return kExitIncomplete;
  }

  const RunOptions& options_;
  RunRecord record_;
  std::shared_ptr<const Plan> plan_;
  Progress progress_;
  RunHost host_;
  Outputs outputs_;
  std::optional<RunStore> store_;
  std::optional<RunSummary> ended_;  // absent: nothing was run
  std::optional<OutputFile> trace_;
  bool stdout_is_data_ = false;
  RunPhase shown_phase_ = RunPhase::kWaiting;
  MonoTime next_publish_;
  std::optional<OneRun> run_;
  std::optional<RunMetrics> metrics_;  // with endpoint_
  std::unique_ptr<PrometheusEndpoint> endpoint_;
};

}  // namespace

int RunPlan(const RunOptions& options, LoadedPlan loaded, RunRecord record,
            const EmbedWorker& embed_worker) {
  RunApp app(options, std::move(loaded), std::move(record));
  Status status = app.OpenOutputs();
  if (status.ok()) status = app.ServeMetrics();
  if (status.ok()) {
    app.OpenStore();
    status = app.Link(embed_worker);
  }
  if (!status.ok()) {
    app.ForgetRun();
    std::fprintf(stderr, "muster: %s\n", Message(status).c_str());
    return kExitUsage;
  }
  return app.Run();
}

}  // namespace muster

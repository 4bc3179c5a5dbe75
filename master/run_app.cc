#include "master/run_app.h"

#include <spdlog/spdlog.h>
#include <unistd.h>

#include <boost/asio/signal_set.hpp>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <functional>
#include <optional>
#include <random>
#include <utility>
#include <vector>

#include "common/base/version.h"
#include "common/plan/units.h"
#include "common/session/grpc_server.h"
#include "common/session/memory_pipe.h"
#include "common/time/asio_executor.h"
#include "common/wire/plan_codec.h"
#include "master/findings/findings.h"
#include "master/findings/sample_findings.h"
#include "master/metrics/prometheus_endpoint.h"
#include "master/metrics/run_metrics.h"
#include "master/outputs.h"
#include "master/process_app.h"
#include "master/progress_app.h"
#include "master/report/github_annotations.h"
#include "master/report/markdown_report.h"
#include "master/report/output_file.h"
#include "master/report/terminal_report.h"
#include "master/report/trace_report.h"
#include "master/results/abort_rules.h"
#include "master/results/live.h"
#include "master/results/merger.h"
#include "master/results/summary_builder.h"
#include "master/session/run_session.h"
#include "master/store/run_store.h"

namespace muster {
namespace {

constexpr int kExitUsage = 2;
constexpr int kExitIncomplete = 3;
constexpr int kExitInterrupted = 5;
constexpr int kExitInternal = 70;

constexpr Duration kPublishEvery = Duration::Seconds(1);  // metrics
constexpr Duration kAnswerTime = Duration::Seconds(1);    // of a scrape, until its bytes have left

std::string DrawRunId() {
  std::random_device device;
  char digits[16];
  std::snprintf(digits, sizeof(digits), "%08x", device());
  return digits;
}

// From GitHub's checkout to the folder that the plan's name is relative to.
std::string FolderInWorkspace() {
  const char* workspace = std::getenv("GITHUB_WORKSPACE");
  std::error_code error;
  const std::filesystem::path here = std::filesystem::current_path(error);
  if (workspace == nullptr || error) return "";
  const std::string folder = here.lexically_relative(workspace).generic_string();
  return folder.empty() || folder.starts_with('.') ? "" : folder + "/";
}

std::string NameOfSignal(int number) {
  return number == SIGINT ? "SIGINT" : number == SIGHUP ? "SIGHUP" : "SIGTERM";
}

class RunApp {
 public:
  RunApp(const RunOptions& options, LoadedPlan loaded, RunRecord record)
      : options_(options),
        record_(std::move(record)),
        plan_(std::make_shared<const Plan>(std::move(loaded.plan))),
        threshold_places_(std::move(loaded.threshold_places)),
        run_id_(DrawRunId()),
        merger_(plan_, options.listen ? options.workers : 1),
        abort_rules_(plan_, options.listen ? options.workers : 1),
        feed_(merger_),
        progress_(options, OptionsFor(STDERR_FILENO, options.color)),
        signals_(executor_.io_context(), SIGINT, SIGTERM, SIGHUP) {
    RunRequest request{.plan = plan_, .run_id = run_id_, .trace = !options.trace_file.empty()};
    if (options.listen) {
      request.workers = options.workers;
      request.wait = options.wait;
    }
    session_.emplace(
        executor_, std::string(kVersion), std::move(request),
        [this](uint32_t worker, const DeltaBatch& batch) { return Take(worker, batch); },
        RunSession::Callbacks{.on_finished = [this] { executor_.Stop(); },
                              .log =
                                  [this](const std::string& line) {
                                    // The embedded worker's comings and goings are nobody's
                                    // business.
                                    if (options_.listen) progress_.Line(line);
                                  }});
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
    metrics_.emplace(merger_, run_id_);
    PublishMetrics();
    progress_.Announce(
        "metrics on http://" + endpoint_->address() + "/metrics" +
        (IsLoopback(endpoint_->address()) ? "" : ": anybody on the network can read them"));
    if (const std::string note = metrics_->Note(); !note.empty()) progress_.Line(note);
    return absl::OkStatus();
  }

  // Waits for workers over the network, or starts the embedded one.
  Status Link(const EmbedWorker& embed_worker) {
    if (!options_.listen) {
      const auto connect = [this] {
        MemoryPipes pipes = MakeMemoryPipes(executor_, executor_);
        session_->AddLink(std::move(pipes.master));
        return std::move(pipes.worker);
      };
      embedded_ = embed_worker(executor_, connect, options_.generator);
      return absl::OkStatus();
    }
    const ControlSecurity security{options_.tls.ca, options_.tls.cert, options_.tls.key,
                                   options_.tls.server_name, options_.insecure_control};
    const std::string& host = options_.listen->host;
    const std::string prefix =
        (host.find(':') != std::string::npos ? "[" + host + "]" : host) + ":";
    RETURN_IF_ERROR(CheckKeyStaysPrivate(prefix + "0", security));
    ASSIGN_OR_RETURN(
        server_, GrpcSessionServer::Start(prefix + std::to_string(options_.listen->port), security,
                                          executor_, [this](std::unique_ptr<MasterPipe> pipe) {
                                            session_->AddLink(std::move(pipe));
                                          }));
    progress_.Announce("listening on " + prefix + std::to_string(server_->port()) + " for " +
                       std::to_string(options_.workers) +
                       (options_.workers == 1 ? " worker" : " workers"));
    insecure_ = options_.insecure_control && !security.uses_tls();
    if (insecure_) {
      progress_.Announce(
          "the control channel is open (--insecure-control): anybody on the network "
          "can join this run or read its plan");
    }
    return absl::OkStatus();
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
    if (store_) store_->Delete(run_id_).IgnoreError();
  }

  int Run() {
    AwaitSignal();
    ShowProgress();
    executor_.Run();
    progress_.Close();
    const int exit_code = Report();
    const bool began = session_->outcome().began;
    PublishMetrics();
    // The session says goodbye to its workers before the server cuts them off.
    embedded_.reset();
    session_.reset();
    server_.reset();
    KeepRun();
    if (endpoint_ != nullptr && began) AwaitLastScrape();
    return exit_code;
  }

 private:
  Status Take(uint32_t worker, const DeltaBatch& batch) {
    const std::string& group = session_->controller().GroupOf(worker);
    merger_.SetGroup(worker, group);
    RETURN_IF_ERROR(merger_.Accept(worker, batch));
    abort_rules_.OnBatch(worker, group, batch);
    MaybeAbort();
    return absl::OkStatus();
  }

  // Not at once: the session is in the middle of a message.
  void MaybeAbort() {
    if (!abort_rules_.decision() || std::exchange(abort_posted_, true)) return;
    executor_.Post([this] {
      if (!session_ || session_->phase() != RunPhase::kRunning) return;
      const AbortDecision& decision = *abort_rules_.decision();
      progress_.Line("stopping: " + plan_->spec().thresholds[decision.threshold].expression +
                     " is broken (" + decision.observed_text + ")");
      session_->Abort();
    });
  }

  void AwaitSignal() {
    signals_.async_wait([this](const boost::system::error_code& error, int number) {
      if (error) return;
      Interrupt(NameOfSignal(number));
      AwaitSignal();
    });
  }

  void WarnOfStore(const Status& status) {
    progress_.Announce("warning: this run is not kept: " + Message(status));
  }

  // What is known of a run before it has run.
  RunSummary Beginning() const {
    RunSummary summary;
    summary.tool_version = std::string(kVersion);
    summary.id = run_id_;
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
    progress_.Line(interrupted_by_.empty() && !abort_posted_
                       ? "stopping: nothing new is started, what is in flight may finish; again "
                         "to stop at once"
                       : "stopping at once");
    if (interrupted_by_.empty()) interrupted_by_ = by;
    session_->Stop();
  }

  void OnKey(LiveWish wish) {
    const bool drains = session_->phase() == RunPhase::kDraining;
    if (wish == LiveWish::kDrain && !drains) Interrupt("the key d");
    if (wish != LiveWish::kStop) return;
    if (interrupted_by_.empty() && !abort_posted_) Interrupt("the key s");
    Interrupt("the key s");
  }

  // A plan goes to every worker that joins, its client's private key with it.
  Status CheckKeyStaysPrivate(const std::string& address, const ControlSecurity& security) const {
    const bool open = !security.uses_tls() && !IsLoopback(address);
    if (!open || plan_->spec().tls.key_pem.empty()) return absl::OkStatus();
    return InvalidArgument(
        "the plan holds a client's private key, which --insecure-control would give to anybody on "
        "the network: use --tls-ca, --tls-cert and --tls-key");
  }

  void ShowProgress() {
    executor_.ScheduleAfter(Progress::kTick, [this] {
      const RunPhase phase = session_->phase();
      const std::vector<WorkerReport> reports = session_->controller().Reports();
      for (uint32_t i = 0; i < reports.size(); ++i) {
        if (reports[i].state == "lost") abort_rules_.OnLost(i);
      }
      MaybeAbort();
      if (options_.listen && phase != shown_phase_) AnnouncePhase(phase);
      shown_phase_ = phase;
      if (executor_.Now() >= next_publish_) PublishMetrics();
      if (phase == RunPhase::kRunning || phase == RunPhase::kDraining) {
        const MonoTime now = executor_.Now();
        OnKey(progress_.Keys(now));
        if (progress_.Due(now)) progress_.Show(Snapshot(), now);
      }
      ShowProgress();
    });
  }

  void PublishMetrics() {
    if (endpoint_ == nullptr) return;
    const RunController& run = session_->controller();
    std::optional<RunTime> elapsed;
    if (run.phase() == RunPhase::kRunning) elapsed = run.TimeOf(executor_.Now());
    std::vector<WorkerLabel> workers;
    for (const WorkerReport& worker : run.Reports()) workers.push_back({worker.name, worker.state});
    endpoint_->Publish(metrics_->Collect(elapsed, workers));
    next_publish_ = executor_.Now() + kPublishEvery;
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
      progress_.Line("started with " + session_->LiveText());
    }
  }

  LiveSnapshot Snapshot() {
    const RunController& run = session_->controller();
    std::vector<LiveMember> members;
    for (const WorkerReport& worker : run.Reports()) {
      const LiveState state = worker.state == "lost"       ? LiveState::kLost
                              : worker.state == "left"     ? LiveState::kLeft
                              : worker.state == "finished" ? LiveState::kDone
                                                           : LiveState::kWorking;
      members.push_back({worker.name, state});
    }
    LiveSnapshot live = feed_.Take(run.TimeOf(executor_.Now()), members);
    live.draining = run.phase() == RunPhase::kDraining;
    live.insecure_control = insecure_;
    live.insecure_target = plan_->insecure_target();
    return live;
  }

  int Report() {
    const RunOutcome& outcome = session_->outcome();
    if (!outcome.began) return ReportNothingRun(outcome);
    for (const WorkerLoss& loss : outcome.losses) merger_.AddLoss(loss.worker, loss.not_started);
    RunSummary summary = BuildSummary(merger_, Facts(outcome));
    summary.environment = record_.environment;
    summary.findings = FindAll(*plan_, summary);
    summary.few_samples = PercentilesOfFewSamples({*plan_, summary});
    Status written = outputs_.Write(summary);
    AppendJobSummary(summary);
    Annotate(summary);
    if (trace_) written.Update(trace_->Write(TraceReport(merger_.SortedTrace())));
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

  // GitHub shows what a job's step appends to this file. Nobody asked for it, so it fails no run:
  // in a container of the job the file may be out of reach.
  static void AppendJobSummary(const RunSummary& summary) {
    const char* path = std::getenv("GITHUB_STEP_SUMMARY");
    if (path == nullptr || *path == '\0') return;
    std::ofstream file(path, std::ios::app);
    file << MarkdownReport(summary) << std::flush;
    if (!file) spdlog::warn("can't append the summary to GITHUB_STEP_SUMMARY, {}", path);
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
    if (!interrupted_by_.empty()) {
      std::fprintf(stderr, "muster: interrupted before the start: nothing was sent\n");
      return kExitInterrupted;
    }
    for (const std::string& reason : outcome.incomplete) {
      std::fprintf(stderr, "muster: INCOMPLETE: %s; %s\n", reason.c_str(),
                   session_->LiveText().c_str());
    }
    return kExitIncomplete;
  }

  SessionFacts Facts(const RunOutcome& outcome) const {
    SessionFacts facts;
    facts.tool_version = std::string(kVersion);
    facts.run_id = run_id_;
    facts.plan_hash = outcome.plan_hash;
    facts.load_hash = HashLoad(plan_->spec());
    facts.started_at = WallNow() - (executor_.Now() - outcome.t0);
    facts.load_end = outcome.load_end;
    facts.ended = outcome.ended;
    for (const WorkerReport& worker : outcome.workers) {
      facts.workers.push_back({worker.name, worker.state, worker.clock_offset, worker.clock_error});
    }
    for (const WorkerLoss& loss : outcome.losses) {
      Loss& listed = facts.losses.emplace_back();
      listed.worker = outcome.workers[loss.worker].name;
      listed.from = loss.from;
      listed.to = loss.to;
      if (loss.numbers > 0) {
        listed.first = loss.first;
        listed.last = loss.last;
      }
      listed.at_most = loss.at_most;
    }
    facts.incomplete_reasons = outcome.incomplete;
    if (outcome.interrupted) facts.interrupted_by = interrupted_by_;
    if (outcome.aborted) facts.aborted = abort_rules_.decision();
    facts.insecure_control = insecure_;
    facts.threshold_places = threshold_places_;
    return facts;
  }

  const RunOptions& options_;
  RunRecord record_;
  std::shared_ptr<const Plan> plan_;
  std::vector<std::string> threshold_places_;  // by the plan's thresholds
  std::string run_id_;
  AsioExecutor executor_;
  RunMerger merger_;
  AbortRules abort_rules_;
  bool abort_posted_ = false;
  LiveFeed feed_;
  Progress progress_;
  boost::asio::signal_set signals_;
  Outputs outputs_;
  std::optional<RunStore> store_;
  std::optional<RunSummary> ended_;  // absent: nothing was run
  std::optional<OutputFile> trace_;
  bool stdout_is_data_ = false;
  bool insecure_ = false;
  std::string interrupted_by_;  // a signal's name
  RunPhase shown_phase_ = RunPhase::kWaiting;
  MonoTime next_publish_;
  std::optional<RunSession> session_;
  std::shared_ptr<void> embedded_;
  std::unique_ptr<GrpcSessionServer> server_;
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

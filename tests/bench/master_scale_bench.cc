// What one master carries: a fleet of workers that only speak (simulated_workers.h) against the
// master's own code, whole: bytes -> session codec -> RunSession -> RunController -> batch codec ->
// RunMerger -> timelines and thresholds, answers to pings and acknowledgements encoded again, the
// live view five times a second, the reports at the end. What the master counted must equal what
// was sent, exactly; otherwise it exits with 1. Built from a release build and run by hand:
//
//   build/release/tests/bench/master_scale_bench                        61 s of 1,000 workers
//   build/release/tests/bench/master_scale_bench --seconds=3600         memory over an hour
//   build/release/tests/bench/master_scale_bench --grpc                 over real streams
//
// Without --grpc time is simulated, and CPU that of the master's part of the one thread. With it
// the fleet is a process of its own, time is real, and CPU is all that the master's process used in
// the load phase, gRPC's threads included. A core's share is CPU over the time of the run.
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <deque>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include "common/base/check.h"
#include "common/base/version.h"
#include "common/session/grpc_client.h"
#include "common/session/grpc_server.h"
#include "common/session/pipe_inbox.h"
#include "common/time/asio_executor.h"
#include "common/wire/session_codec.h"
#include "master/report/json_report.h"
#include "master/report/live_view.h"
#include "master/report/terminal_report.h"
#include "master/results/live.h"
#include "master/results/merger.h"
#include "master/results/summary_builder.h"
#include "master/session/run_session.h"
#include "muster/v1/session.pb.h"
#include "tests/bench/simulated_workers.h"
#include "tests/sim/sim_executor.h"

namespace muster {
namespace {

constexpr size_t kPoolBatches = 512;
constexpr Duration kLiveEvery = Duration::Millis(200);

int64_t CpuNanos(clockid_t clock) {
  timespec t{};
  CHECK_EQ(clock_gettime(clock, &t), 0);
  return t.tv_sec * 1'000'000'000 + t.tv_nsec;
}

double ResidentMib() {
  std::ifstream statm("/proc/self/statm");
  double whole = 0, resident = 0;
  statm >> whole >> resident;
  return resident * static_cast<double>(sysconf(_SC_PAGESIZE)) / (1 << 20);
}

// The master of one run, put together as master/run_app.cc does.
class Master {
 public:
  Master(Executor& executor, std::shared_ptr<const Plan> plan, uint32_t workers)
      : executor_(executor),
        plan_(std::move(plan)),
        merger_(plan_, workers),
        session_(
            executor, std::string(kVersion),
            RunRequest{.plan = plan_, .run_id = "scale", .workers = workers},
            [this](uint32_t worker, DeltaBatch batch) {
              return merger_.Accept(worker, std::move(batch));
            },
            RunSession::Callbacks{.on_finished =
                                      [this] {
                                        if (on_finished) on_finished();
                                      },
                                  .log = nullptr}) {
    Show();
  }

  RunSession& session() { return session_; }
  const RunMerger& merger() const { return merger_; }
  std::function<void()> on_finished;

  RunSummary Summarise() {
    const RunOutcome& outcome = session_.outcome();
    for (const WorkerLoss& loss : outcome.losses) merger_.AddLoss(loss.worker, loss.not_started);
    SessionFacts facts;
    facts.load_end = outcome.load_end;
    facts.ended = outcome.ended;
    for (const WorkerReport& worker : outcome.workers) {
      facts.workers.push_back({worker.name, worker.state, worker.clock_offset, worker.clock_error});
    }
    facts.incomplete_reasons = outcome.incomplete;
    RunSummary summary = BuildSummary(merger_, facts);
    report_bytes_ = JsonReport(summary).size() + TerminalReport(summary, TextOptions{}).size();
    return summary;
  }
  size_t report_bytes() const { return report_bytes_; }

 private:
  void Show() {
    executor_.ScheduleAfter(kLiveEvery, [this] {
      if (session_.phase() == RunPhase::kRunning) {
        std::vector<LiveMember> members;
        for (const WorkerReport& worker : session_.controller().Reports()) {
          members.push_back({worker.name, LiveState::kWorking});
        }
        const RunTime at = session_.controller().TimeOf(executor_.Now());
        shown_ += RenderLiveBlock(feed_.Take(at, members), LiveScreen(), {}).text.size();
      }
      Show();
    });
  }

  Executor& executor_;
  const std::shared_ptr<const Plan> plan_;
  RunMerger merger_;
  LiveFeed feed_{merger_};
  RunSession session_;
  uint64_t shown_ = 0;
  size_t report_bytes_ = 0;
};

// --- without a transport

// The ends of a link that carries bytes, each on an executor of its own.
template <typename Out, typename In, typename OutProto, typename InProto>
class WirePipe : public Pipe<Out, In> {
 public:
  WirePipe(std::shared_ptr<PipeInbox<In>> inbox, std::shared_ptr<PipeInbox<Out>> peer)
      : inbox_(std::move(inbox)), peer_(std::move(peer)) {}
  void Open(typename Pipe<Out, In>::Handlers handlers) override {
    inbox_->Open(inbox_, std::move(handlers.on_message), std::move(handlers.on_closed));
  }
  void Send(Out message) override {
    OutProto proto;
    ToProto(message, &proto);
    peer_->executor().Post([peer = peer_, bytes = proto.SerializeAsString()] {
      OutProto received;
      CHECK(received.ParseFromString(bytes));
      auto value = FromProto(received);
      CHECK(value.ok()) << Message(value.status());
      peer->Arrive(*std::move(value));
    });
  }
  void Close() override { inbox_->Close(); }
  std::string Peer() const override { return "simulated"; }

 private:
  std::shared_ptr<PipeInbox<In>> inbox_;
  std::shared_ptr<PipeInbox<Out>> peer_;
};
using WorkerEnd = WirePipe<WorkerMessage, MasterMessage, v1::WorkerToMaster, v1::MasterToWorker>;
using MasterEnd = WirePipe<MasterMessage, WorkerMessage, v1::MasterToWorker, v1::WorkerToMaster>;

struct Measured {
  double load_s = 0;    // length of the load phase
  double cpu_s = 0;     // the master's, in the load phase
  double flush_s = 0;   // its CPU for the last batch of every worker
  double report_s = 0;  // and for the summary and the reports
  uint64_t batches = 0, batch_bytes = 0;
  size_t report_bytes = 0, rows = 0;
  std::vector<std::pair<int64_t, double>> resident_mib;  // at a second of the run
  bool exact = false;
};

// Every count of every batch must be in the totals, once, and nothing else.
bool Exact(const RunMerger& merger, const BatchPool& pool, const RunSummary& summary) {
  Counts sent;
  for (uint32_t i = 0; i < merger.workers().size(); ++i) {
    for (uint64_t s = 1; s <= merger.workers()[i].batches; ++s) sent.Add(pool.CountsOf(i, s));
  }
  const bool exact = merger.totals() == sent && sent.due == merger.plan().total_iterations() &&
                     summary.books_balanced && summary.verdict.complete && summary.exit_code == 0;
  for (const std::string& reason : summary.verdict.reasons) {
    std::printf("  %s\n", reason.c_str());
  }
  return exact;
}

Measured MeasureInProcess(const FleetShape& shape) {
  const auto plan = FleetPlan(shape);
  BatchPool pool(*plan, shape, kPoolBatches);
  SimExecutor fleet_time, master_time;
  Master master(master_time, plan, shape.workers);
  std::deque<SimulatedWorker> fleet;
  for (uint32_t i = 0; i < shape.workers; ++i) {
    auto to_master = std::make_shared<PipeInbox<WorkerMessage>>(master_time);
    auto to_worker = std::make_shared<PipeInbox<MasterMessage>>(fleet_time);
    master.session().AddLink(std::make_unique<MasterEnd>(to_master, to_worker));
    fleet.emplace_back(fleet_time, std::make_unique<WorkerEnd>(to_worker, to_master), *plan, &pool,
                       shape, i);
  }
  Measured result;
  result.load_s = static_cast<double>(shape.seconds);
  int64_t cpu = 0;
  const auto step = [&](Duration span) {
    fleet_time.RunFor(span);
    const int64_t before = CpuNanos(CLOCK_THREAD_CPUTIME_ID);
    master_time.RunUntil(fleet_time.Now());
    cpu += CpuNanos(CLOCK_THREAD_CPUTIME_ID) - before;
  };
  while (master.session().phase() < RunPhase::kRunning) step(Duration::Millis(1));
  const auto elapsed = [&] {
    return master.session().controller().TimeOf(master_time.Now()) - RunTime();
  };
  cpu = 0;
  std::deque<int64_t> marks = {60, 600, 1'800, 3'600};
  while (elapsed() < Duration::Seconds(shape.seconds)) {
    step(Duration::Millis(1));
    if (marks.empty() || elapsed() < Duration::Seconds(marks.front())) continue;
    result.resident_mib.emplace_back(marks.front(), ResidentMib());
    std::fprintf(stderr, "%lld s: %.0f MiB\n", static_cast<long long>(marks.front()),
                 result.resident_mib.back().second);
    marks.pop_front();
  }
  result.cpu_s = static_cast<double>(cpu) * 1e-9;
  while (!master.session().finished() && elapsed() < Duration::Seconds(shape.seconds + 10)) {
    cpu = 0;
    step(plan->interval());
    result.flush_s = std::max(result.flush_s, static_cast<double>(cpu) * 1e-9);
  }
  CHECK(master.session().finished());
  fleet_time.RunFor(Duration::Millis(1));  // hears of it
  const int64_t before = CpuNanos(CLOCK_THREAD_CPUTIME_ID);
  const RunSummary summary = master.Summarise();
  result.report_s = static_cast<double>(CpuNanos(CLOCK_THREAD_CPUTIME_ID) - before) * 1e-9;
  result.report_bytes = master.report_bytes();
  result.rows = summary.timeline.size();
  result.exact = Exact(master.merger(), pool, summary);
  for (const SimulatedWorker& worker : fleet) {
    result.batches += worker.sent();
    result.batch_bytes += worker.bytes_sent();
    result.exact = result.exact && worker.acknowledged() == worker.sent() && worker.finished() &&
                   worker.trouble().empty();
  }
  return result;
}

// --- over gRPC

// The fleet's process: connects, runs, and exits 0 when every worker was acknowledged whole.
int RunFleet(const FleetShape& shape, int port) {
  RouteGrpcLogs();
  const auto plan = FleetPlan(shape);
  BatchPool pool(*plan, shape, kPoolBatches);
  AsioExecutor executor;
  auto connector = GrpcConnector::Create("127.0.0.1:" + std::to_string(port), {}, executor);
  CHECK(connector.ok()) << Message(connector.status());
  std::deque<SimulatedWorker> fleet;
  for (uint32_t i = 0; i < shape.workers; ++i) {
    executor.ScheduleAfter(Duration::Millis(2) * i, [&, i] {
      fleet.emplace_back(executor, (*connector)->Connect(), *plan, &pool, shape, i);
    });
  }
  std::function<void()> watch = [&] {
    bool done = fleet.size() == shape.workers;
    for (const SimulatedWorker& worker : fleet) {
      done = done && worker.finished();
      if (worker.trouble().empty()) continue;
      std::fprintf(stderr, "a worker: %s\n", worker.trouble().c_str());
      std::_Exit(1);
    }
    if (done) return executor.Stop();
    executor.ScheduleAfter(Duration::Millis(100), watch);
  };
  watch();
  executor.Run();
  for (const SimulatedWorker& worker : fleet) CHECK_EQ(worker.acknowledged(), worker.sent());
  std::_Exit(0);
}

Measured MeasureOverGrpc(const FleetShape& shape) {
  int port_pipe[2];
  CHECK_EQ(pipe(port_pipe), 0);
  const pid_t child = fork();  // before gRPC has a thread
  CHECK(child >= 0);
  int port = 0;
  if (child == 0) {
    CHECK_EQ(read(port_pipe[0], &port, sizeof(port)), static_cast<ssize_t>(sizeof(port)));
    std::_Exit(RunFleet(shape, port));
  }
  RouteGrpcLogs();
  const auto plan = FleetPlan(shape);
  AsioExecutor executor;
  Master master(executor, plan, shape.workers);
  auto server = GrpcSessionServer::Start(
      "127.0.0.1:0", {}, executor,
      [&](std::unique_ptr<MasterPipe> pipe) { master.session().AddLink(std::move(pipe)); });
  CHECK(server.ok()) << Message(server.status());
  port = (*server)->port();
  CHECK_EQ(write(port_pipe[1], &port, sizeof(port)), static_cast<ssize_t>(sizeof(port)));

  Measured result;
  result.load_s = static_cast<double>(shape.seconds);
  int64_t at_start = 0, at_end = 0;
  std::function<void()> watch = [&] {
    if (master.session().phase() < RunPhase::kRunning) {
      executor.ScheduleAfter(Duration::Millis(1), watch);
      return;
    }
    at_start = CpuNanos(CLOCK_PROCESS_CPUTIME_ID);
    executor.ScheduleAfter(Duration::Seconds(shape.seconds),
                           [&] { at_end = CpuNanos(CLOCK_PROCESS_CPUTIME_ID); });
  };
  watch();
  master.on_finished = [&] { executor.Stop(); };
  executor.Run();
  result.resident_mib.emplace_back(shape.seconds, ResidentMib());
  result.cpu_s = static_cast<double>(at_end - at_start) * 1e-9;
  result.flush_s = static_cast<double>(CpuNanos(CLOCK_PROCESS_CPUTIME_ID) - at_end) * 1e-9;
  const int64_t before = CpuNanos(CLOCK_THREAD_CPUTIME_ID);
  const RunSummary summary = master.Summarise();
  result.report_s = static_cast<double>(CpuNanos(CLOCK_THREAD_CPUTIME_ID) - before) * 1e-9;
  result.report_bytes = master.report_bytes();
  result.rows = summary.timeline.size();
  // The fleet hears the end while the server still stands.
  executor.ScheduleAfter(Duration::Seconds(1), [&] { executor.Stop(); });
  executor.Run();
  int status = 0;
  CHECK_EQ(waitpid(child, &status, 0), child);
  BatchPool pool(*plan, shape, kPoolBatches);
  result.exact = Exact(master.merger(), pool, summary) && status == 0;
  for (uint32_t i = 0; i < shape.workers; ++i) {
    const uint64_t batches = master.merger().workers()[i].batches;
    result.batches += batches;
    for (uint64_t s = 1; s <= batches; ++s) result.batch_bytes += pool.Bytes(i, s, false).size();
  }
  return result;
}

// --- what it came to

void Print(const FleetShape& shape, const Measured& m, bool grpc) {
  const double per_batch_us = m.cpu_s * 1e6 / static_cast<double>(m.batches - shape.workers);
  const double bytes = static_cast<double>(m.batch_bytes) / static_cast<double>(m.batches);
  const double core = 100 * m.cpu_s / m.load_s;
  const double to_10k = 10'000.0 / shape.workers;
  std::printf("%u workers, %u names, %lld requests/s each, %lld s, %s\n", shape.workers,
              shape.names, static_cast<long long>(shape.rate),
              static_cast<long long>(shape.seconds), grpc ? "with gRPC" : "without transport");
  std::printf("  batches          %llu of %.0f bytes, %.2f MB/s\n",
              static_cast<unsigned long long>(m.batches), bytes,
              static_cast<double>(m.batch_bytes) * 1e-6 / m.load_s);
  std::printf("  CPU              %.1f us per batch, everything between two batches included\n",
              per_batch_us);
  std::printf("  of one core      %.1f %%; 10,000 workers by the same cost: %.0f %%\n", core,
              core * to_10k);
  std::printf(
      "  the end          last batches %.3f s, summary and reports %.3f s (%zu bytes, %zu "
      "rows)\n",
      m.flush_s, m.report_s, m.report_bytes, m.rows);
  for (const auto& [second, mib] : m.resident_mib) {
    std::printf("  resident         %.0f MiB after %lld s\n", mib, static_cast<long long>(second));
  }
  std::printf("  totals           %s\n", m.exact ? "exact" : "WRONG");
}

bool TakeNumber(const char* argument, const char* name, int64_t* value) {
  const size_t length = std::strlen(name);
  if (std::strncmp(argument, name, length) != 0) return false;
  const char* end = argument + std::strlen(argument);
  return std::from_chars(argument + length, end, *value).ptr == end && *value > 0;
}

int Main(int argc, char** argv) {
  FleetShape shape;
  bool grpc = false;
  for (int i = 1; i < argc; ++i) {
    int64_t workers = shape.workers, names = shape.names;
    const bool known = TakeNumber(argv[i], "--workers=", &workers) ||
                       TakeNumber(argv[i], "--names=", &names) ||
                       TakeNumber(argv[i], "--rate=", &shape.rate) ||
                       TakeNumber(argv[i], "--seconds=", &shape.seconds) ||
                       (grpc |= std::strcmp(argv[i], "--grpc") == 0);
    if (!known) {
      std::fprintf(stderr,
                   "usage: %s [--workers=N] [--names=N] [--rate=N] [--seconds=N] [--grpc]\n",
                   argv[0]);
      return 2;
    }
    shape.workers = static_cast<uint32_t>(workers);
    shape.names = static_cast<uint32_t>(names);
  }
  rlimit files{};
  getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);
  const Measured measured = grpc ? MeasureOverGrpc(shape) : MeasureInProcess(shape);
  Print(shape, measured, grpc);
  return measured.exact ? 0 : 1;
}

}  // namespace
}  // namespace muster

int main(int argc, char** argv) { return muster::Main(argc, argv); }

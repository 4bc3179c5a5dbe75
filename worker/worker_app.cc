#include "worker/worker_app.h"

#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/signal_set.hpp>
#include <csignal>
#include <cstdio>
#include <optional>
#include <random>
#include <thread>
#include <utility>

#include "common/base/version.h"
#include "common/session/grpc_client.h"
#include "common/time/asio_executor.h"
#include "worker/engine/epoll_engine_group.h"
#include "worker/net/tls_memory.h"
#include "worker/session/worker_session.h"
#include "worker/worker_flags.h"

namespace muster {
namespace {

constexpr int kExitUsage = 2;
constexpr int kExitRefused = 3;

uint64_t DrawInstance() {
  std::random_device device;
  return (static_cast<uint64_t>(device()) << 32) | device();
}

std::string DefaultName(uint64_t instance) {
  char host[256] = "worker";
  gethostname(host, sizeof(host) - 1);
  char digits[8];
  std::snprintf(digits, sizeof(digits), "%04x", static_cast<unsigned>(instance & 0xffff));
  return std::string(host).substr(0, 100) + "-" + digits;
}

uint32_t ThreadsOrCores(uint32_t threads) {
  return threads != 0 ? threads : std::max(1U, std::thread::hardware_concurrency());
}

Status SetUpLog(const WorkerFlags& flags) {
  try {
    auto log = flags.log_file.empty() ? spdlog::stderr_color_mt("worker")
                                      : spdlog::basic_logger_mt("worker", flags.log_file);
    spdlog::set_default_logger(std::move(log));
  } catch (const spdlog::spdlog_ex& error) {
    return InvalidArgument("--log-file " + flags.log_file + ": " + error.what());
  }
  spdlog::set_pattern("%Y-%m-%dT%H:%M:%S.%e %^%l%$ %v");
  spdlog::set_level(spdlog::level::from_str(flags.log_level));
  spdlog::flush_on(spdlog::level::info);
  return absl::OkStatus();
}

// A master that is not there yet is tried again and again: the same line is logged once.
void Log(const std::string& text) {
  static std::string last;  // control thread only
  if (text == last) return;
  last = text;
  spdlog::info("{}", text);
}

// Connects, serves run after run, leaves on a signal. Returns the exit code.
int Serve(const WorkerFlags& flags) {
  AsioExecutor executor;
  const ControlSecurity security{flags.tls_ca, flags.tls_cert, flags.tls_key, flags.tls_server_name,
                                 flags.insecure_control};
  StatusOr<std::unique_ptr<GrpcConnector>> connector =
      GrpcConnector::Create(flags.master, security, executor);
  if (!connector.ok()) {
    std::fprintf(stderr, "muster-worker: %s\n", Message(connector.status()).c_str());
    return kExitUsage;
  }

  WorkerSessionOptions options;
  options.build = std::string(kVersion);
  options.instance = DrawInstance();
  options.name = flags.name.empty() ? DefaultName(options.instance) : flags.name;
  options.weight = flags.weight;
  options.threads = ThreadsOrCores(flags.generator.threads);
  options.group = flags.group;
  options.lease = flags.lease;
  if (security.insecure_control && !security.uses_tls()) {
    spdlog::warn(
        "the control channel is open (--insecure-control): anybody on the network who "
        "answers as the master can aim this worker");
  }

  ThreadedEngineGroup engines(executor, flags.generator);
  std::optional<Status> ended;
  WorkerSession session(
      executor, engines, options, [&] { return (*connector)->Connect(); },
      [&](Status status) {
        ended = std::move(status);
        executor.Stop();
      },
      Log);

  boost::asio::signal_set signals(executor.io_context(), SIGINT, SIGTERM, SIGHUP);
  std::function<void()> await_signal = [&] {
    signals.async_wait([&](const boost::system::error_code& error, int number) {
      if (error) return;
      spdlog::info("{}: leaving", number == SIGINT ? "interrupted" : "told to stop");
      session.Shutdown();
      await_signal();
    });
  };
  await_signal();
  spdlog::info("worker {} of {} threads, master {}", options.name, options.threads, flags.master);
  session.Start();
  executor.Run();
  if (ended && !ended->ok()) {
    std::fprintf(stderr, "muster-worker: %s\n", Message(*ended).c_str());
    return kExitRefused;
  }
  return 0;
}

class EmbeddedWorkerImpl : public EmbeddedWorker {
 public:
  EmbeddedWorkerImpl(Executor& executor, WorkerSession::Connector connect,
                     const GeneratorOptions& generator)
      : engines_(executor, generator),
        session_(
            executor, engines_, Options(ThreadsOrCores(generator.threads)), std::move(connect),
            [](const Status&) {}, [](const std::string& text) { spdlog::debug("{}", text); }) {
    session_.Start();
  }

 private:
  static WorkerSessionOptions Options(uint32_t threads) {
    WorkerSessionOptions options;
    options.build = std::string(kVersion);
    options.instance = DrawInstance();
    options.name = "embedded";
    options.same_clock = true;
    options.threads = threads;
    return options;
  }

  ThreadedEngineGroup engines_;
  WorkerSession session_;
};

}  // namespace

void SetUpWorkerProcess() {
  // Without it TLS needs more memory and time, and works all the same.
  static_cast<void>(LendOpensslItsBuffers());
}

int WorkerMain(int argc, char** argv) {
  const StatusOr<WorkerFlags> flags = ParseWorkerFlags(argc, argv);
  if (!flags.ok()) {
    std::fprintf(stderr, "muster-worker: %s\n", Message(flags.status()).c_str());
    return kExitUsage;
  }
  if (!flags->help.empty()) {
    std::fputs(flags->help.c_str(), stdout);
    return 0;
  }
  if (const Status status = SetUpLog(*flags); !status.ok()) {
    std::fprintf(stderr, "muster-worker: %s\n", Message(status).c_str());
    return kExitUsage;
  }
  std::signal(SIGPIPE, SIG_IGN);
  RouteGrpcLogs();
  return Serve(*flags);
}

std::unique_ptr<EmbeddedWorker> StartEmbeddedWorker(
    Executor& executor, std::function<std::unique_ptr<WorkerPipe>()> connect,
    const GeneratorOptions& generator) {
  return std::make_unique<EmbeddedWorkerImpl>(executor, std::move(connect), generator);
}

}  // namespace muster

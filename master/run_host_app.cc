#include "master/run_host_app.h"

#include <boost/asio/signal_set.hpp>
#include <csignal>
#include <utility>

#include "common/session/memory_pipe.h"

namespace muster {
namespace {

// `timeout` and CI runners signal a process and then its group, so that one wish comes twice.
constexpr Duration kEcho = Duration::Millis(300);

std::string NameOfSignal(int number) {
  return number == SIGINT ? "SIGINT" : number == SIGHUP ? "SIGHUP" : "SIGTERM";
}

// A plan goes to every worker that joins, its client's private key with it.
Status CheckKeyStaysPrivate(const std::string& address, const ControlSecurity& security,
                            bool holds_key) {
  const bool open = !security.uses_tls() && !IsLoopback(address);
  if (!open || !holds_key) return absl::OkStatus();
  return InvalidArgument(
      "the plan holds a client's private key, which --insecure-control would give to anybody on "
      "the network: use --tls-ca, --tls-cert and --tls-key");
}

}  // namespace

struct RunHost::Signals {
  explicit Signals(AsioExecutor& executor) : set(executor.io_context(), SIGINT, SIGTERM, SIGHUP) {}
  boost::asio::signal_set set;
};

RunHost::RunHost(const RunOptions& options, Progress& progress)
    : options_(options), progress_(progress), signals_(std::make_unique<Signals>(executor_)) {}

RunHost::~RunHost() = default;

void RunHost::OnSignal(std::function<void(const std::string&)> handler) {
  on_signal_ = std::move(handler);
  AwaitSignal();
}

void RunHost::AwaitSignal() {
  signals_->set.async_wait([this](const boost::system::error_code& error, int number) {
    if (error) return;
    const MonoTime now = executor_.Now();
    const bool echo = last_signal_ && now - *last_signal_ < kEcho;
    last_signal_ = now;
    if (!echo) on_signal_(NameOfSignal(number));
    AwaitSignal();
  });
}

void RunHost::Attach(RunSession* session) {
  session_ = session;
  for (std::unique_ptr<MasterPipe>& pipe : std::exchange(waiting_, {})) {
    session_->AddLink(std::move(pipe));
  }
}

void RunHost::TakeLink(std::unique_ptr<MasterPipe> pipe) {
  if (session_ != nullptr) return session_->AddLink(std::move(pipe));
  if (waiting_.size() >= RunSession::kMaxLinks) return pipe->Close();
  waiting_.push_back(std::move(pipe));
}

Status RunHost::Link(const EmbedWorker& embed_worker, bool holds_key) {
  if (!embedded()) return Listen(holds_key);
  const auto connect = [this] {
    MemoryPipes pipes = MakeMemoryPipes(executor_, executor_);
    TakeLink(std::move(pipes.master));
    return std::move(pipes.worker);
  };
  embedded_ = embed_worker(executor_, connect, options_.generator);
  return absl::OkStatus();
}

Status RunHost::Listen(bool holds_key) {
  const ControlSecurity security{options_.tls.ca, options_.tls.cert, options_.tls.key,
                                 options_.tls.server_name, options_.insecure_control};
  const std::string& host = options_.listen->host;
  const std::string prefix = (host.find(':') != std::string::npos ? "[" + host + "]" : host) + ":";
  RETURN_IF_ERROR(CheckKeyStaysPrivate(prefix + "0", security, holds_key));
  ASSIGN_OR_RETURN(server_,
                   GrpcSessionServer::Start(
                       prefix + std::to_string(options_.listen->port), security, executor_,
                       [this](std::unique_ptr<MasterPipe> pipe) { TakeLink(std::move(pipe)); }));
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

void RunHost::Close() {
  embedded_.reset();
  waiting_.clear();
  server_.reset();
}

}  // namespace muster

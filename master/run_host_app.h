// RunHost: where runs happen: the executor of the run thread, the signals that end a run, and the
// workers, which are one embedded in this process or those that connect to a port. It serves one
// run after another: links of workers go to the session that is attached, and those that come
// between two sessions wait for the next.
//
// Owner: the run thread. Options, progress and the sessions outlive their attachment.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/session/grpc_server.h"
#include "common/time/asio_executor.h"
#include "master/master_app.h"
#include "master/plan/flags.h"
#include "master/progress_app.h"
#include "master/session/run_session.h"

namespace muster {

class RunHost {
 public:
  RunHost(const RunOptions& options, Progress& progress);
  ~RunHost();
  RunHost(const RunHost&) = delete;
  RunHost& operator=(const RunHost&) = delete;

  // Waits for workers over the network, or starts the embedded one. Refuses to give a client's
  // private key of the plan (`holds_key`) to anybody on the network.
  Status Link(const EmbedWorker& embed_worker, bool holds_key);
  // The worker and the port go. No session is attached any more.
  void Close();

  // Links are the session's from now on, until Detach.
  void Attach(RunSession* session);
  void Detach() { session_ = nullptr; }

  // Of every signal that ends a run, by its name: "SIGINT". One right after another is the same
  // wish, and is passed over.
  void OnSignal(std::function<void(const std::string&)> handler);

  AsioExecutor& executor() { return executor_; }
  // How many a run needs.
  uint32_t workers() const { return options_.listen ? options_.workers : 1; }
  bool embedded() const { return !options_.listen.has_value(); }
  // Anybody on the network can join.
  bool insecure_control() const { return insecure_; }

 private:
  struct Signals;
  Status Listen(bool holds_key);
  void TakeLink(std::unique_ptr<MasterPipe> pipe);
  void AwaitSignal();

  const RunOptions& options_;
  Progress& progress_;
  AsioExecutor executor_;
  std::unique_ptr<Signals> signals_;
  std::function<void(const std::string&)> on_signal_;
  std::optional<MonoTime> last_signal_;
  RunSession* session_ = nullptr;
  std::vector<std::unique_ptr<MasterPipe>> waiting_;  // links without a session
  bool insecure_ = false;
  std::shared_ptr<void> embedded_;
  std::unique_ptr<GrpcSessionServer> server_;
};

}  // namespace muster

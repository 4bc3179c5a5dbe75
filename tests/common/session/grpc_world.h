// GrpcWorld: a master's listening end and workers' connecting ends over this host's loopback, all
// on one executor in real time. For tests of the pipes over gRPC; the test's thread runs
// everything.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "common/base/check.h"
#include "common/session/grpc_client.h"
#include "common/session/grpc_server.h"
#include "common/time/asio_executor.h"

namespace muster {

class GrpcWorld {
 public:
  static constexpr Duration kLimit = Duration::Seconds(20);

  struct Pair {
    std::unique_ptr<WorkerPipe> worker;
    std::unique_ptr<MasterPipe> master;
  };

  AsioExecutor& executor() { return executor_; }

  // Runs the executor until the condition holds, asked between functions and at least every
  // millisecond: true. False when it does not within `limit`.
  bool RunUntil(const std::function<bool()>& condition, Duration limit = kLimit) {
    const MonoTime end = executor_.Now() + limit;
    std::function<void()> ask = [&] {
      if (condition() || executor_.Now() > end) return executor_.Stop();
      executor_.ScheduleAfter(Duration::Micros(100), ask);
    };
    executor_.Post(ask);
    executor_.Run();
    return condition();
  }
  // For what must not happen: real time passes.
  void RunFor(Duration span) {
    RunUntil([] { return false; }, span);
  }

  // Listens on a free port of 127.0.0.1.
  Status Listen(const ControlSecurity& security = {}, const std::string& host = "127.0.0.1") {
    auto server = GrpcSessionServer::Start(
        host + ":0", security, executor_,
        [this](std::unique_ptr<MasterPipe> pipe) { sessions_.push_back(std::move(pipe)); });
    if (!server.ok()) return server.status();
    server_ = *std::move(server);
    return absl::OkStatus();
  }
  std::string address() const { return "127.0.0.1:" + std::to_string(server_->port()); }
  GrpcSessionServer& server() { return *server_; }
  void StopServer() { server_.reset(); }

  // The streams that came, in order.
  std::vector<std::unique_ptr<MasterPipe>>& sessions() { return sessions_; }
  bool AwaitSession() {
    return RunUntil([this] { return !sessions_.empty(); });
  }
  std::unique_ptr<MasterPipe> TakeSession() {
    std::unique_ptr<MasterPipe> pipe = std::move(sessions_.front());
    sessions_.erase(sessions_.begin());
    return pipe;
  }

  std::unique_ptr<GrpcConnector> Connector(const ControlSecurity& security = {},
                                           const std::string& address_or_ours = "") {
    auto connector = GrpcConnector::Create(address_or_ours.empty() ? address() : address_or_ours,
                                           security, executor_);
    CHECK(connector.ok()) << connector.status().ToString();
    return *std::move(connector);
  }
  // Requires Listen, and that nobody else connects.
  Pair Connect() {
    if (!connector_) connector_ = Connector();
    Pair pair{connector_->Connect(), nullptr};
    CHECK(AwaitSession()) << "no session came";
    pair.master = TakeSession();
    return pair;
  }
  // Ends every stream of Connect() at once, as a dying worker does.
  void StopConnector() { connector_.reset(); }

 private:
  AsioExecutor executor_;
  std::vector<std::unique_ptr<MasterPipe>> sessions_;
  std::unique_ptr<GrpcSessionServer> server_;
  std::unique_ptr<GrpcConnector> connector_;
};

}  // namespace muster

// GrpcSessionServer: the master's listening end. Each worker's stream becomes a MasterPipe on the
// executor. A thin translation: who is let in is decided by master/session.
//
// Owner: the executor's thread, which must outlive the server. Refuses a port that is in use
// (gRPC's default would share it). Keep-alive 2 s + 2 s: a stopped peer is noticed within 4 s.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "common/base/status.h"
#include "common/session/grpc_security.h"
#include "common/session/pipe.h"
#include "common/time/executor.h"

namespace muster {

class GrpcSessionServer {
 public:
  // `address`: HOST:PORT, port 0 for any. `on_session` runs on the executor for each new stream.
  static StatusOr<std::unique_ptr<GrpcSessionServer>> Start(
      const std::string& address, const ControlSecurity& security, Executor& executor,
      std::function<void(std::unique_ptr<MasterPipe>)> on_session);
  // Ends every stream within a second and joins gRPC's threads.
  ~GrpcSessionServer();

  int port() const;

 private:
  GrpcSessionServer();
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace muster

// GrpcConnector: the worker's connecting end. Each Connect() makes a new channel and stream; when
// that fails the pipe's OnClosed says why. No proxy from the environment is used, even if one is
// set.
#pragma once

#include <memory>
#include <string>

#include "common/base/status.h"
#include "common/session/grpc_security.h"
#include "common/session/pipe.h"
#include "common/time/executor.h"

namespace muster {

class GrpcConnector {
 public:
  // Reads the certificate files once. `address`: HOST:PORT of the master.
  static StatusOr<std::unique_ptr<GrpcConnector>> Create(const std::string& address,
                                                         const ControlSecurity& security,
                                                         Executor& executor);
  ~GrpcConnector();

  std::unique_ptr<WorkerPipe> Connect();

 private:
  GrpcConnector();
  class Impl;
  std::unique_ptr<Impl> impl_;
};

// Sends gRPC's own log lines to spdlog at debug level instead of standard error. Once per process.
void RouteGrpcLogs();

}  // namespace muster

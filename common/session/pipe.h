// Pipe: one end of an ordered, unreliable-at-the-edges message stream. In memory (memory_pipe.h,
// for the embedded worker and the tests), simulated with faults (tests/sim), and over gRPC
// (grpc_*.h).
//
// Contract, the same for all: messages arrive whole, in order, each at most once, until the pipe
// closes; a sent message may be lost when it does. Handlers are called on the owner's executor,
// never inside Send, Close or Open. OnClosed comes exactly once unless this end called Close(),
// after which no handler is called.
#pragma once

#include <functional>
#include <string>

#include "common/session/message.h"

namespace muster {

template <typename Out, typename In>
class Pipe {
 public:
  virtual ~Pipe() = default;
  struct Handlers {
    std::function<void(In)> on_message;
    std::function<void(Status why)> on_closed;
  };
  // Sets the handlers; messages that came before are kept and delivered then. Once, before any
  // Send.
  virtual void Open(Handlers handlers) = 0;
  // Queues a message. Harmless after the close.
  virtual void Send(Out message) = 0;
  virtual void Close() = 0;
  // Who is at the other end, for logs: "127.0.0.1:40122", "embedded"; with TLS the certificate's
  // name.
  virtual std::string Peer() const = 0;
};

using WorkerPipe = Pipe<WorkerMessage, MasterMessage>;  // the worker's end
using MasterPipe = Pipe<MasterMessage, WorkerMessage>;  // the master's end

}  // namespace muster

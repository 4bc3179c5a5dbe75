// A connected pair of pipes inside one process: the embedded worker's link to its master, and
// tests'.
//
// Each end belongs to its own executor and is touched on that executor alone; what crosses is
// posted, so the two executors may be two threads or one and the same. Both executors must outlive
// the pipes and run no function of theirs after they are gone. The queue between the ends has no
// limit of its own: the outbox's window and the one answer per ping bound what is in it.
#pragma once

#include <memory>

#include "common/session/pipe.h"
#include "common/time/executor.h"

namespace muster {

struct MemoryPipes {
  std::unique_ptr<WorkerPipe> worker;
  std::unique_ptr<MasterPipe> master;
};

// Destroying an end closes it. The other end then sees on_closed (Unavailable), after every message
// sent before.
MemoryPipes MakeMemoryPipes(Executor& worker, Executor& master);

}  // namespace muster

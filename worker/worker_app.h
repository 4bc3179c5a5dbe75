// The worker program's parts list: what `muster-worker` is made of, and the same worker embedded in
// `muster run`.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "common/plan/generator_options.h"
#include "common/session/pipe.h"
#include "common/time/executor.h"

namespace muster {

// The first thing in the main of a program that generates load: what must be settled for the whole
// process before anything else runs in it.
void SetUpWorkerProcess();

// `muster-worker`: reads the command line, serves a master until it is told to stop. Returns the
// exit code: 0 after SIGTERM or Ctrl-C, 2 for wrong usage, 3 when the master refuses this worker
// for good.
int WorkerMain(int argc, char** argv);

// A worker inside the master's process: the same session and engines over an in-memory pipe.
class EmbeddedWorker {
 public:
  virtual ~EmbeddedWorker() = default;
};

// `executor` is the control thread's and outlives the worker; `connect` makes a new pipe to the
// master, and is called again when the link was silent for long: a process that was stopped finds
// its own messages late.
std::unique_ptr<EmbeddedWorker> StartEmbeddedWorker(
    Executor& executor, std::function<std::unique_ptr<WorkerPipe>()> connect,
    const GeneratorOptions& generator);

}  // namespace muster

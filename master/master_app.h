// The master program's parts list: from the command line to the exit code. What `muster run` is
// made of is run_app.h's; the commands on results are result_app.h's.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include "common/plan/generator_options.h"
#include "common/session/pipe.h"
#include "common/time/executor.h"

namespace muster {

// Starts a worker inside this process, on `executor`, that gets its pipes to the master from
// `connect`; it lives as long as what is returned.
using EmbedWorker = std::function<std::shared_ptr<void>(
    Executor& executor, std::function<std::unique_ptr<WorkerPipe>()> connect,
    const GeneratorOptions& generator)>;

// Exit codes: docs/output.md.
int MasterMain(int argc, char** argv, const EmbedWorker& embed_worker);

}  // namespace muster

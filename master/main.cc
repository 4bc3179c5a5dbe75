#include "master/master_app.h"
#include "worker/worker_app.h"

// The one place where the two programs meet: `muster run` embeds a worker when none is asked for.
int main(int argc, char** argv) {
  muster::SetUpWorkerProcess();
  return muster::MasterMain(argc, argv,
                            [](muster::Executor& executor, std::unique_ptr<muster::WorkerPipe> pipe,
                               const muster::GeneratorOptions& generator) -> std::shared_ptr<void> {
                              return muster::StartEmbeddedWorker(executor, std::move(pipe),
                                                                 generator);
                            });
}

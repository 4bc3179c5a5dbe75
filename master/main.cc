#include "master/master_app.h"
#include "worker/worker_app.h"

// The one place where the two programs meet: `muster run` embeds a worker when none is asked for.
int main(int argc, char** argv) {
  muster::SetUpWorkerProcess();
  const auto embed = [](muster::Executor& executor,
                        std::function<std::unique_ptr<muster::WorkerPipe>()> connect,
                        const muster::GeneratorOptions& generator) -> std::shared_ptr<void> {
    return muster::StartEmbeddedWorker(executor, std::move(connect), generator);
  };
  return muster::MasterMain(argc, argv, embed);
}

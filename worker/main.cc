#include "worker/worker_app.h"

int main(int argc, char** argv) {
  muster::SetUpWorkerProcess();
  return muster::WorkerMain(argc, argv);
}

#include "worker/worker_app.h"

int main(int argc, char** argv) { return muster::WorkerMain(argc, argv); }

// The command line of `muster-worker`.
#pragma once

#include <cstdint>
#include <string>

#include "common/base/status.h"
#include "common/plan/generator_options.h"
#include "common/time/time.h"

namespace muster {

struct WorkerFlags {
  std::string master;  // HOST:PORT
  std::string name;    // empty: host name and four hex digits
  std::string group;   // for thresholds; empty: none
  GeneratorOptions generator;
  uint32_t weight = 1;                     // 1..1000
  Duration lease = Duration::Seconds(10);  // 1 s .. 10 m
  std::string tls_ca, tls_cert, tls_key, tls_server_name;
  bool insecure_control = false;
  std::string log_level = "info";
  std::string log_file;  // empty: standard error
  std::string help;      // not empty: print this to standard output and exit 0
};

// Errors are one line for the user; the exit code is 2.
StatusOr<WorkerFlags> ParseWorkerFlags(int argc, const char* const* argv);

}  // namespace muster

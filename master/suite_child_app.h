// One run of a suite, as a process of its own: this program again, with other words. Readings of
// what it and the target use are taken while it runs. Adapter.
#pragma once

#include <string>
#include <vector>

#include "common/base/status.h"
#include "master/spawn_app.h"
#include "master/suite/suite_spec.h"
#include "master/suite/use_samples.h"
#include "master/target_process_app.h"

namespace muster {

struct ChildEnd {
  int status = 0;            // as waitpid gives it
  bool target_died = false;  // before the run had ended
  bool interrupted = false;
  std::vector<UseReading> readings;
};

// Runs it to its end, which comes at once when the target dies and soon after a signal of the
// suite. Its output goes to `log`.
StatusOr<ChildEnd> RunChild(const Words& words, const std::vector<int>& cores,
                            const std::vector<int>& target_cores, const std::string& log,
                            TargetProcess& target);

}  // namespace muster

// Where the run store is, from what the user said and the environment. Pure; any thread.
#pragma once

#include <string>

#include "common/base/status.h"

namespace muster {

// Variables of the environment; empty: not set.
struct StoreEnvironment {
  std::string ci, xdg_state_home, home;
};

// "$XDG_STATE_HOME/muster/runs.db", else "~/.local/state/muster/runs.db"; `given`, unless empty,
// goes over both. NotFound: neither variable holds an absolute path.
StatusOr<std::string> StorePath(const std::string& given, const StoreEnvironment& environment);

// Whether a run is kept although nobody said so: not in CI, whose jobs start from nothing. CI is
// anything but empty, "0" and "false".
bool KeepsRunsByDefault(const StoreEnvironment& environment);

}  // namespace muster

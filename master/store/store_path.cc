#include "master/store/store_path.h"

namespace muster {

StatusOr<std::string> StorePath(const std::string& given, const StoreEnvironment& environment) {
  if (!given.empty()) return given;
  // The XDG base directory specification: a path that is not absolute is no path.
  if (environment.xdg_state_home.starts_with('/')) {
    return environment.xdg_state_home + "/muster/runs.db";
  }
  if (environment.home.starts_with('/')) return environment.home + "/.local/state/muster/runs.db";
  return NotFound(
      "there is no place for the run store: neither XDG_STATE_HOME nor HOME is set; "
      "give --store FILE");
}

bool KeepsRunsByDefault(const StoreEnvironment& environment) {
  return environment.ci.empty() || environment.ci == "0" || environment.ci == "false";
}

}  // namespace muster

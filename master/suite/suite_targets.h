// The targets of a suite file, and the `defaults` that stand for what each leaves out. A key of a
// target goes over the defaults'; of ready, stop, limits and needs each key by itself, and
// variables of env come beside. Errors go to the map's. Pure; any thread.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "master/plan/yaml_map.h"
#include "master/suite/suite_spec.h"

namespace muster {

inline constexpr std::string_view kTargetKeys[] = {
    "name", "start",   "folder", "env",   "python", "pythonpath", "needs",
    "port", "version", "url",    "ready", "stop",   "limits"};
inline constexpr std::string_view kTargetDefaultsKeys[] = {
    "folder",  "env", "python", "pythonpath", "needs", "port",
    "version", "url", "ready",  "stop",       "limits"};
inline constexpr std::string_view kNeedsKeys[] = {"modules", "command", "install"};
inline constexpr std::string_view kReadyKeys[] = {"path", "status", "body", "within"};
inline constexpr std::string_view kStopKeys[] = {"signal", "grace"};
inline constexpr std::string_view kLimitKeys[] = {"cores", "memory", "open_files"};

// Of the suite file in `folder` (absolute).
std::vector<TargetSpec> ReadSuiteTargets(const YamlMap& suite, const std::string& folder);

}  // namespace muster

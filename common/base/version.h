// The version of both programs: printed by --version, compared when a worker greets a master (they
// must be equal), written into every result. CMakeLists.txt reads it from here.
#pragma once

#include <string_view>

namespace muster {

inline constexpr std::string_view kVersion = "0.1.0";

}  // namespace muster

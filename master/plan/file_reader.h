// The FileReader of the programs: whole files from the disk, "-" from standard input. The only file
// access of plan loading. Blocking; call it before a run.
#pragma once

#include "master/plan/plan_draft.h"

namespace muster {

// Errors name the file and the system's reason, or the limit.
StatusOr<std::string> ReadWholeFile(const std::string& path, size_t max_bytes);

}  // namespace muster

// `muster suite`, put together: from its words to its exit code. Runs the cells one after the
// other, keeps each as it ends, and writes the table of all that is there, also after a signal.
#pragma once

#include <span>
#include <string>

namespace muster {

// `args` without the command. Exit codes: docs/suite.md.
int SuiteMain(std::span<const std::string> args);

}  // namespace muster

// Workflow commands of GitHub Actions, which its runner reads from what a step prints and shows
// beside the lines of a pull request: an error for each threshold that failed, at its place in the
// plan file, and for each finding of the severity verdict; a warning for each warning. Pure; any
// thread.
#pragma once

#include <string>

#include "master/results/summary.h"

namespace muster {

// `folder`: what leads from the repository's root to the folder that the plan's name is relative
// to; empty, or ended by '/'. GitHub shows at most ten errors and ten warnings of a step: no more
// are given.
std::string GithubAnnotations(const RunSummary& summary, const std::string& folder);

}  // namespace muster

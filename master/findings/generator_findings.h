// Findings about the generator itself: 1 it could not keep up, 2 limits of its hosts, 3 the asked
// rate was not delivered, 8 one worker unlike the others, 12 clocks too far apart. Pure.
#pragma once

#include <vector>

#include "master/findings/findings.h"

namespace muster {

// 1: red seconds (worker_watch.h) are a twentieth of a worker's and two at least, or amber and red
// ones a fifth; of severity "verdict" when the run is generator-limited.
inline constexpr double kRedShare = 0.05;
inline constexpr uint64_t kRedSeconds = 2;
inline constexpr double kAmberShare = 0.2;
// 2: of a limit of descriptors, memory or ports.
inline constexpr double kNearLimit = 0.9;
// 3: of all due.
inline constexpr double kMissedShare = 0.001;
// 8: a worker's mean service beside the median worker's of its group; with so many completions
// each.
inline constexpr double kUnlikeRatio = 1.25;
inline constexpr int64_t kUnlikeNs = 1'000'000;
inline constexpr uint64_t kUnlikeSamples = 1'000;

// Whether a worker surely could not keep up, or the verdict says so.
bool GeneratorWasRed(const RunSummary& summary);

void AddGeneratorFindings(const FindingInput& input, std::vector<Finding>* findings);

}  // namespace muster

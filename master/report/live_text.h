// The words of the live view, shared by its block and its lines. Pure; any thread.
#pragma once

#include <string>
#include <vector>

#include "master/report/text_style.h"
#include "master/results/live.h"

namespace muster {

// "0:47 of 2m10s", "of at most" where a limit on iterations may end it before.
std::string LiveClock(const LiveSnapshot& live);
// "starts in 0.4s", "stage steady", "draining"
std::string LivePhase(const LiveSnapshot& live, const TextStyle& style);
// "1m23s left", in whole seconds, rounded up.
std::string LiveLeft(Duration left);
// Share of the load phase that is over, 0 to 1: of its time, or of the iterations it may have.
double LiveProgress(const LiveSnapshot& live);
// "asked 2,000/s", "50 users"
std::string LiveAsked(const LiveSnapshot& live);
// Of the stage: "hold 2,000/s", "ramp 0/s to 2,000/s"
std::string LiveLevel(const LiveSnapshot& live, const TextStyle& style);
// The hold, of a snapshot that has one: "held since 0:47"; "to be held from 0:47" before; "held
// 0:47 to 0:58" when it is released.
std::string LiveHeld(const LiveSnapshot& live);
// "271ms", "failed" where the rank falls among what did not complete, "-" without data.
std::string LiveP99(const LivePoint& point);
// The figures are older than a run without trouble has them.
bool LiveIsBehind(const LiveSnapshot& live);

// The more, the worse: 0 for a worker with which all is well.
int LiveConcern(const LiveWorker& worker);
// The first says how it is, with its sign: "✓ ok", "! strained", "✗ saturated", "✗ lost"; then
// figures, if there are any.
std::vector<std::string> LiveHealth(const LiveWorker& worker, const TextStyle& style);
// "3/3", then how many are in trouble, if any.
std::vector<std::string> LiveWorkerCounts(const LiveSnapshot& live, const TextStyle& style);

}  // namespace muster

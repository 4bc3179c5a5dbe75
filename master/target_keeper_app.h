// The keeper of one target: a forked process that starts it, says how it ends, and stops it with
// everything below it when it is asked to, or when whoever would ask has died. It is the reaper of
// all that, so that a process that leaves its parent or its session is found, too.
#pragma once

#include <string>

#include "common/time/time.h"
#include "master/spawn_app.h"

namespace muster {

// The keeper's first news, unless the start failed: then it is why.
inline constexpr const char* kKeeperStarted = "started";
// To the keeper: stop by signal and grace, as at the link's end; and without them, also later.
inline constexpr char kStop = 's';
inline constexpr char kKillAtOnce = 'k';

// The next news; empty: the keeper has gone.
std::string ReceiveNews(int link);

// What the keeper does; called in a fresh fork.
[[noreturn]] void KeepTarget(SpawnSpec spec, int link, int signal, Duration grace);

}  // namespace muster

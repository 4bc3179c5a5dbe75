// Whether a target takes requests yet: one GET over a connection of its own. Blocking, at most a
// second or so. Adapter.
#pragma once

#include <string>

#include "common/plan/plan.h"
#include "master/suite/suite_spec.h"

namespace muster {

// Empty: it is ready; else what is still missing. Over https only the connection is looked at.
std::string WhyNotReady(const Target& target, const ReadyCheck& check);

// Something listens on that port of loopback or of every address.
bool PortIsTaken(const Target& target);

}  // namespace muster

// Which of a name's addresses can be used at all, asked once before the run.
//
// "localhost" is ::1 and 127.0.0.1, and most servers listen at one of them. Connections go to the
// addresses in rotation, so without asking, every second one would be refused, and the run would
// tell of a broken target.
#pragma once

#include <vector>

#include "common/time/time.h"
#include "worker/net/transport.h"

namespace muster {

// Asked only when both IPv4 and IPv6 are among `endpoints`: connects to each of them, once and
// without sending anything, and returns those that accepted within `limit`, in their order. When
// none did, all: a target that is down is the run's to report. Blocks for `limit` at most.
std::vector<Endpoint> DropUnreachable(const std::vector<Endpoint>& endpoints, Duration limit);

}  // namespace muster

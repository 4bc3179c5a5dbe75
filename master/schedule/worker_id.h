// WorkerId: names a worker process towards one master, in order of arrival. Never reused.
#pragma once

#include <cstdint>

namespace muster {

using WorkerId = uint32_t;

}  // namespace muster

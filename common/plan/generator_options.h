// GeneratorOptions: how a worker uses its own host. Not part of the plan: set by muster-worker's
// flags, or by those of `muster run` for the worker in its process. A value.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/status.h"

namespace muster {

struct GeneratorOptions {
  uint32_t threads = 0;  // engine threads; 0: one per core
  bool pin = false;      // each engine thread to a core of its own, in turn
  // Sleep to the due time instead of spinning the last 60 us before it: later by as much, at a
  // fraction of the CPU. For low rates, and hosts that run on a battery.
  bool frugal = false;
  // Connections leave from these addresses in turn, each with ports of its own. Empty: the system's
  // choice. Those of another family than the target's are not used.
  std::vector<std::string> local_addresses{};
  bool operator==(const GeneratorOptions&) const = default;
};

// Whether `text` is an IPv4 or IPv6 address; whether this host has it is seen when a run begins.
Status CheckLocalAddress(std::string_view text);

}  // namespace muster

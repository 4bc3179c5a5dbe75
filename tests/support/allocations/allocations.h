// Counts heap allocations, for tests of the hot path's budget. A program that links
// tests_allocations has its global operator new and delete replaced, in a source of their own so
// that no compiler or sanitizer sees half of a pair.
#pragma once

#include <cstdint>

namespace muster {

// Calls of operator new by the calling thread since it started.
uint64_t AllocationsOfThisThread();

}  // namespace muster

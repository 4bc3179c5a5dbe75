// Counts heap allocations, for tests of the hot path's budget and of memory that must stay flat. A
// program that links tests_allocations has its global operator new and delete replaced, in a source
// of their own so that no compiler or sanitizer sees half of a pair.
#pragma once

#include <cstdint>

namespace muster {

// Calls of operator new by the calling thread since it started.
uint64_t AllocationsOfThisThread();
// Bytes that operator new gave out in this thread less those that were deleted in it, as the heap
// counts them. Meaningful where one thread does both.
int64_t LiveBytesOfThisThread();

}  // namespace muster

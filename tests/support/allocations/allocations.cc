#include "tests/support/allocations/allocations.h"

#include <malloc.h>

#include <cstdlib>
#include <new>

namespace {

thread_local uint64_t allocations = 0;
thread_local int64_t live_bytes = 0;

[[maybe_unused]] void Free(void* memory) noexcept {
  live_bytes -= static_cast<int64_t>(malloc_usable_size(memory));
  std::free(memory);
}

}  // namespace

namespace muster {
uint64_t AllocationsOfThisThread() { return allocations; }
int64_t LiveBytesOfThisThread() { return live_bytes; }
}  // namespace muster

#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define MUSTER_COUNTS_NOTHING  // its own operator new does not give way to another
#endif
#endif

#ifndef MUSTER_COUNTS_NOTHING
// Both forms: the sanitizers have their own of each, which must not meet ours.
void* operator new(size_t size, const std::nothrow_t&) noexcept {
  void* memory = std::malloc(size == 0 ? 1 : size);
  ++allocations;
  live_bytes += static_cast<int64_t>(malloc_usable_size(memory));
  return memory;
}
void* operator new(size_t size) {
  void* memory = operator new(size, std::nothrow);
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}
void operator delete(void* memory) noexcept { Free(memory); }
void operator delete(void* memory, size_t) noexcept { Free(memory); }
#endif

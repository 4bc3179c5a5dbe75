// Http2Memory: the heap of all Http2Clients of one thread. Freed blocks are kept by size class and
// taken again, so that a request costs no allocation of the system once the most streams at a time
// have been seen; opening a connection costs few.
//
// Owner: one thread. Outlives what was allocated from it. Limits: blocks above 64 KiB come from the
// system and go back to it; the others are given back when this ends.
#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <vector>

namespace muster {

class Http2Memory {
 public:
  static constexpr size_t kLargestKept = 64 * 1024;  // of a block, its 16 bytes of head included

  Http2Memory() = default;
  Http2Memory(const Http2Memory&) = delete;
  Http2Memory& operator=(const Http2Memory&) = delete;

  // Aligned for any type. Never null.
  void* Allocate(size_t bytes);
  void Free(void* memory);  // or null
  // Keeps the content, as far as both sizes reach. Null `memory`: Allocate.
  void* Reallocate(void* memory, size_t bytes);

 private:
  // In front of every block. Free blocks of a class are chained through `next`.
  struct alignas(16) Head {
    size_t size_class = 0;
    union {
      Head* next;
      size_t bytes;  // that the block has for its user, while it is taken
    };
  };
  static_assert(sizeof(Head) == 16);
  static constexpr size_t kStep = 32;         // between classes up to kFineLimit
  static constexpr size_t kFineLimit = 1024;  // above: four classes for each power of two
  static constexpr size_t kFineClasses = kFineLimit / kStep;
  static constexpr size_t kClasses = kFineClasses + 6 * 4;
  static constexpr size_t kFromSystem = kClasses;
  static constexpr size_t kChunkBytes = 256 * 1024;

  struct SizeClass {
    size_t number = 0;
    size_t bytes = 0;  // of a whole block
  };
  static SizeClass ClassOf(size_t block_bytes);
  Head* Carve(size_t bytes);

  std::array<Head*, kClasses> free_{};
  std::vector<std::unique_ptr<std::byte[]>> chunks_;
  std::byte* unused_ = nullptr;  // of the last chunk
  size_t unused_bytes_ = 0;
};

}  // namespace muster

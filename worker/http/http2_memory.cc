#include "worker/http/http2_memory.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <new>

namespace muster {

Http2Memory::SizeClass Http2Memory::ClassOf(size_t block_bytes) {
  if (block_bytes <= kFineLimit) {
    const size_t number = (block_bytes - 1) / kStep;
    return {number, (number + 1) * kStep};
  }
  // The last byte's position is 1xx... in binary: the three first bits are the class.
  const size_t last = block_bytes - 1;
  const auto width = static_cast<size_t>(std::bit_width(last));
  const size_t shift = width - 3;
  constexpr size_t kFirstWidth = std::bit_width(kFineLimit);
  return {kFineClasses + (width - kFirstWidth) * 4 + (last >> shift) - 4, ((last >> shift) + 1)
                                                                              << shift};
}

void* Http2Memory::Allocate(size_t bytes) {
  const size_t block = sizeof(Head) + std::max<size_t>(bytes, 1);
  Head* head = nullptr;
  if (block > kLargestKept) {
    head = new (::operator new(block)) Head;
    head->size_class = kFromSystem;
    head->bytes = bytes;
    return head + 1;
  }
  const SizeClass size_class = ClassOf(block);
  head = free_[size_class.number];
  if (head != nullptr) {
    free_[size_class.number] = head->next;
  } else {
    head = Carve(size_class.bytes);
    head->size_class = size_class.number;
  }
  head->bytes = size_class.bytes - sizeof(Head);
  return head + 1;
}

Http2Memory::Head* Http2Memory::Carve(size_t bytes) {
  if (unused_bytes_ < bytes) {
    // Not cleared: what is never used never becomes resident.
    chunks_.emplace_back(new std::byte[kChunkBytes]);
    unused_ = chunks_.back().get();
    unused_bytes_ = kChunkBytes;
  }
  Head* head = new (unused_) Head;
  unused_ += bytes;
  unused_bytes_ -= bytes;
  return head;
}

void Http2Memory::Free(void* memory) {
  if (memory == nullptr) return;
  Head* head = static_cast<Head*>(memory) - 1;
  if (head->size_class == kFromSystem) {
    ::operator delete(head);
    return;
  }
  head->next = free_[head->size_class];
  free_[head->size_class] = head;
}

void* Http2Memory::Reallocate(void* memory, size_t bytes) {
  if (memory == nullptr) return Allocate(bytes);
  const size_t had = (static_cast<Head*>(memory) - 1)->bytes;
  if (bytes <= had) return memory;
  void* larger = Allocate(bytes);
  std::memcpy(larger, memory, had);
  Free(memory);
  return larger;
}

}  // namespace muster

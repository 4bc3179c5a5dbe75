#include "worker/http/http2_memory.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <vector>

#include "tests/support/allocations/allocations.h"

namespace muster {
namespace {

// Sizes around the ends of every class.
std::vector<size_t> Sizes() {
  std::vector<size_t> sizes = {0, 1};
  for (size_t around = 16; around <= 4 * Http2Memory::kLargestKept; around += around / 8) {
    for (size_t bytes = around - 2; bytes <= around + 2; ++bytes) sizes.push_back(bytes);
  }
  return sizes;
}

TEST(Http2MemoryTest, BlocksAreAlignedAndApart) {
  Http2Memory memory;
  std::vector<std::pair<unsigned char*, size_t>> blocks;
  for (const size_t bytes : Sizes()) {
    auto* block = static_cast<unsigned char*>(memory.Allocate(bytes));
    ASSERT_EQ(reinterpret_cast<uintptr_t>(block) % 16, 0u);
    std::memset(block, static_cast<int>(blocks.size() % 251), bytes);
    blocks.emplace_back(block, bytes);
  }
  for (size_t i = 0; i < blocks.size(); ++i) {
    const auto [block, bytes] = blocks[i];
    const auto expected = static_cast<unsigned char>(i % 251);
    ASSERT_TRUE(std::all_of(block, block + bytes, [=](unsigned char c) { return c == expected; }))
        << bytes;
    memory.Free(block);
  }
}

TEST(Http2MemoryTest, FreedBlocksAreTakenAgain) {
  Http2Memory memory;
  const std::vector<size_t> sizes = Sizes();
  std::vector<void*> blocks;
  blocks.reserve(sizes.size());
  const auto take_all = [&] {
    blocks.clear();
    for (const size_t bytes : sizes) {
      if (bytes + 16 <= Http2Memory::kLargestKept) blocks.push_back(memory.Allocate(bytes));
    }
    for (void* block : blocks) memory.Free(block);
  };
  take_all();
  const uint64_t before = AllocationsOfThisThread();
  take_all();
  EXPECT_EQ(AllocationsOfThisThread() - before, 0u);
}

TEST(Http2MemoryTest, ReallocateKeepsTheContent) {
  Http2Memory memory;
  void* block = memory.Reallocate(nullptr, 3);
  std::memcpy(block, "abc", 3);
  for (const size_t bytes : Sizes()) {
    if (bytes < 3) continue;
    block = memory.Reallocate(block, bytes);
    ASSERT_EQ(std::memcmp(block, "abc", 3), 0) << bytes;
    std::memset(static_cast<char*>(block) + 3, 'x', bytes - 3);
  }
  memory.Free(block);
  memory.Free(nullptr);
}

}  // namespace
}  // namespace muster

#include "worker/net/tls_memory.h"

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstring>
#include <set>
#include <thread>
#include <vector>

namespace muster {
namespace {

// Bytes of the block that are in memory.
size_t Resident(void* block) {
  const auto page = static_cast<size_t>(sysconf(_SC_PAGESIZE));
  std::vector<unsigned char> pages(BlockPool::kBlockBytes / page);
  EXPECT_EQ(mincore(block, BlockPool::kBlockBytes, pages.data()), 0);
  size_t bytes = 0;
  for (const unsigned char in_memory : pages) bytes += (in_memory & 1) != 0 ? page : 0;
  return bytes;
}

TEST(TlsMemoryTest, BlocksAreApartAndThePoolsOwn) {
  BlockPool pool(10);
  BlockPool::Cache cache(&pool);
  std::set<char*> blocks;
  for (int i = 0; i < 10; ++i) {
    auto* block = static_cast<char*>(cache.Allocate());
    ASSERT_NE(block, nullptr);
    std::memset(block, i, BlockPool::kBlockBytes);
    EXPECT_TRUE(pool.Owns(block) && pool.Owns(block + BlockPool::kBlockBytes - 1));
    EXPECT_TRUE(blocks.insert(block).second);
  }
  EXPECT_EQ(cache.Allocate(), nullptr);
  EXPECT_FALSE(pool.Owns(&pool));
  EXPECT_FALSE(pool.Owns(nullptr));
  for (char* block : blocks) {
    EXPECT_EQ(block[0], block[BlockPool::kBlockBytes - 1]);
    cache.Free(block);
  }
}

TEST(TlsMemoryTest, TheBlockFreedLastIsTakenFirst) {
  BlockPool pool(10);
  BlockPool::Cache cache(&pool);
  void* one = cache.Allocate();
  void* two = cache.Allocate();
  cache.Free(one);
  cache.Free(two);
  EXPECT_EQ(cache.Allocate(), two);
  EXPECT_EQ(cache.Allocate(), one);
}

TEST(TlsMemoryTest, MoreThanAThreadsFewAreGivenBackToTheSystem) {
  constexpr size_t kMany = 3 * BlockPool::kCached;
  BlockPool pool(kMany);
  BlockPool::Cache cache(&pool);
  std::vector<void*> blocks;
  for (size_t i = 0; i < kMany; ++i) {
    blocks.push_back(cache.Allocate());
    std::memset(blocks.back(), 1, BlockPool::kBlockBytes);
    EXPECT_EQ(Resident(blocks.back()), BlockPool::kBlockBytes);
  }
  for (void* block : blocks) cache.Free(block);
  size_t resident = 0;
  for (void* block : blocks) resident += Resident(block);
  EXPECT_EQ(resident, BlockPool::kCached * BlockPool::kBlockBytes);
  for (size_t i = 0; i < kMany; ++i) EXPECT_NE(cache.Allocate(), nullptr);  // all again
  EXPECT_EQ(cache.Allocate(), nullptr);
}

TEST(TlsMemoryTest, BlocksMayBeFreedByAnotherThreadWhichEnds) {
  BlockPool pool(100);
  std::vector<void*> blocks;
  BlockPool::Cache cache(&pool);
  for (int round = 0; round < 20; ++round) {
    for (void*& block : blocks) block = nullptr;
    blocks.clear();
    for (int i = 0; i < 100; ++i) blocks.push_back(cache.Allocate());
    for (void* block : blocks) ASSERT_NE(block, nullptr) << round;
    std::thread([&] {
      BlockPool::Cache other(&pool);
      for (void* block : blocks) other.Free(block);
    }).join();
  }
}

TEST(TlsMemoryTest, WithoutAddressesThereAreNoBlocks) {
  BlockPool pool(0);
  BlockPool::Cache cache(&pool);
  EXPECT_EQ(cache.Allocate(), nullptr);
  EXPECT_FALSE(pool.Owns(&cache));
}

}  // namespace
}  // namespace muster

#include "worker/net/tls_memory.h"

#include <openssl/crypto.h>
#include <sys/mman.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>

#include "common/base/check.h"

namespace muster {
namespace {

// What goes to the pool: a connection's object (7.4 KiB), record buffers (16.4 KiB) and the three
// buffers of a handshake (twice 4, 21.3 KiB). Of a block only those pages are in memory that have
// been written to: of a record buffer for small messages one.
constexpr size_t kLeastBytes = size_t{4} << 10;
// A hundred thousand connections that receive while they have their handshakes.
constexpr uint32_t kBlocks = 500'000;

// Addresses without memory; null when the system refuses.
void* Reserve(size_t bytes) {
  void* region = mmap(nullptr, bytes, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  return region == MAP_FAILED ? nullptr : region;
}

BlockPool* pool = nullptr;  // set once, before there is a second thread

// OpenSSL frees some of what it has when a thread, or the process, ends: after the thread's cache
// is gone. Trivial, so that it can be read until the very end.
thread_local bool cache_is_gone = false;

struct ThreadsCache {
  BlockPool::Cache blocks{pool};
  ~ThreadsCache() { cache_is_gone = true; }
};

BlockPool::Cache& ThisThreads() {
  thread_local ThreadsCache cache;
  return cache.blocks;
}

void* Allocate() { return cache_is_gone ? pool->Take() : ThisThreads().Allocate(); }

void Release(void* block) {
  if (cache_is_gone) {
    pool->GiveBack(block);
  } else {
    ThisThreads().Free(block);
  }
}

bool Fits(size_t size) { return size >= kLeastBytes && size <= BlockPool::kBlockBytes; }

void* Malloc(size_t size, const char* /*file*/, int /*line*/) {
  if (Fits(size)) {
    void* block = Allocate();
    if (block != nullptr) return block;
  }
  return size == 0 ? nullptr : std::malloc(size);
}

void Free(void* address, const char* /*file*/, int /*line*/) {
  if (pool->Owns(address)) {
    Release(address);
  } else {
    std::free(address);
  }
}

void* Realloc(void* address, size_t size, const char* file, int line) {
  if (address == nullptr) return Malloc(size, file, line);
  const bool pooled = pool->Owns(address);
  if (size == 0) {
    Free(address, file, line);
    return nullptr;
  }
  if (pooled && size <= BlockPool::kBlockBytes) return address;
  if (!pooled) return std::realloc(address, size);
  void* larger = std::malloc(size);
  if (larger == nullptr) return nullptr;
  std::memcpy(larger, address, BlockPool::kBlockBytes);
  Release(address);
  return larger;
}

}  // namespace

BlockPool::BlockPool(uint32_t blocks)
    : wanted_(blocks),
      region_(static_cast<char*>(Reserve(blocks * kBlockBytes))),
      region_bytes_(region_ == nullptr ? 0 : blocks * kBlockBytes),
      free_(static_cast<uint32_t*>(Reserve(blocks * sizeof(uint32_t)))),
      blocks_(region_ == nullptr || free_ == nullptr ? 0 : blocks) {}

BlockPool::~BlockPool() {
  if (region_ != nullptr) munmap(region_, region_bytes_);
  if (free_ != nullptr) munmap(free_, wanted_ * sizeof(uint32_t));
}

BlockPool::Cache::~Cache() {
  while (size_ > 0) pool_->GiveBack(blocks_[--size_]);
}

void* BlockPool::Take() {
  const MutexLock lock(mutex_);
  if (free_count_ > 0) return region_ + free_[--free_count_] * kBlockBytes;
  if (next_ == blocks_) return nullptr;
  return region_ + next_++ * kBlockBytes;
}

void BlockPool::GiveBack(void* block) {
  madvise(block, kBlockBytes, MADV_DONTNEED);
  const auto offset = static_cast<size_t>(static_cast<char*>(block) - region_);
  const auto number = static_cast<uint32_t>(offset / kBlockBytes);
  const MutexLock lock(mutex_);
  CHECK_LT(free_count_, next_) << "a block was freed twice";
  free_[free_count_++] = number;
}

bool LendOpensslItsBuffers() {
  CHECK(pool == nullptr) << "once";
  pool = new BlockPool(kBlocks);
  return CRYPTO_set_mem_functions(&Malloc, &Realloc, &Free) == 1;
}

}  // namespace muster

// tls_memory: where OpenSSL's larger blocks come from. It takes and releases a buffer of 16 KiB for
// nearly every record, and three for a handshake. Out of the common heap that costs 1,300
// instructions a request, and a start with many handshakes at once leaves holes between what stays,
// which no heap gives back: 5,000 connections held 37 KiB each, where 20 are in use.
//
// So such blocks come from a region of their own: freed ones are taken again last in, first out, by
// the thread that freed them, without a lock; what is more than a thread's few is given back to the
// system at once, and only its address is kept.
#pragma once

#include <cstddef>
#include <cstdint>

#include "common/base/mutex.h"

namespace muster {

// Blocks of one size out of one reserved region. Any thread may allocate and free, each through a
// Cache of its own. Lives as long as any block does.
class BlockPool {
 public:
  static constexpr size_t kBlockBytes = size_t{24} << 10;  // whole pages
  static constexpr size_t kCached = 32;                    // free blocks that a thread keeps

  // Reserves addresses for `blocks`, memory for none. Where the system refuses there are no blocks.
  explicit BlockPool(uint32_t blocks);
  ~BlockPool();
  BlockPool(const BlockPool&) = delete;
  BlockPool& operator=(const BlockPool&) = delete;

  // One thread's free blocks. The pool outlives it.
  class Cache {
   public:
    explicit Cache(BlockPool* pool) : pool_(pool) {}
    ~Cache();
    Cache(const Cache&) = delete;
    Cache& operator=(const Cache&) = delete;

    // Null when none is left. The content is undefined.
    void* Allocate() { return size_ > 0 ? blocks_[--size_] : pool_->Take(); }
    // Requires Owns(block).
    void Free(void* block) {
      if (size_ < kCached) {
        blocks_[size_++] = block;
      } else {
        pool_->GiveBack(block);
      }
    }

   private:
    BlockPool* const pool_;
    size_t size_ = 0;
    void* blocks_[kCached];
  };

  bool Owns(const void* address) const {
    const auto* byte = static_cast<const char*>(address);
    return byte >= region_ && byte < region_ + region_bytes_;
  }

  // As a Cache's, for a thread that has none any more.
  void* Take() EXCLUDES_LOCK(mutex_);
  void GiveBack(void* block) EXCLUDES_LOCK(mutex_);

 private:
  const uint32_t wanted_;
  char* const region_;         // null when the system refused
  const size_t region_bytes_;  // 0 then
  Mutex mutex_;
  uint32_t* const free_ GUARDED_BY(mutex_);  // numbers of blocks; as a stack
  uint32_t free_count_ GUARDED_BY(mutex_) = 0;
  uint32_t next_ GUARDED_BY(mutex_) = 0;  // the first that was never taken
  const uint32_t blocks_;
};

// Has OpenSSL use a pool, for the rest of the process: its hook is the process's. The first thing
// in main. False when OpenSSL has already allocated: then it goes on with the common heap.
bool LendOpensslItsBuffers();

}  // namespace muster

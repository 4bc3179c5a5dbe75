// Outbox: the batches that the master has not yet acknowledged, as the bytes they were sealed to.
//
// It decides which batch is sent next and when nothing more fits; the session sends. Numbers start
// at 1 and have no gaps. Bytes never change between Add and the acknowledgement, so a resend is the
// same byte for byte (law 3). Owner: the control thread. Pure.
//
// Limits: `limit_bytes` of unacknowledged batches makes it full(): the session then stops new
// starts, but a batch that was measured is still taken, so the real bound is the limit plus what
// engines hand over while they stop. At most kWindow batches are on a link without an
// acknowledgement, which bounds what the pipe has to queue.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>

#include "common/base/status.h"

namespace muster {

class Outbox {
 public:
  static constexpr size_t kDefaultLimitBytes = 64 << 20;
  static constexpr uint64_t kWindow = 64;

  struct Entry {
    uint64_t sequence = 0;
    std::string bytes;
  };

  explicit Outbox(size_t limit_bytes = kDefaultLimitBytes) : limit_bytes_(limit_bytes) {}

  // The number that the next batch must be sealed with.
  uint64_t next_sequence() const { return next_sequence_; }
  // Keeps the batch sealed with next_sequence().
  void Add(std::string bytes);
  // The next batch to send on the present link, marked as sent; null when all are sent or the
  // window is full. Valid until the next call that is not const.
  const Entry* NextToSend();
  // A new link: everything unacknowledged is to be sent again, in order.
  void Rewind() { next_to_send_ = acknowledged_ + 1; }
  // The master has merged every batch up to `through`. Older news is harmless. Refuses a number
  // that was never given out.
  Status Acknowledge(uint64_t through);

  bool empty() const { return entries_.empty(); }
  size_t size() const { return entries_.size(); }
  size_t bytes() const { return bytes_; }
  uint64_t acknowledged() const { return acknowledged_; }
  // True from the limit on, until a quarter of it is free again.
  bool full() const { return full_; }

 private:
  void UpdateFull();

  size_t limit_bytes_;
  std::deque<Entry> entries_;  // unacknowledged, in order: acknowledged_ + 1 ...
  size_t bytes_ = 0;
  uint64_t next_sequence_ = 1;
  uint64_t next_to_send_ = 1;
  uint64_t acknowledged_ = 0;
  bool full_ = false;
};

}  // namespace muster

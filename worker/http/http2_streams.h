// Http2Streams: the open streams of one connection, by slot (a small index that is used again), by
// stream number and by the owner's request. It keeps; what streams do is Http2Client's to decide.
//
// Owner: one connection. Nothing is allocated once as many have been open as will be. Finding by
// number is O(1): numbers count upwards, so that they spread evenly over a table of chains.
#pragma once

#include <cstdint>
#include <vector>

#include "worker/http/http2_response.h"

namespace muster {

struct Http2Stream {
  uint32_t request = 0;  // the owner's
  uint32_t kind = 0;
  uint32_t id = 0;  // 0: not begun
  bool in_use = false;
  bool begun = false;         // a frame of the response has arrived
  bool request_done = false;  // END_STREAM was taken
  bool ready = false;         // queued: has body left and a window for it
  int64_t window = 0;         // to send into; may be below zero (RFC 9113, 6.9.2)
  size_t body_sent = 0;
  uint32_t unreturned = 0;  // of our window: bytes that came since the last WINDOW_UPDATE
  uint64_t sent = 0;
  uint64_t received = 0;
  uint32_t next = UINT32_MAX;  // in a chain of Http2Streams'
  Http2Response response;
};

class Http2Streams {
 public:
  static constexpr uint32_t kNone = UINT32_MAX;

  Http2Streams();

  uint32_t open() const { return open_; }
  uint32_t begun() const { return numbered_; }  // of them, those that have a number
  Http2Stream& operator[](uint32_t slot) { return streams_[slot]; }
  const Http2Stream& operator[](uint32_t slot) const { return streams_[slot]; }
  uint32_t slots() const { return static_cast<uint32_t>(streams_.size()); }  // free ones included

  uint32_t Open(uint32_t request, uint32_t kind);
  void SetNumber(uint32_t slot, uint32_t id);  // odd, above 0; once
  void Close(uint32_t slot);

  uint32_t FindNumber(uint32_t id) const;        // kNone: no open stream has it
  uint32_t FindRequest(uint32_t request) const;  // O(slots); kNone

 private:
  uint32_t& ChainOf(uint32_t id) { return chains_[id / 2 & (chains_.size() - 1)]; }
  void Link(uint32_t slot);
  void Unlink(uint32_t slot);

  std::vector<Http2Stream> streams_;
  std::vector<uint32_t> free_;
  std::vector<uint32_t> chains_;  // their first slots; as many as a power of two
  uint32_t open_ = 0;
  uint32_t numbered_ = 0;
};

// Slots, first in, first out.
class Http2SlotQueue {
 public:
  bool empty() const { return first_ == slots_.size(); }
  void Push(uint32_t slot) { slots_.push_back(slot); }
  uint32_t Pop();              // requires: not empty
  void Remove(uint32_t slot);  // O(size)

 private:
  std::vector<uint32_t> slots_;
  size_t first_ = 0;
};

}  // namespace muster

#include "worker/http/http2_streams.h"

#include <algorithm>

#include "common/base/check.h"

namespace muster {
namespace {

constexpr size_t kFirstChains = 16;
constexpr size_t kCompactAbove = 64;  // of entries of a queue that are through

}  // namespace

Http2Streams::Http2Streams() : chains_(kFirstChains, kNone) {}

uint32_t Http2Streams::Open(uint32_t request, uint32_t kind) {
  if (free_.empty()) {
    free_.push_back(slots());
    streams_.emplace_back();
  }
  const uint32_t slot = free_.back();
  free_.pop_back();
  Http2Stream& stream = streams_[slot];
  stream = Http2Stream();
  stream.request = request;
  stream.kind = kind;
  stream.in_use = true;
  ++open_;
  return slot;
}

void Http2Streams::SetNumber(uint32_t slot, uint32_t id) {
  CHECK_EQ(streams_[slot].id, 0u);
  streams_[slot].id = id;
  ++numbered_;
  if (numbered_ <= chains_.size()) return Link(slot);
  chains_.assign(chains_.size() * 2, kNone);
  for (uint32_t of = 0; of < slots(); ++of) {
    if (streams_[of].in_use && streams_[of].id != 0) Link(of);
  }
}

void Http2Streams::Close(uint32_t slot) {
  Http2Stream& stream = streams_[slot];
  CHECK(stream.in_use);
  stream.in_use = false;
  --open_;
  free_.push_back(slot);
  if (stream.id == 0) return;
  --numbered_;
  Unlink(slot);
}

uint32_t Http2Streams::FindNumber(uint32_t id) const {
  uint32_t slot = chains_[id / 2 & (chains_.size() - 1)];
  while (slot != kNone && streams_[slot].id != id) slot = streams_[slot].next;
  return slot;
}

uint32_t Http2Streams::FindRequest(uint32_t request) const {
  const auto found = std::find_if(
      streams_.begin(), streams_.end(),
      [request](const Http2Stream& stream) { return stream.in_use && stream.request == request; });
  return found == streams_.end() ? kNone : static_cast<uint32_t>(found - streams_.begin());
}

void Http2Streams::Link(uint32_t slot) {
  uint32_t& chain = ChainOf(streams_[slot].id);
  streams_[slot].next = chain;
  chain = slot;
}

void Http2Streams::Unlink(uint32_t slot) {
  uint32_t* link = &ChainOf(streams_[slot].id);
  while (*link != slot) link = &streams_[*link].next;
  *link = streams_[slot].next;
}

uint32_t Http2SlotQueue::Pop() {
  const uint32_t slot = slots_[first_++];
  if (first_ == slots_.size()) {
    slots_.clear();
    first_ = 0;
  } else if (first_ > kCompactAbove && first_ > slots_.size() / 2) {
    slots_.erase(slots_.begin(), slots_.begin() + static_cast<ptrdiff_t>(first_));
    first_ = 0;
  }
  return slot;
}

void Http2SlotQueue::Remove(uint32_t slot) {
  const auto found = std::find(slots_.begin() + static_cast<ptrdiff_t>(first_), slots_.end(), slot);
  CHECK(found != slots_.end());
  slots_.erase(found);
}

}  // namespace muster

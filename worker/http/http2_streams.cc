#include "worker/http/http2_streams.h"

#include <algorithm>

#include "common/base/check.h"

namespace muster {
namespace {

constexpr uint32_t kFirstEntries = 16;  // a power of two
constexpr size_t kCompactAbove = 64;    // of entries of a queue that are through

}  // namespace

Http2Streams::Http2Streams() : entries_(kFirstEntries), mask_(kFirstEntries - 1) {}

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
  if (numbered_ * 2 > entries_.size()) {
    const std::vector<Entry> old = std::move(entries_);
    entries_ = std::vector<Entry>(old.size() * 2);
    mask_ = static_cast<uint32_t>(entries_.size()) - 1;
    for (const Entry& entry : old) {
      if (entry.id != 0) Insert(entry.id, entry.slot);
    }
  }
  Insert(id, slot);
}

void Http2Streams::Close(uint32_t slot) {
  Http2Stream& stream = streams_[slot];
  CHECK(stream.in_use);
  stream.in_use = false;
  --open_;
  free_.push_back(slot);
  if (stream.id == 0) return;
  --numbered_;
  Erase(stream.id);
}

uint32_t Http2Streams::FindNumber(uint32_t id) const {
  for (uint32_t at = Home(id); entries_[at].id != 0; at = (at + 1) & mask_) {
    if (entries_[at].id == id) return entries_[at].slot;
  }
  return kNone;
}

uint32_t Http2Streams::FindRequest(uint32_t request) const {
  const auto found = std::find_if(
      streams_.begin(), streams_.end(),
      [request](const Http2Stream& stream) { return stream.in_use && stream.request == request; });
  return found == streams_.end() ? kNone : static_cast<uint32_t>(found - streams_.begin());
}

void Http2Streams::Insert(uint32_t id, uint32_t slot) {
  uint32_t at = Home(id);
  while (entries_[at].id != 0) at = (at + 1) & mask_;
  entries_[at] = {id, slot};
}

// Without marks of what was deleted: entries behind that want to be nearer their home move up.
void Http2Streams::Erase(uint32_t id) {
  uint32_t hole = Home(id);
  while (entries_[hole].id != id) hole = (hole + 1) & mask_;
  for (uint32_t at = (hole + 1) & mask_; entries_[at].id != 0; at = (at + 1) & mask_) {
    const uint32_t from_home = (at - Home(entries_[at].id)) & mask_;
    if (from_home < ((at - hole) & mask_)) continue;
    entries_[hole] = entries_[at];
    hole = at;
  }
  entries_[hole].id = 0;
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

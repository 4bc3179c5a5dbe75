#include "worker/session/outbox.h"

#include <algorithm>
#include <utility>

namespace muster {

void Outbox::Add(std::string bytes) {
  bytes_ += bytes.size();
  entries_.push_back({next_sequence_++, std::move(bytes)});
  UpdateFull();
}

const Outbox::Entry* Outbox::NextToSend() {
  if (next_to_send_ >= next_sequence_ || next_to_send_ > acknowledged_ + kWindow) return nullptr;
  return &entries_[next_to_send_++ - acknowledged_ - 1];
}

Status Outbox::Acknowledge(uint64_t through) {
  if (through >= next_sequence_) {
    return InvalidArgument("batch " + std::to_string(through) + " is acknowledged, but only " +
                           std::to_string(next_sequence_ - 1) + " were made");
  }
  while (acknowledged_ < through) {
    bytes_ -= entries_.front().bytes.size();
    entries_.pop_front();
    ++acknowledged_;
  }
  next_to_send_ = std::max(next_to_send_, acknowledged_ + 1);
  UpdateFull();
  return absl::OkStatus();
}

void Outbox::UpdateFull() {
  if (bytes_ >= limit_bytes_) full_ = true;
  if (bytes_ < limit_bytes_ - limit_bytes_ / 4) full_ = false;
}

}  // namespace muster

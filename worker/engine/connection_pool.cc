#include "worker/engine/connection_pool.h"

#include <algorithm>
#include <utility>

#include "common/base/check.h"

namespace muster {

ConnectionPool::ConnectionPool(Transport* transport, std::vector<Endpoint> endpoints, size_t first,
                               uint64_t limit, const std::vector<Duration>& connect_timeouts)
    : transport_(transport),
      endpoints_(std::move(endpoints)),
      next_endpoint_(0),
      limit_(limit),
      deadlines_(connect_timeouts) {
  CHECK(!endpoints_.empty());
  next_endpoint_ = first % endpoints_.size();
  for (const Duration timeout : connect_timeouts) {
    queue_of_name_.push_back(deadlines_.QueueOf(timeout));
  }
}

uint32_t ConnectionPool::Acquire(uint32_t request, Asker asker) {
  if (!idle_.empty()) {
    const uint32_t slot = idle_.tail;
    links_.Remove(&idle_, slot);
    links_.PushBack(&busy_, slot);
    connections_[slot].state = State::kBusy;
    connections_[slot].request = request;
    return slot;
  }
  if (request >= waiters_.size()) {
    waiters_.resize(std::max<size_t>(2 * waiters_.size(), request + 1));
    waiting_links_.Grow(waiters_.size());
  }
  waiters_[request] = {asker, false};
  waiting_links_.PushBack(&waiting_, request);
  if (first_uncovered_ == kNoIndex) first_uncovered_ = request;
  Cover();
  return kNoIndex;
}

void ConnectionPool::OpenWanted(RunTime now) {
  while (first_uncovered_ != kNoIndex && connections_.taken() < limit_) {
    Open(waiters_[first_uncovered_].asker, now);
  }
}

void ConnectionPool::Open(Asker asker, RunTime now) {
  const uint32_t slot = connections_.Acquire();
  links_.Grow(connections_.capacity());
  Connection& connection = connections_[slot];
  connection.state = State::kConnecting;
  connection.served_before = false;
  connection.request = kNoIndex;
  connection.asker = asker;
  connection.connect_start = now;
  connection.id = transport_->Connect(endpoints_[next_endpoint_], slot);
  next_endpoint_ = (next_endpoint_ + 1) % endpoints_.size();
  links_.PushBack(&connecting_, slot);
  deadlines_.Add(slot, queue_of_name_[asker.name], now);
  Cover();
}

uint32_t ConnectionPool::Connected(uint32_t slot) {
  links_.Remove(&connecting_, slot);
  deadlines_.Remove(slot);
  return Serve(slot);
}

uint32_t ConnectionPool::Release(uint32_t slot) {
  links_.Remove(&busy_, slot);
  connections_[slot].served_before = true;
  return Serve(slot);
}

uint32_t ConnectionPool::Serve(uint32_t slot) {
  Connection& connection = connections_[slot];
  connection.request = PopWaiting();
  const bool busy = connection.request != kNoIndex;
  connection.state = busy ? State::kBusy : State::kIdle;
  links_.PushBack(busy ? &busy_ : &idle_, slot);
  return connection.request;
}

uint32_t ConnectionPool::ConnectFailed(uint32_t slot) {
  Forget(slot);
  return PopWaiting();
}

uint32_t ConnectionPool::PopWaiting() {
  const uint32_t request = waiting_.head;
  if (request != kNoIndex) RemoveWaiting(request);
  Cover();
  return request;
}

bool ConnectionPool::StopWaiting(uint32_t request) {
  const bool was_covered = waiters_[request].covered;
  RemoveWaiting(request);
  Cover();
  return was_covered;
}

void ConnectionPool::RemoveWaiting(uint32_t request) {
  if (waiters_[request].covered) --covered_;
  if (first_uncovered_ == request) first_uncovered_ = waiting_links_.Next(request);
  waiting_links_.Remove(&waiting_, request);
}

void ConnectionPool::Cover() {
  while (covered_ < connecting_.size && first_uncovered_ != kNoIndex) {
    waiters_[first_uncovered_].covered = true;
    first_uncovered_ = waiting_links_.Next(first_uncovered_);
    ++covered_;
  }
  while (covered_ > connecting_.size) {
    first_uncovered_ =
        first_uncovered_ == kNoIndex ? waiting_.tail : waiting_links_.Prev(first_uncovered_);
    waiters_[first_uncovered_].covered = false;
    --covered_;
  }
}

void ConnectionPool::Close(uint32_t slot) {
  transport_->Close(connections_[slot].id);
  Forget(slot);
}

void ConnectionPool::Forget(uint32_t slot) {
  Connection& connection = connections_[slot];
  switch (connection.state) {
    case State::kConnecting:
      links_.Remove(&connecting_, slot);
      deadlines_.Remove(slot);
      break;
    case State::kIdle:
      links_.Remove(&idle_, slot);
      break;
    case State::kBusy:
      links_.Remove(&busy_, slot);
      break;
    case State::kClosed:
      CHECK(false) << "connection slot " << slot << " ended twice";
  }
  connection.state = State::kClosed;
  connection.id = 0;
  connections_.Release(slot);
  Cover();
}

void ConnectionPool::CloseAll() {
  while (waiting_.head != kNoIndex) RemoveWaiting(waiting_.head);
  for (IndexList* list : {&connecting_, &idle_, &busy_}) {
    while (!list->empty()) Close(list->head);
  }
}

}  // namespace muster

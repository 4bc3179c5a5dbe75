#include "worker/engine/connection_pool.h"

#include <algorithm>
#include <utility>

#include "common/base/check.h"
#include "worker/engine/http2_link.h"

namespace muster {

ConnectionPool::Connection::Connection() = default;
ConnectionPool::Connection::~Connection() = default;

ConnectionPool::ConnectionPool(Transport* transport, std::vector<Endpoint> endpoints, size_t first,
                               uint64_t limit, const std::vector<Duration>& connect_timeouts,
                               OpenLimiter limiter)
    : transport_(transport),
      endpoints_(std::move(endpoints)),
      next_endpoint_(0),
      limit_(limit),
      limiter_(limiter),
      by_load_(1),
      deadlines_(connect_timeouts) {
  CHECK(!endpoints_.empty());
  next_endpoint_ = first % endpoints_.size();
  for (const Duration timeout : connect_timeouts) {
    queue_of_name_.push_back(deadlines_.QueueOf(timeout));
  }
}

ConnectionPool::~ConnectionPool() = default;

// ---- Who carries what ----

IndexList* ConnectionPool::ListOf(const Connection& connection) {
  const uint32_t load = connection.requests.size;
  if (load >= connection.capacity) return &full_;
  if (load >= by_load_.size()) by_load_.resize(load + 1);
  least_ = std::min(least_, load);
  return &by_load_[load];
}

void ConnectionPool::Carry(uint32_t slot, uint32_t request) {
  Connection& connection = connections_[slot];
  links_.Remove(ListOf(connection), slot);
  request_links_.PushBack(&connection.requests, request);
  ++carried_;
  links_.PushBack(ListOf(connection), slot);
}

void ConnectionPool::Drop(uint32_t slot, uint32_t request) {
  Connection& connection = connections_[slot];
  links_.Remove(ListOf(connection), slot);
  request_links_.Remove(&connection.requests, request);
  --carried_;
  links_.PushBack(ListOf(connection), slot);
}

void ConnectionPool::GrowRequests(uint32_t request) {
  if (request < waiters_.size()) return;
  waiters_.resize(std::max<size_t>(2 * waiters_.size(), request + 1));
  request_links_.Grow(waiters_.size());
}

void ConnectionPool::GiveTo(uint32_t user, uint32_t slot) {
  if (user >= own_.size()) own_.resize(std::max<size_t>(2 * own_.size(), user + 1), kNoIndex);
  CHECK_EQ(own_[user], kNoIndex);
  own_[user] = slot;
  connections_[slot].user = user;
}

uint32_t ConnectionPool::WithRoom() {
  const bool may_share = connections_.taken() >= limit_;
  while (may_share && least_ + 1 < by_load_.size() && by_load_[least_].empty()) ++least_;
  return by_load_[may_share ? least_ : 0].tail;
}

uint32_t ConnectionPool::ServeWaiting(uint32_t* request) {
  if (waiting_.empty()) return kNoIndex;
  const uint32_t slot = WithRoom();
  if (slot == kNoIndex) return kNoIndex;
  *request = NextFor(slot);
  return *request == kNoIndex ? kNoIndex : slot;
}

uint32_t ConnectionPool::Acquire(uint32_t request, Asker asker) {
  GrowRequests(request);
  const uint32_t free = waiting_.empty() ? WithRoom() : kNoIndex;
  const uint32_t slot = asker.user == kNoIndex ? free : OwnOf(asker.user);
  if (slot != kNoIndex) {
    Carry(slot, request);
    return slot;
  }
  waiters_[request] = {asker, false};
  request_links_.PushBack(&waiting_, request);
  if (first_uncovered_ == kNoIndex) first_uncovered_ = request;
  Cover();
  return kNoIndex;
}

uint32_t ConnectionPool::Connected(uint32_t slot, uint32_t capacity, bool settled) {
  Connection& connection = connections_[slot];
  links_.Remove(&connecting_, slot);
  deadlines_.Remove(slot);
  connection.state = State::kOpen;
  connection.capacity = capacity;
  connection.settled = settled;
  unsettled_ += settled ? 0 : 1;
  links_.PushBack(ListOf(connection), slot);
  Cover();
  return NextFor(slot);
}

uint32_t ConnectionPool::Release(uint32_t slot, uint32_t request) {
  Connection& connection = connections_[slot];
  connection.served_before = true;
  Drop(slot, request);
  return NextFor(slot);
}

uint32_t ConnectionPool::NextFor(uint32_t slot) {
  Connection& connection = connections_[slot];
  if (waiting_.empty() || connection.requests.size >= connection.capacity) return kNoIndex;
  if (connection.user != kNoIndex) return kNoIndex;
  // While others are on their way to take some of them, no more than an even part.
  const uint64_t coming = connecting_.size + unsettled_ - (connection.settled ? 0 : 1);
  const uint64_t all = waiting_.size + carried_;
  if (coming > 0 && connection.requests.size * open() >= all) return kNoIndex;
  const uint32_t request = PopWaiting();
  Carry(slot, request);
  if (waiters_[request].asker.user != kNoIndex) GiveTo(waiters_[request].asker.user, slot);
  return request;
}

void ConnectionPool::SetCapacity(uint32_t slot, uint32_t capacity) {
  Connection& connection = connections_[slot];
  links_.Remove(ListOf(connection), slot);
  connection.capacity = capacity;
  unsettled_ -= std::exchange(connection.settled, true) ? 0 : 1;
  links_.PushBack(ListOf(connection), slot);
}

// ---- Opening ----

void ConnectionPool::OpenWanted(RunTime now) {
  while (first_uncovered_ != kNoIndex && connections_.taken() < limit_ && limiter_.Take(now)) {
    Open(waiters_[first_uncovered_].asker, now);
  }
}

RunTime ConnectionPool::open_at() const {
  const bool wanted = first_uncovered_ != kNoIndex && connections_.taken() < limit_;
  return wanted ? limiter_.next() : RunTime::Max();
}

void ConnectionPool::Open(Asker asker, RunTime now) {
  const uint32_t slot = connections_.Acquire();
  links_.Grow(connections_.capacity());
  Connection& connection = connections_[slot];
  connection.state = State::kConnecting;
  connection.served_before = false;
  connection.requests = IndexList();
  connection.settled = true;
  connection.user = kNoIndex;
  connection.asker = asker;
  connection.connect_start = now;
  connection.id = transport_->Connect(endpoints_[next_endpoint_], slot);
  next_endpoint_ = (next_endpoint_ + 1) % endpoints_.size();
  links_.PushBack(&connecting_, slot);
  deadlines_.Add(slot, queue_of_name_[asker.name], now);
  Cover();
}

uint32_t ConnectionPool::ConnectFailed(uint32_t slot) {
  Forget(slot);
  return PopWaiting();
}

// ---- Waiting ----

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
  if (first_uncovered_ == request) first_uncovered_ = request_links_.Next(request);
  request_links_.Remove(&waiting_, request);
}

void ConnectionPool::Cover() {
  while (covered_ < connecting_.size && first_uncovered_ != kNoIndex) {
    waiters_[first_uncovered_].covered = true;
    first_uncovered_ = request_links_.Next(first_uncovered_);
    ++covered_;
  }
  while (covered_ > connecting_.size) {
    first_uncovered_ =
        first_uncovered_ == kNoIndex ? waiting_.tail : request_links_.Prev(first_uncovered_);
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
  CHECK(connection.state != State::kClosed) << "connection slot " << slot << " ended twice";
  if (connection.state == State::kConnecting) {
    links_.Remove(&connecting_, slot);
    deadlines_.Remove(slot);
  } else {
    links_.Remove(ListOf(connection), slot);
    carried_ -= connection.requests.size;
    unsettled_ -= connection.settled ? 0 : 1;
  }
  if (connection.user != kNoIndex) own_[connection.user] = kNoIndex;
  connection.state = State::kClosed;
  connection.id = 0;
  connection.http2 = nullptr;
  connections_.Release(slot);
  Cover();
}

void ConnectionPool::CloseAll() {
  while (waiting_.head != kNoIndex) RemoveWaiting(waiting_.head);
  while (!connecting_.empty()) Close(connecting_.head);
  while (!full_.empty()) Close(full_.head);
  for (IndexList& list : by_load_) {
    while (!list.empty()) Close(list.head);
  }
}

}  // namespace muster

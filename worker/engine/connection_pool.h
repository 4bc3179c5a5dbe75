// ConnectionPool: one thread's connections to the target. Decides which connection a request gets,
// when a new one is opened, and who waits.
//
//  - A connection carries as many requests at once as its capacity: 1 with HTTP/1.1, with HTTP/2 as
//    many streams as both ends allow.
//  - An idle connection is taken, the one used last first. Else, while fewer than the limit are
//    open, the request waits for a new one; at the limit it shares the connection with the fewest
//    requests, and waits when all are full. Who waits is served in order.
//  - A connection is opened when fewer are connecting than requests wait, fewer than the limit are
//    open, and the bound on the rate of opening allows. When it is there it serves the requests
//    that have waited longest, whoever asked for it; but while others are connecting, or do not
//    know their capacity yet, no more than makes it an even part of all.
//  - A request of a user who has connections of its own (Asker::user) takes its user's, or waits
//  for
//    a new one, which is its user's from then on and carries nobody else's. Capacity 1 alone; the
//    limit must allow each user one.
//  - A failed attempt fails the request that has waited longest.
//  - The target's addresses are taken in rotation.
//
// The oldest requests that wait, as many as are connecting, are *covered*: an attempt is under way
// for each of them. A covered request that stops waiting gives its attempt up when no other wants
// it.
//
// Calls Connect and Close of the transport; the bytes are the owner's matter. Requests are named by
// the owner's small indices, connections by slots, which are the transport's user data. One owner;
// the transport outlives it. No allocation once the most connections and requests at a time have
// been seen.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "common/time/time.h"
#include "worker/engine/deadline_queues.h"
#include "worker/engine/index_list.h"
#include "worker/engine/open_limiter.h"
#include "worker/engine/slot_pool.h"
#include "worker/http/http1_parser.h"
#include "worker/net/transport.h"

namespace muster {

struct Http2Link;

class ConnectionPool {
 public:
  enum class State : uint8_t { kClosed, kConnecting, kOpen };

  // What the pool must know of a request that wants a connection.
  struct Asker {
    uint16_t stage = 0;
    uint16_t name = 0;
    uint32_t user = kNoIndex;  // who has connections of its own, by the owner's small index
  };

  struct Connection {
    Connection();
    ~Connection();
    ConnectionId id = 0;
    State state = State::kClosed;
    bool served_before = false;  // a response was completed on it
    uint32_t capacity = 1;       // requests that it may carry at once; 0: it takes no more
    bool settled = true;         // its capacity is known
    IndexList requests;          // that it carries, oldest first
    Asker asker;                 // for whom it was opened
    uint32_t user = kNoIndex;    // whose own it is
    RunTime connect_start;
    RunTime idle_since;  // served before: when it last had nothing to carry
    Http1ResponseParser parser;
    std::unique_ptr<Http2Link> http2;  // null: HTTP/1.1
    bool idle() const { return requests.empty(); }
  };

  // `connect_timeouts`: by request name. `first`: where in `endpoints` the rotation begins.
  ConnectionPool(Transport* transport, std::vector<Endpoint> endpoints, size_t first,
                 uint64_t limit, const std::vector<Duration>& connect_timeouts,
                 OpenLimiter limiter = OpenLimiter());
  ~ConnectionPool();

  // A connection that from now on carries `request`; or kNoIndex: the request waits.
  uint32_t Acquire(uint32_t request, Asker asker);
  // Opens what waiting requests want and the limits allow. Call it when requests may have begun to
  // wait, connections have ended, or open_at() has come. `now` does not go back.
  void OpenWanted(RunTime now);
  // When OpenWanted may open what is wanted and not yet opened; RunTime::Max() when nothing is.
  RunTime open_at() const;

  // The connecting `slot` is established, or `request` on it has ended: it carries the request that
  // has waited longest, which is returned, or kNoIndex. `settled`: the capacity is known; else
  // SetCapacity tells it.
  uint32_t Connected(uint32_t slot, uint32_t capacity = 1, bool settled = true);
  uint32_t Release(uint32_t slot, uint32_t request);
  // Where capacities may be above 1: the same for any connection with room, which is returned; or
  // kNoIndex. To be called until it returns that, whenever there may be room.
  uint32_t ServeWaiting(uint32_t* request);
  // `slot` carries `request` no longer, and nothing in its place.
  void Drop(uint32_t slot, uint32_t request);
  // The open `slot` may carry so many from now on; those that it carries go on.
  void SetCapacity(uint32_t slot, uint32_t capacity);

  // The attempt `slot` has failed and is forgotten. Returns the request that fails with it, which
  // no longer waits, or kNoIndex.
  uint32_t ConnectFailed(uint32_t slot);
  // A connecting slot whose time is over; kNoIndex when there is none.
  uint32_t ExpiredConnect(RunTime now) const { return deadlines_.Expired(now); }
  RunTime next_deadline() const { return deadlines_.next(); }

  // A request no longer waits. True when it was covered; the owner then closes surplus_attempt().
  bool StopWaiting(uint32_t request);
  // The oldest attempt when more are under way than requests wait; else kNoIndex.
  uint32_t surplus_attempt() const {
    return connecting_.size > waiting_.size ? connecting_.head : kNoIndex;
  }
  uint32_t oldest_attempt() const { return connecting_.head; }  // or kNoIndex
  // Ends a connection in any state; `Forget`: it has ended by itself. What it carried is the
  // owner's to end.
  void Close(uint32_t slot);
  void Forget(uint32_t slot);
  // Ends all connections; nobody waits any longer.
  void CloseAll();

  Connection& operator[](uint32_t slot) { return connections_[slot]; }
  uint64_t open() const { return connections_.taken(); }
  uint32_t waiting() const { return waiting_.size; }
  uint32_t connecting() const { return connecting_.size; }
  uint32_t idle() const { return by_load_[0].size; }

 private:
  void Open(Asker asker, RunTime now);
  // The list of open connections to which one with its load belongs.
  IndexList* ListOf(const Connection& connection);
  void Carry(uint32_t slot, uint32_t request);
  // Takes the request that has waited longest off the list.
  uint32_t PopWaiting();
  void RemoveWaiting(uint32_t request);
  void GiveTo(uint32_t user, uint32_t slot);
  // The user's own connection; kNoIndex: none.
  uint32_t OwnOf(uint32_t user) const { return user < own_.size() ? own_[user] : kNoIndex; }
  // The open connection that is to carry the next request; kNoIndex: none.
  uint32_t WithRoom();
  // What waits longest, for `slot`, if it may take any.
  uint32_t NextFor(uint32_t slot);
  void GrowRequests(uint32_t request);
  // Moves the end of the covered ones to where it belongs.
  void Cover();

  Transport* const transport_;
  const std::vector<Endpoint> endpoints_;
  size_t next_endpoint_;
  const uint64_t limit_;
  OpenLimiter limiter_;
  std::vector<uint32_t> queue_of_name_;  // in deadlines_

  SlotPool<Connection> connections_;
  IndexLinks links_;
  IndexList connecting_;            // oldest first
  std::vector<IndexList> by_load_;  // open, with room, by requests carried; last used at the back
  uint32_t least_ = 0;              // no list below it has a connection
  IndexList full_;
  uint64_t carried_ = 0;      // requests on connections
  uint32_t unsettled_ = 0;    // open connections whose capacity is not known
  DeadlineQueues deadlines_;  // of connecting slots

  struct Waiter {
    Asker asker;
    bool covered = false;
  };
  std::vector<Waiter> waiters_;  // by request
  std::vector<uint32_t> own_;    // slots by user
  IndexLinks request_links_;     // of requests: a list of a connection, or waiting_
  IndexList waiting_;            // oldest first; the covered ones are a prefix
  uint32_t covered_ = 0;
  uint32_t first_uncovered_ = kNoIndex;
};

}  // namespace muster

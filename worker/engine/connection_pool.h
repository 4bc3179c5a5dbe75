// ConnectionPool: one thread's connections to the target. Decides which connection a request gets,
// when a new one is opened, and who waits.
//
//  - An idle connection is taken, the one used last first; else the request waits, in order.
//  - A connection is opened when fewer are connecting than requests wait and fewer than the limit
//  are
//    open. It serves the request that has waited longest when it is there, whoever asked for it.
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
#include <vector>

#include "common/time/time.h"
#include "worker/engine/deadline_queues.h"
#include "worker/engine/index_list.h"
#include "worker/engine/slot_pool.h"
#include "worker/http/http1_parser.h"
#include "worker/net/transport.h"

namespace muster {

class ConnectionPool {
 public:
  enum class State : uint8_t { kClosed, kConnecting, kIdle, kBusy };

  // What the pool must know of a request that wants a connection.
  struct Asker {
    uint16_t stage = 0;
    uint16_t name = 0;
  };

  struct Connection {
    ConnectionId id = 0;
    State state = State::kClosed;
    bool served_before = false;   // a response was completed on it
    uint32_t request = kNoIndex;  // kBusy: whom it serves
    Asker asker;                  // for whom it was opened
    RunTime connect_start;
    Http1ResponseParser parser;
  };

  // `connect_timeouts`: by request name. `first`: where in `endpoints` the rotation begins.
  ConnectionPool(Transport* transport, std::vector<Endpoint> endpoints, size_t first,
                 uint64_t limit, const std::vector<Duration>& connect_timeouts);

  // An idle connection, from now on busy with `request`; or kNoIndex: the request waits.
  uint32_t Acquire(uint32_t request, Asker asker);
  // Opens what waiting requests want and the limit allows. Call it when requests may have begun to
  // wait or connections have ended. `now` does not go back.
  void OpenWanted(RunTime now);

  // The connecting `slot` is established, or the busy one has finished its response: it serves the
  // request that has waited longest, which is returned, or is idle: kNoIndex.
  uint32_t Connected(uint32_t slot);
  uint32_t Release(uint32_t slot);

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
  // Ends a connection in any state; `Forget`: it has ended by itself.
  void Close(uint32_t slot);
  void Forget(uint32_t slot);
  // Ends all connections; nobody waits any longer.
  void CloseAll();

  Connection& operator[](uint32_t slot) { return connections_[slot]; }
  uint64_t open() const { return connections_.taken(); }
  uint32_t waiting() const { return waiting_.size; }
  uint32_t connecting() const { return connecting_.size; }
  uint32_t idle() const { return idle_.size; }

 private:
  void Open(Asker asker, RunTime now);
  uint32_t Serve(uint32_t slot);
  // Takes the request that has waited longest off the list.
  uint32_t PopWaiting();
  void RemoveWaiting(uint32_t request);
  // Moves the end of the covered ones to where it belongs.
  void Cover();

  Transport* const transport_;
  const std::vector<Endpoint> endpoints_;
  size_t next_endpoint_;
  const uint64_t limit_;
  std::vector<uint32_t> queue_of_name_;  // in deadlines_

  SlotPool<Connection> connections_;
  IndexLinks links_;
  IndexList connecting_;  // oldest first
  IndexList idle_;        // last used at the back
  IndexList busy_;
  DeadlineQueues deadlines_;  // of connecting slots

  struct Waiter {
    Asker asker;
    bool covered = false;
  };
  std::vector<Waiter> waiters_;  // by request
  IndexLinks waiting_links_;
  IndexList waiting_;  // oldest first; the covered ones are a prefix
  uint32_t covered_ = 0;
  uint32_t first_uncovered_ = kNoIndex;
};

}  // namespace muster

// Exchange: carries one thread's requests to the target and their responses back: which connection,
// in which protocol, and how each ended. Over any Transport; no sockets, no clock.
//
// HTTP/1.1: a request's bytes were serialised before the run and are sent as they are. HTTP/2: the
// requests of one turn of the engine on one connection go out in one Send; their first byte is then
// that Send's (a later one's may be sent later by what the kernel did not take at once).
//
// What it decides: protocol of a connection; the class of a failure; when a connection is closed.
// When a request is due, late, timed out or cut is the engine's. Owner: one engine thread.
// Lifetimes: everything given to it outlives it.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "common/plan/plan.h"
#include "worker/engine/connection_pool.h"
#include "worker/engine/http2_link.h"
#include "worker/engine/recorder.h"
#include "worker/engine/request.h"
#include "worker/engine/run_clock.h"
#include "worker/engine/slot_pool.h"

namespace muster {

// Told of ends. The request's connection, times and bytes are filled in; its index is free when the
// call returns.
class ExchangeOwner {
 public:
  virtual ~ExchangeOwner() = default;
  virtual void OnRequestCompleted(uint32_t request, int status) = 0;
  virtual void OnRequestFailed(uint32_t request, ErrorClass error) = 0;
};

class Exchange : private Http2Events {
 public:
  struct Limits {
    uint64_t connections = 0;
    Duration open_spacing;  // between new connections, on average; zero: no bound
  };

  // `first`: where in `endpoints` the rotation begins.
  Exchange(const Plan& plan, const Limits& limits, std::vector<Endpoint> endpoints, size_t first,
           Transport* transport, RunClock* clock, SlotPool<Request>* requests, Recorder* recorder,
           ExchangeOwner* owner);
  ~Exchange() override;

  // Sends `request`, or has it wait for a connection.
  void Start(uint32_t request);
  // The owner ends `request`: it is taken off its connection (HTTP/1.1: which is closed) or no
  // longer waits. Returns what it was waiting for: the class of its time-out. It is the owner's to
  // record.
  ErrorClass TakeBack(uint32_t request);
  // Gives up attempts to connect that take too long.
  void ExpireConnects();
  // To be called at the end of each turn, when requests may have begun or ended: opens connections
  // that are wanted, sends what HTTP/2 has gathered.
  void Settle();
  // When ExpireConnects or Settle want to be called.
  RunTime next_deadline() const { return std::min(pool_.next_deadline(), pool_.open_at()); }
  // Ends every connection. No request may be on one, or wait, any more.
  void CloseAll();

  // As in TransportHandler; the clock has ticked.
  void OnConnected(ConnectionId id, const ConnectReport& report);
  void OnConnectFailed(ConnectionId id, ErrorClass error);
  void OnFirstByteSent(ConnectionId id, MonoTime at);
  void OnAllSent(ConnectionId id);
  void OnData(ConnectionId id, std::string_view data);
  void OnClosed(ConnectionId id, CloseKind kind);

 private:
  using Connection = ConnectionPool::Connection;

  // One of the plan's requests, as the hot path needs it.
  struct Kind {
    std::string bytes;
    bool head = false;
  };

  uint32_t SlotOf(ConnectionId id);
  void Send(uint32_t slot, uint32_t request);
  void NoteFirstByte(Request* request, MonoTime at);

  // HTTP/1.1.
  void Receive(uint32_t slot, std::string_view data);
  void FinishResponse(uint32_t slot, bool more_bytes);
  void EndBusy(uint32_t slot, CloseKind kind);
  void FailBusy(uint32_t slot, ErrorClass error);
  void NoteSent(Request* request);
  // A busy connection is about to end: did anything ever come back on it?
  void NoteUnanswered(uint32_t slot, const Request& request);

  // HTTP/2.
  bool SpeaksHttp2(const ConnectReport& report) const;
  uint32_t CapacityOf(const Connection& connection) const;
  void ReceiveHttp2(uint32_t slot, std::string_view data);
  void ServeWaiting();
  void MarkDirty(uint32_t slot);
  void Flush(uint32_t slot, bool at_once);
  void Withdraw(uint32_t slot, uint32_t request);
  void FailAllOn(uint32_t slot, CloseKind kind);
  void Break(uint32_t slot, ErrorClass error);
  void OnResponseStart(uint32_t request) override;
  void OnResponse(uint32_t request, const Http2Answer& answer) override;
  void OnStreamFailed(uint32_t request, ErrorClass error, uint64_t bytes_sent,
                      uint64_t bytes_received) override;
  void EndStream(uint32_t request, uint64_t bytes_sent, uint64_t bytes_received);

  void FailConnect(uint32_t slot, ErrorClass error);
  void NoteIfSlow(uint32_t slot);
  void NoteIdleClosed(uint32_t slot, CloseKind kind);
  void GiveUpAttempt(uint32_t slot);
  ErrorClass TimeoutOf(uint32_t slot) const;

  const Plan& plan_;
  Transport* const transport_;
  RunClock* const clock_;
  SlotPool<Request>& requests_;
  Recorder* const recorder_;
  ExchangeOwner* const owner_;
  const bool own_connections_;
  std::vector<Kind> kinds_;
  std::shared_ptr<const Http2Requests> http2_requests_;  // null: HTTP/1.1 alone
  ConnectionPool pool_;

  std::vector<uint32_t> dirty_;  // slots of connections to be flushed
  std::vector<uint32_t> flushing_;
  std::vector<uint32_t> begun_;
  std::string output_;
};

}  // namespace muster

// Http2Client: one HTTP/2 connection from the client's side (RFC 9113): bytes in, events out; calls
// in, bytes out. Framing, header compression, flow control and the peer's limits are nghttp2's;
// what a stream's end means is decided here. No sockets, no clock.
//
//   Submit(...)  ->  TakeOutput(&out)  ->  [send]      [bytes came]  ->  Feed(bytes)  ->  events
//
// Requests are named by the owner's small indices (`request`) until their end. Bodies are counted
// and not stored. Output wants to be taken after Submit, Cancel and Feed, whenever has_output().
//
// Ends of a stream: a whole response; RST_STREAM, by its code; GOAWAY with a lower last stream:
// kH2GoAway, the peer has not processed it; a malformed response: kProtocol, and the stream is
// reset. A broken connection (Feed returns false): every stream that is open then ends with the
// connection, in the owner's hands: no event comes for it.
//
// Owner: the engine's thread. No event comes inside Submit, Cancel and TakeOutput. An event may
// call Submit and Cancel, but neither Feed nor TakeOutput, and must not destroy the client.
// Limits: streams as the peer allows (one until its SETTINGS came, never above 10,000); 64 KiB of
// fields in a header block of a response, counted as RFC 9113 (6.5.2) does; 32 interim responses;
// 1,000 answers to PING and SETTINGS that wait to be taken; memory from Http2Memory, reused and not
// given back while that lives. Windows are of 1 GiB, so the peer is not held back by ours.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/names.h"
#include "worker/http/http2_memory.h"
#include "worker/http/http2_requests.h"

namespace muster {

// Receives what happens to requests. Their indices are known until the call that ends them returns.
class Http2Events {
 public:
  virtual ~Http2Events() = default;
  // The first frame of the response has arrived.
  virtual void OnResponseStart(uint32_t request) = 0;
  // The response is whole, and the stream is closed (reset, if the peer answered before it had read
  // the request's body). Bytes: of the stream's frames, their headers included.
  virtual void OnResponse(uint32_t request, int status, uint64_t bytes_sent,
                          uint64_t bytes_received) = 0;
  virtual void OnStreamFailed(uint32_t request, ErrorClass error, uint64_t bytes_sent,
                              uint64_t bytes_received) = 0;
};

class Http2Client {
 public:
  static constexpr uint32_t kMaxStreams = 10'000;         // at once
  static constexpr uint32_t kMaxHeaderBytes = 64 * 1024;  // of one block; beyond: kProtocol
  static constexpr uint32_t kFieldOverhead = 32;          // counted for each field of it
  static constexpr int kMaxInterim = 32;                  // 1xx before the final one; kProtocol
  static constexpr uint32_t kMaxUnsentAnswers = 1000;     // beyond: broken

  // `streams`: our own limit on streams at once; 0: none but the peer's.
  Http2Client(std::shared_ptr<const Http2Requests> requests, uint32_t streams, Http2Memory* memory,
              Http2Events* events);
  ~Http2Client();
  Http2Client(const Http2Client&) = delete;
  Http2Client& operator=(const Http2Client&) = delete;

  // How many streams may be open at once: the least of our limit and the peer's. 0 once the peer
  // sent GOAWAY, or when stream numbers have run out: the connection takes no more and is done when
  // open_streams() is 0. May change within Feed.
  uint32_t capacity() const;
  uint32_t open_streams() const;
  bool goaway() const;  // received

  // Starts the plan's request `kind` as `request`. Requires open_streams() < capacity().
  void Submit(uint32_t kind, uint32_t request);
  // Resets the stream of `request` (CANCEL); no event comes for it. Its bytes so far are returned,
  // a frame that has begun counted whole. Requires: it has been submitted and has not ended.
  struct Bytes {
    uint64_t sent = 0;
    uint64_t received = 0;
  };
  Bytes Cancel(uint32_t request);
  // What has been submitted and not yet taken by TakeOutput has not been sent.
  bool Taken(uint32_t request) const;

  bool has_output() const;
  // Appends what is to be sent, at most about `limit` bytes (a frame more), to `out`. Requests
  // whose HEADERS are in it are appended to `started`.
  void TakeOutput(size_t limit, std::string* out, std::vector<uint32_t>* started);

  // False: the connection is broken, for error() with error_text(); nothing may be called but the
  // destructor, Cancel (for the bytes) and TakeOutput (a GOAWAY to send). The peer's bytes are not
  // HTTP/2: kH2Unsupported if they are its first.
  bool Feed(std::string_view data);
  ErrorClass error() const;
  std::string error_text() const;

  // As if all streams before `id` (odd) had been used. Requires: nothing has been submitted.
  void SetNextStreamIdForTest(uint32_t id);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace muster

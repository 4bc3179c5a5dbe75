// Http2Client: one HTTP/2 connection from the client's side (RFC 9113): bytes in, events out; calls
// in, bytes out. Flow control, the peer's limits and what a stream's end means are decided here;
// bytes of frames are http2_frames.h's, header blocks Http2HeadReader's and HpackEncoder's, the
// order of a message Http2Response's. No sockets, no clock.
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
// 1,000 answers to PING and SETTINGS that wait to be taken; 64 CONTINUATIONs and 128 KiB of bytes
// for a header block. Windows are of 1 GiB, returned when half of one is used as the bytes come: so
// the peer is not held back by ours, and can't pass them. Nothing is allocated once the most
// streams at a time have been seen.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/names.h"
#include "worker/http/hpack_encoder.h"
#include "worker/http/http2_block.h"
#include "worker/http/http2_frame_rules.h"
#include "worker/http/http2_frames.h"
#include "worker/http/http2_head_reader.h"
#include "worker/http/http2_requests.h"
#include "worker/http/http2_settings.h"
#include "worker/http/http2_streams.h"

namespace muster {

// A whole response. Bytes: of the stream's frames, their headers included.
struct Http2Answer {
  int status = 0;
  AnswerMarks marks = 0;
  FieldFingerprint fields = 0;
  uint64_t bytes_sent = 0;
  uint64_t bytes_received = 0;
};

// Receives what happens to requests. Their indices are known until the call that ends them returns.
class Http2Events {
 public:
  virtual ~Http2Events() = default;
  // The first frame of the response has arrived.
  virtual void OnResponseStart(uint32_t request) = 0;
  // The response is whole, and the stream is closed (reset, if the peer answered before it had read
  // the request's body).
  virtual void OnResponse(uint32_t request, const Http2Answer& answer) = 0;
  virtual void OnStreamFailed(uint32_t request, ErrorClass error, uint64_t bytes_sent,
                              uint64_t bytes_received) = 0;
};

class Http2Client {
 public:
  static constexpr uint32_t kMaxStreams = 10'000;  // at once
  // Of fields in one block; 1xx before the final response. Beyond: kProtocol.
  static constexpr uint32_t kMaxHeaderBytes = Http2HeadReader::kMaxFieldBytes;
  static constexpr int kMaxInterim = Http2Response::kMaxInterim;
  // Beyond: broken.
  static constexpr uint32_t kMaxUnsentAnswers = 1000;
  static constexpr uint32_t kMaxContinuations = Http2BlockAssembler::kMaxContinuations;

  // `streams`: our own limit on streams at once; 0: none but the peer's.
  Http2Client(std::shared_ptr<const Http2Requests> requests, uint32_t streams, Http2Events* events);
  Http2Client(const Http2Client&) = delete;
  Http2Client& operator=(const Http2Client&) = delete;

  // How many streams may be open at once: the least of our limit and the peer's. 0 once the peer
  // sent GOAWAY, or when stream numbers have run out: the connection takes no more and is done when
  // open_streams() is 0. May change within Feed.
  uint32_t capacity() const;
  uint32_t open_streams() const { return streams_.open(); }
  bool goaway() const { return goaway_; }  // received

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
  ErrorClass error() const { return error_; }
  const std::string& error_text() const { return error_text_; }

  // As if all streams before `id` (odd) had been used. Requires: nothing has been submitted.
  void SetNextStreamIdForTest(uint32_t id);

 private:
  static constexpr uint32_t kNone = Http2Streams::kNone;

  // Input. A frame is looked at twice: when its head is known, and when it is whole.
  void OnHead(const Http2FrameHead& head);
  void OnFrame(const Http2FrameHead& head);
  void OnData(const Http2FrameHead& head);
  void OnHeaders(const Http2FrameHead& head);
  void OnReset();
  void OnSettings(const Http2FrameHead& head);
  void OnPing(const Http2FrameHead& head);
  void OnGoAway();
  void OnWindowUpdate(const Http2FrameHead& head);
  void CountAnswer();

  // Output.
  bool CanStart() const { return !pending_.empty() && streams_.begun() < peer_streams_; }
  bool CanSendBody() const { return !ready_.empty() && window_ > 0; }
  void StartNext(std::string* out, std::vector<uint32_t>* started);
  void SplitHeaders(size_t at, std::string* out);
  void SendBody(std::string* out);
  void QueueIfReady(uint32_t slot);

  void ResetStream(uint32_t slot, Http2Code code);
  void Release(uint32_t slot);
  // These release the slot and tell the owner.
  void EndResponse(uint32_t slot);
  void Fail(uint32_t slot, ErrorClass error);
  void Break(const Http2Violation& violation);

  const std::shared_ptr<const Http2Requests> requests_;
  Http2Events* const events_;
  const uint32_t own_limit_;

  Http2FrameReader reader_;
  Http2BlockAssembler blocks_;
  Http2HeadReader head_reader_;
  HpackEncoder encoder_;
  Http2PeerSettings peer_;
  Http2Streams streams_;
  Http2SlotQueue pending_;  // submitted, not begun
  Http2SlotQueue ready_;    // with body left and a window for it
  std::vector<uint32_t> scratch_;

  uint32_t peer_streams_;
  uint32_t next_id_ = 1;
  int64_t window_ = kHttp2FirstWindow;  // of the connection, to send into
  uint32_t unreturned_ = 0;             // of our window

  uint32_t frame_slot_ = kNone;  // the stream of the frame that is being read, while it is open

  std::string control_;          // frames that go before all others
  uint32_t unsent_answers_ = 0;  // PING and SETTINGS that are answered in control_
  bool settings_began_ = false;
  bool settings_acknowledged_ = false;
  bool goaway_ = false;
  uint32_t goaway_last_ = kHttp2MostStreamId;
  bool broken_ = false;
  ErrorClass error_ = ErrorClass::kH2Protocol;
  std::string error_text_;
};

}  // namespace muster

#include "worker/http/http2_client.h"

#include <nghttp2/nghttp2.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "common/base/check.h"

namespace muster {
namespace {

constexpr size_t kFrameHeadBytes = 9;
constexpr uint32_t kNone = UINT32_MAX;
constexpr int32_t kMaxWindow = (1 << 30) - 1;  // large, so that few WINDOW_UPDATEs are due
constexpr uint32_t kMaxStreamId = (1u << 31) - 1;
// More would be refused by a peer that allows fewer, as failures that nobody's service made.
constexpr uint32_t kStreamsBeforeSettings = 1;
constexpr size_t kMaxSentHeaderBytes = size_t{1} << 20;  // a plan's limits are lower

// RFC 9113, 4.1, as it stands in the bytes to send.
struct FrameHead {
  explicit FrameHead(const uint8_t* bytes) : type(bytes[3]), flags(bytes[4]) {}
  uint8_t type;
  uint8_t flags;
};

ErrorClass ResetClass(uint32_t code) {
  // The codes and the classes are in the order of RFC 9113, 7.
  constexpr auto kFirst = static_cast<uint32_t>(ErrorClass::kH2ResetNoError);
  constexpr auto kOther = static_cast<uint32_t>(ErrorClass::kH2ResetOther);
  return code < kOther - kFirst ? static_cast<ErrorClass>(kFirst + code)
                                : ErrorClass::kH2ResetOther;
}

void* Allocate(size_t size, void* memory) {
  return static_cast<Http2Memory*>(memory)->Allocate(size);
}
void Free(void* block, void* memory) { static_cast<Http2Memory*>(memory)->Free(block); }
void* Reallocate(void* block, size_t size, void* memory) {
  return static_cast<Http2Memory*>(memory)->Reallocate(block, size);
}
void* AllocateZeroed(size_t count, size_t size, void* memory) {
  return std::memset(Allocate(count * size, memory), 0, count * size);
}

}  // namespace

// A stream is `pending` from Submit until TakeOutput hands it to nghttp2: so what nghttp2 has
// queued by itself are control frames alone, and a request that was not taken can be dropped
// without trace.
class Http2Client::Impl {
 public:
  Impl(std::shared_ptr<const Http2Requests> requests, uint32_t streams, Http2Memory* memory,
       Http2Events* events);
  ~Impl() { nghttp2_session_del(session_); }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  uint32_t capacity() const;
  uint32_t open_streams() const { return open_; }
  bool goaway() const { return goaway_; }
  void Submit(uint32_t kind, uint32_t request);
  Bytes Cancel(uint32_t request);
  bool Taken(uint32_t request) const { return streams_[SlotOf(request)].id != 0; }
  bool has_output() const;
  void TakeOutput(size_t limit, std::string* out, std::vector<uint32_t>* started);
  bool Feed(std::string_view data);
  ErrorClass error() const { return error_; }
  const std::string& error_text() const { return error_text_; }
  void SetNextStreamId(uint32_t id);

 private:
  struct Stream {
    uint32_t kind = 0;
    int32_t id = 0;      // 0: pending
    int32_t status = 0;  // the last one seen
    uint16_t interim = 0;
    bool begun = false;         // a frame of the response has arrived
    bool whole = false;         // the response has ended
    bool request_done = false;  // END_STREAM was taken
    bool reset = false;         // by the peer
    size_t body_sent = 0;
    uint64_t sent = 0;
    uint64_t received = 0;
  };

  static nghttp2_session* MakeSession(Impl* self, Http2Memory* memory);
  void SendPreface();

  // What nghttp2 calls.
  int OnBeginFrame(const nghttp2_frame_hd& head);
  int OnHeader(std::string_view name, std::string_view value);
  int OnFrame(const nghttp2_frame& frame);
  int OnStreamClose(int32_t id, uint32_t code);
  ssize_t ReadBody(uint32_t slot, uint8_t* to, size_t space, uint32_t* flags);

  void OnMessageFrame(const nghttp2_frame& frame);
  void OnGoAway(int32_t last_stream_id);
  // The last frame of a stream was refused: nghttp2 has reset the stream and tells nobody.
  void EndRefused();

  uint32_t SlotOf(uint32_t request) const;
  uint32_t FindStream(int32_t id);  // kNone: it has no request any more
  // Makes the stream nobody's and has it reset.
  void ResetStream(uint32_t slot, uint32_t code);
  void FreeSlot(uint32_t slot);
  // These free the slot and tell the owner.
  void Complete(uint32_t slot);
  void Fail(uint32_t slot, ErrorClass error);

  bool CanStart() const { return next_pending_ < pending_.size() && taken_ < peer_streams_; }
  void StartNext(std::string* out, std::vector<uint32_t>* started);
  // Appends nghttp2's next frame and returns where it begins; npos: there is none.
  size_t AppendFrame(std::string* out);
  // Takes the control frames that are queued, so that what comes of sending them (the ends of
  // streams, this connection's) comes within Feed.
  void TakeControl();
  void Break(std::string text);

  const std::shared_ptr<const Http2Requests> requests_;
  Http2Events* const events_;
  const uint32_t own_limit_;
  nghttp2_session* const session_;

  std::vector<Stream> streams_;       // by slot
  std::vector<uint32_t> request_of_;  // by slot; kNone: free. Apart: it is searched
  std::vector<uint32_t> free_slots_;
  std::vector<uint32_t> pending_;  // slots, in order of Submit, from next_pending_ on
  size_t next_pending_ = 0;
  std::vector<uint32_t> scratch_;
  uint32_t open_ = 0;
  uint32_t taken_ = 0;  // of the open ones, those that nghttp2 knows
  uint32_t peer_streams_ = kStreamsBeforeSettings;
  uint32_t next_id_ = 1;

  int32_t found_id_ = 0;  // the last FindStream
  uint32_t found_slot_ = kNone;
  uint32_t block_bytes_ = 0;   // of the header block that is being read
  uint32_t in_frame_ = kNone;  // whose frame began and was not seen whole

  std::string control_;          // taken by TakeControl
  uint32_t unsent_answers_ = 0;  // PING and SETTINGS that are answered in control_
  bool settings_began_ = false;
  bool goaway_ = false;
  bool broken_ = false;
  bool feeding_ = false;
  ErrorClass error_ = ErrorClass::kH2Protocol;
  std::string error_text_;
};

// -- Session

nghttp2_session* Http2Client::Impl::MakeSession(Impl* self, Http2Memory* memory) {
  nghttp2_session_callbacks* calls = nullptr;
  nghttp2_option* option = nullptr;
  CHECK_EQ(nghttp2_session_callbacks_new(&calls), 0);
  CHECK_EQ(nghttp2_option_new(&option), 0);
  nghttp2_session_callbacks_set_on_begin_frame_callback(
      calls, [](nghttp2_session*, const nghttp2_frame_hd* head, void* impl) {
        return static_cast<Impl*>(impl)->OnBeginFrame(*head);
      });
  nghttp2_session_callbacks_set_on_header_callback(
      calls, [](nghttp2_session*, const nghttp2_frame*, const uint8_t* name, size_t name_size,
                const uint8_t* value, size_t value_size, uint8_t, void* impl) {
        return static_cast<Impl*>(impl)->OnHeader(
            {reinterpret_cast<const char*>(name), name_size},
            {reinterpret_cast<const char*>(value), value_size});
      });
  // Without it a malformed field would be dropped and the response pass.
  nghttp2_session_callbacks_set_on_invalid_header_callback(
      calls,
      [](nghttp2_session*, const nghttp2_frame*, const uint8_t*, size_t, const uint8_t*, size_t,
         uint8_t, void*) -> int { return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE; });
  nghttp2_session_callbacks_set_on_frame_recv_callback(
      calls, [](nghttp2_session*, const nghttp2_frame* frame, void* impl) {
        return static_cast<Impl*>(impl)->OnFrame(*frame);
      });
  nghttp2_session_callbacks_set_on_stream_close_callback(
      calls, [](nghttp2_session*, int32_t id, uint32_t code, void* impl) {
        return static_cast<Impl*>(impl)->OnStreamClose(id, code);
      });
  nghttp2_option_set_no_closed_streams(option, 1);
  nghttp2_option_set_peer_max_concurrent_streams(option, kStreamsBeforeSettings);
  nghttp2_option_set_max_send_header_block_length(option, kMaxSentHeaderBytes);
  nghttp2_mem heap = {memory, Allocate, Free, AllocateZeroed, Reallocate};
  nghttp2_session* session = nullptr;
  CHECK_EQ(nghttp2_session_client_new3(&session, calls, self, option, &heap), 0);
  nghttp2_option_del(option);
  nghttp2_session_callbacks_del(calls);
  return session;
}

Http2Client::Impl::Impl(std::shared_ptr<const Http2Requests> requests, uint32_t streams,
                        Http2Memory* memory, Http2Events* events)
    : requests_(std::move(requests)),
      events_(events),
      own_limit_(streams == 0 ? kMaxStreams : std::min(streams, kMaxStreams)),
      session_(MakeSession(this, memory)) {
  SendPreface();
}

void Http2Client::Impl::SendPreface() {
  const nghttp2_settings_entry settings[] = {
      {NGHTTP2_SETTINGS_ENABLE_PUSH, 0},
      {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, kMaxWindow},
      {NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, kMaxHeaderBytes},
  };
  CHECK_EQ(nghttp2_submit_settings(session_, NGHTTP2_FLAG_NONE, settings, std::size(settings)), 0);
  CHECK_EQ(nghttp2_session_set_local_window_size(session_, NGHTTP2_FLAG_NONE, 0, kMaxWindow), 0);
}

void Http2Client::Impl::SetNextStreamId(uint32_t id) {
  CHECK_EQ(nghttp2_session_set_next_stream_id(session_, static_cast<int32_t>(id)), 0);
  next_id_ = id;
}

// -- Slots

uint32_t Http2Client::Impl::capacity() const {
  if (goaway_ || broken_) return 0;
  const uint32_t ids = next_id_ > kMaxStreamId ? 0 : (kMaxStreamId - next_id_) / 2 + 1;
  if (ids <= open_ - taken_) return 0;
  return std::min(own_limit_, peer_streams_);
}

uint32_t Http2Client::Impl::SlotOf(uint32_t request) const {
  const auto found = std::find(request_of_.begin(), request_of_.end(), request);
  CHECK(found != request_of_.end()) << "request " << request << " is not on this connection";
  return static_cast<uint32_t>(found - request_of_.begin());
}

uint32_t Http2Client::Impl::FindStream(int32_t id) {
  if (id == found_id_) return found_slot_;
  // User data is the slot's number and 1: none is null.
  void* const data = nghttp2_session_get_stream_user_data(session_, id);
  found_id_ = id;
  found_slot_ =
      data == nullptr ? kNone : static_cast<uint32_t>(reinterpret_cast<uintptr_t>(data)) - 1;
  return found_slot_;
}

void Http2Client::Impl::FreeSlot(uint32_t slot) {
  if (streams_[slot].id != 0) --taken_;
  --open_;
  request_of_[slot] = kNone;
  free_slots_.push_back(slot);
  if (found_slot_ == slot) found_slot_ = kNone;
  if (in_frame_ == slot) in_frame_ = kNone;
}

void Http2Client::Impl::ResetStream(uint32_t slot, uint32_t code) {
  const int32_t id = streams_[slot].id;
  CHECK_EQ(nghttp2_session_set_stream_user_data(session_, id, nullptr), 0);
  CHECK_EQ(nghttp2_submit_rst_stream(session_, NGHTTP2_FLAG_NONE, id, code), 0);
}

void Http2Client::Impl::Complete(uint32_t slot) {
  CHECK(feeding_);
  const Stream& stream = streams_[slot];
  const uint32_t request = request_of_[slot];
  const uint64_t sent = stream.sent;
  const uint64_t received = stream.received;
  FreeSlot(slot);
  events_->OnResponse(request, stream.status, sent, received);
}

void Http2Client::Impl::Fail(uint32_t slot, ErrorClass error) {
  CHECK(feeding_);
  const uint32_t request = request_of_[slot];
  const uint64_t sent = streams_[slot].sent;
  const uint64_t received = streams_[slot].received;
  FreeSlot(slot);
  events_->OnStreamFailed(request, error, sent, received);
}

// -- Requests

void Http2Client::Impl::Submit(uint32_t kind, uint32_t request) {
  CHECK(open_ < capacity());
  CHECK(kind < requests_->size());
  if (free_slots_.empty()) {
    free_slots_.push_back(static_cast<uint32_t>(streams_.size()));
    streams_.emplace_back();
    request_of_.push_back(kNone);
  }
  const uint32_t slot = free_slots_.back();
  free_slots_.pop_back();
  streams_[slot] = Stream();
  streams_[slot].kind = kind;
  request_of_[slot] = request;
  pending_.push_back(slot);
  ++open_;
}

Http2Client::Bytes Http2Client::Impl::Cancel(uint32_t request) {
  const uint32_t slot = SlotOf(request);
  const Bytes bytes = {streams_[slot].sent, streams_[slot].received};
  if (streams_[slot].id == 0) {
    pending_.erase(
        std::find(pending_.begin() + static_cast<ptrdiff_t>(next_pending_), pending_.end(), slot));
  } else if (!broken_) {
    ResetStream(slot, NGHTTP2_CANCEL);
  }
  FreeSlot(slot);
  return bytes;
}

// -- Output

bool Http2Client::Impl::has_output() const {
  if (!control_.empty()) return true;
  return !broken_ && (CanStart() || nghttp2_session_want_write(session_) != 0);
}

void Http2Client::Impl::TakeOutput(size_t limit, std::string* out, std::vector<uint32_t>* started) {
  const size_t end = out->size() + limit;
  out->append(control_);
  control_.clear();
  unsent_answers_ = 0;
  if (broken_) return;
  while (out->size() < end && CanStart()) StartNext(out, started);
  pending_.erase(pending_.begin(), pending_.begin() + static_cast<ptrdiff_t>(next_pending_));
  next_pending_ = 0;
  while (out->size() < end && AppendFrame(out) != std::string::npos) {
  }
}

void Http2Client::Impl::StartNext(std::string* out, std::vector<uint32_t>* started) {
  const uint32_t slot = pending_[next_pending_++];
  Stream& stream = streams_[slot];
  const Http2Requests::Prepared& request = (*requests_)[stream.kind];
  nghttp2_data_provider body = {};
  body.source.ptr = reinterpret_cast<void*>(uintptr_t{slot} + 1);
  body.read_callback = [](nghttp2_session*, int32_t, uint8_t* to, size_t space, uint32_t* flags,
                          nghttp2_data_source* source, void* impl) {
    const auto of = static_cast<uint32_t>(reinterpret_cast<uintptr_t>(source->ptr)) - 1;
    return static_cast<Impl*>(impl)->ReadBody(of, to, space, flags);
  };
  stream.request_done = request.body.empty();
  stream.id =
      nghttp2_submit_request(session_, nullptr, request.fields.data(), request.fields.size(),
                             stream.request_done ? nullptr : &body, body.source.ptr);
  CHECK_GT(stream.id, 0);
  next_id_ = static_cast<uint32_t>(stream.id) + 2;
  if (found_id_ == stream.id) found_id_ = 0;  // a frame may come for a stream that is not yet
  ++taken_;
  // HEADERS, and CONTINUATION if they are long, come behind the control frames and before any body.
  for (bool ended = false; !ended;) {
    const size_t at = AppendFrame(out);
    CHECK(at != std::string::npos);
    const FrameHead head(reinterpret_cast<const uint8_t*>(out->data()) + at);
    if (head.type != NGHTTP2_HEADERS && head.type != NGHTTP2_CONTINUATION) continue;
    stream.sent += out->size() - at;
    ended = (head.flags & NGHTTP2_FLAG_END_HEADERS) != 0;
  }
  started->push_back(request_of_[slot]);
}

size_t Http2Client::Impl::AppendFrame(std::string* out) {
  const uint8_t* bytes = nullptr;
  const ssize_t size = nghttp2_session_mem_send(session_, &bytes);
  CHECK_GE(size, 0) << nghttp2_strerror(static_cast<int>(size));
  if (size == 0) return std::string::npos;
  const size_t at = out->size();
  out->append(reinterpret_cast<const char*>(bytes), static_cast<size_t>(size));
  return at;
}

ssize_t Http2Client::Impl::ReadBody(uint32_t slot, uint8_t* to, size_t space, uint32_t* flags) {
  Stream& stream = streams_[slot];
  const std::string_view body = (*requests_)[stream.kind].body;
  const size_t size = std::min(space, body.size() - stream.body_sent);
  std::memcpy(to, body.data() + stream.body_sent, size);
  stream.body_sent += size;
  stream.sent += kFrameHeadBytes + size;
  if (stream.body_sent == body.size()) {
    *flags |= NGHTTP2_DATA_FLAG_EOF;
    stream.request_done = true;
  }
  return static_cast<ssize_t>(size);
}

void Http2Client::Impl::TakeControl() {
  while (nghttp2_session_get_outbound_queue_size(session_) > 0) {
    const size_t at = AppendFrame(&control_);
    if (at == std::string::npos) return;
    const FrameHead head(reinterpret_cast<const uint8_t*>(control_.data()) + at);
    if (head.type == NGHTTP2_GOAWAY) {
      // We send none but for a broken connection. Last stream, code, debug data that says why.
      const auto* code =
          reinterpret_cast<const uint8_t*>(control_.data()) + at + kFrameHeadBytes + 4;
      Break(std::string(nghttp2_http2_strerror(code[3])) + ": " +
            control_.substr(at + kFrameHeadBytes + 8));
      return;
    }
    if (head.type == NGHTTP2_PING || head.type == NGHTTP2_SETTINGS) ++unsent_answers_;
  }
}

// -- Input

bool Http2Client::Impl::Feed(std::string_view data) {
  CHECK(!broken_);
  feeding_ = true;
  const ssize_t taken = nghttp2_session_mem_recv(
      session_, reinterpret_cast<const uint8_t*>(data.data()), data.size());
  if (taken < 0) {
    Break(nghttp2_strerror(static_cast<int>(taken)));
  } else {
    TakeControl();
  }
  if (!broken_ && unsent_answers_ > kMaxUnsentAnswers) {
    Break("the peer wants answers and does not read them");
  }
  feeding_ = false;
  return !broken_;
}

void Http2Client::Impl::Break(std::string text) {
  broken_ = true;
  error_ = settings_began_ ? ErrorClass::kH2Protocol : ErrorClass::kH2Unsupported;
  error_text_ = settings_began_ ? std::move(text) : "the peer's first bytes are not HTTP/2";
}

int Http2Client::Impl::OnBeginFrame(const nghttp2_frame_hd& head) {
  settings_began_ = true;
  if (in_frame_ != kNone && head.type != NGHTTP2_CONTINUATION) EndRefused();
  if (head.stream_id == 0) return 0;
  const uint32_t slot = FindStream(head.stream_id);
  if (slot == kNone) return 0;
  Stream& stream = streams_[slot];
  stream.received += kFrameHeadBytes + head.length;
  if (head.type == NGHTTP2_DATA || head.type == NGHTTP2_WINDOW_UPDATE) in_frame_ = slot;
  if (head.type != NGHTTP2_HEADERS) return 0;
  in_frame_ = slot;
  block_bytes_ = 0;
  if (!std::exchange(stream.begun, true)) events_->OnResponseStart(request_of_[slot]);
  return 0;
}

void Http2Client::Impl::EndRefused() {
  const uint32_t slot = in_frame_;
  ResetStream(slot, NGHTTP2_PROTOCOL_ERROR);  // as it is already; makes it nobody's
  Fail(slot, ErrorClass::kProtocol);
}

int Http2Client::Impl::OnHeader(std::string_view name, std::string_view value) {
  if (in_frame_ == kNone) return 0;
  block_bytes_ += static_cast<uint32_t>(name.size() + value.size() + kFieldOverhead);
  if (block_bytes_ > kMaxHeaderBytes) {
    const uint32_t slot = in_frame_;
    ResetStream(slot, NGHTTP2_CANCEL);
    Fail(slot, ErrorClass::kProtocol);
    return 0;
  }
  // The one pseudo-header of a response, :status; nghttp2 has seen that it is three digits.
  if (name[0] == ':') {
    streams_[in_frame_].status = (value[0] - '0') * 100 + (value[1] - '0') * 10 + (value[2] - '0');
  }
  return 0;
}

int Http2Client::Impl::OnFrame(const nghttp2_frame& frame) {
  in_frame_ = kNone;
  switch (frame.hd.type) {
    case NGHTTP2_DATA:
    case NGHTTP2_HEADERS:
      OnMessageFrame(frame);
      break;
    case NGHTTP2_RST_STREAM:
      if (const uint32_t slot = FindStream(frame.hd.stream_id); slot != kNone) {
        streams_[slot].reset = true;
      }
      break;
    case NGHTTP2_SETTINGS:
      peer_streams_ =
          nghttp2_session_get_remote_settings(session_, NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS);
      break;
    case NGHTTP2_GOAWAY:
      OnGoAway(frame.goaway.last_stream_id);
      break;
    default:
      break;
  }
  return 0;
}

void Http2Client::Impl::OnMessageFrame(const nghttp2_frame& frame) {
  const uint32_t slot = FindStream(frame.hd.stream_id);
  if (slot == kNone) return;
  Stream& stream = streams_[slot];
  const bool bad_status = stream.status < 100 || stream.status > 599;
  const bool interim = frame.hd.type == NGHTTP2_HEADERS && stream.status < 200;
  if (bad_status || (interim && ++stream.interim > kMaxInterim)) {
    ResetStream(slot, NGHTTP2_PROTOCOL_ERROR);
    Fail(slot, ErrorClass::kProtocol);
    return;
  }
  if ((frame.hd.flags & NGHTTP2_FLAG_END_STREAM) == 0) return;
  stream.whole = true;
  if (stream.request_done) return;  // OnStreamClose follows
  // The peer has answered before it read the body, and may never give the window for the rest.
  ResetStream(slot, NGHTTP2_CANCEL);
  Complete(slot);
}

// RFC 9113, 6.8. Told here, and not as nghttp2 closes them: in the order of their numbers.
void Http2Client::Impl::OnGoAway(int32_t last_stream_id) {
  goaway_ = true;
  scratch_.clear();
  for (uint32_t slot = 0; slot < streams_.size(); ++slot) {
    if (request_of_[slot] == kNone || streams_[slot].id == 0) continue;
    if (streams_[slot].id > last_stream_id) scratch_.push_back(slot);
  }
  std::sort(scratch_.begin(), scratch_.end(),
            [this](uint32_t a, uint32_t b) { return streams_[a].id < streams_[b].id; });
  scratch_.insert(scratch_.end(), pending_.begin() + static_cast<ptrdiff_t>(next_pending_),
                  pending_.end());
  pending_.clear();
  next_pending_ = 0;
  for (const uint32_t slot : scratch_) {
    if (streams_[slot].id != 0)
      nghttp2_session_set_stream_user_data(session_, streams_[slot].id, nullptr);
    Fail(slot, ErrorClass::kH2GoAway);
  }
}

int Http2Client::Impl::OnStreamClose(int32_t id, uint32_t code) {
  const uint32_t slot = FindStream(id);
  if (slot == kNone) return 0;
  const Stream& stream = streams_[slot];
  if (stream.whole) {
    Complete(slot);
  } else {
    Fail(slot, stream.reset ? ResetClass(code) : ErrorClass::kProtocol);
  }
  return 0;
}

// -- The interface

Http2Client::Http2Client(std::shared_ptr<const Http2Requests> requests, uint32_t streams,
                         Http2Memory* memory, Http2Events* events)
    : impl_(std::make_unique<Impl>(std::move(requests), streams, memory, events)) {}
Http2Client::~Http2Client() = default;

uint32_t Http2Client::capacity() const { return impl_->capacity(); }
uint32_t Http2Client::open_streams() const { return impl_->open_streams(); }
bool Http2Client::goaway() const { return impl_->goaway(); }
void Http2Client::Submit(uint32_t kind, uint32_t request) { impl_->Submit(kind, request); }
Http2Client::Bytes Http2Client::Cancel(uint32_t request) { return impl_->Cancel(request); }
bool Http2Client::Taken(uint32_t request) const { return impl_->Taken(request); }
bool Http2Client::has_output() const { return impl_->has_output(); }
void Http2Client::TakeOutput(size_t limit, std::string* out, std::vector<uint32_t>* started) {
  impl_->TakeOutput(limit, out, started);
}
bool Http2Client::Feed(std::string_view data) { return impl_->Feed(data); }
ErrorClass Http2Client::error() const { return impl_->error(); }
std::string Http2Client::error_text() const { return impl_->error_text(); }
void Http2Client::SetNextStreamIdForTest(uint32_t id) { impl_->SetNextStreamId(id); }

}  // namespace muster

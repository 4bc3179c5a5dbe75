#include "worker/http/http2_client.h"

#include <algorithm>
#include <utility>

#include "common/base/check.h"

namespace muster {
namespace {

using Type = Http2FrameType;
using Code = Http2Code;

constexpr uint32_t kWindow = (1u << 30) - 1;  // ours: large, so that few WINDOW_UPDATEs are due
// More would be refused by a peer that allows fewer, as failures that nobody's service made.
constexpr uint32_t kStreamsBeforeSettings = 1;
constexpr size_t kMaxBodyFrame = kHttp2FrameBytes;  // so that streams get their turns

ErrorClass ResetClass(uint32_t code) {
  // The codes and the classes are in the order of RFC 9113, 7.
  constexpr auto kFirst = static_cast<uint32_t>(ErrorClass::kH2ResetNoError);
  constexpr auto kOther = static_cast<uint32_t>(ErrorClass::kH2ResetOther);
  return code < kOther - kFirst ? static_cast<ErrorClass>(kFirst + code)
                                : ErrorClass::kH2ResetOther;
}

std::string Opening() {
  std::string settings;
  AppendHttp2Setting(Http2Setting::kEnablePush, 0, &settings);
  AppendHttp2Setting(Http2Setting::kInitialWindowSize, kWindow, &settings);
  AppendHttp2Setting(Http2Setting::kMaxHeaderListSize, Http2Client::kMaxHeaderBytes, &settings);
  std::string out(kHttp2Preface);
  AppendHttp2Frame({.length = static_cast<uint32_t>(settings.size()), .type = Type::kSettings},
                   settings, &out);
  AppendHttp2Frame(Type::kWindowUpdate, 0, kWindow - uint32_t{kHttp2FirstWindow}, &out);
  return out;
}

// 32 bits, of which none is reserved.
uint32_t ReadCode(const char* at) {
  return ReadHttp2Number(at) | (static_cast<uint32_t>(static_cast<uint8_t>(*at)) >> 7 << 31);
}

}  // namespace

Http2Client::Http2Client(std::shared_ptr<const Http2Requests> requests, uint32_t streams,
                         Http2Events* events)
    : requests_(std::move(requests)),
      events_(events),
      own_limit_(streams == 0 ? kMaxStreams : std::min(streams, kMaxStreams)),
      encoder_(&requests_->lists()),
      peer_streams_(kStreamsBeforeSettings),
      control_(Opening()) {}

void Http2Client::SetNextStreamIdForTest(uint32_t id) { next_id_ = id; }

uint32_t Http2Client::capacity() const {
  if (goaway_ || broken_) return 0;
  const uint32_t ids = next_id_ > kHttp2MostStreamId ? 0 : (kHttp2MostStreamId - next_id_) / 2 + 1;
  if (ids <= streams_.open() - streams_.begun()) return 0;
  return std::min(own_limit_, peer_streams_);
}

// -- Requests

void Http2Client::Submit(uint32_t kind, uint32_t request) {
  CHECK(open_streams() < capacity());
  CHECK(kind < requests_->size());
  pending_.Push(streams_.Open(request, kind));
}

Http2Client::Bytes Http2Client::Cancel(uint32_t request) {
  const uint32_t slot = streams_.FindRequest(request);
  CHECK(slot != kNone) << "request " << request << " is not on this connection";
  const Bytes bytes = {streams_[slot].sent, streams_[slot].received};
  if (streams_[slot].id == 0) {
    pending_.Remove(slot);
  } else if (!broken_) {
    ResetStream(slot, Code::kCancel);
  }
  Release(slot);
  return bytes;
}

bool Http2Client::Taken(uint32_t request) const {
  const uint32_t slot = streams_.FindRequest(request);
  CHECK(slot != kNone) << "request " << request << " is not on this connection";
  return streams_[slot].id != 0;
}

void Http2Client::ResetStream(uint32_t slot, Code code) {
  AppendHttp2Frame(Type::kResetStream, streams_[slot].id, static_cast<uint32_t>(code), &control_);
}

void Http2Client::Release(uint32_t slot) {
  if (streams_[slot].ready) ready_.Remove(slot);
  if (frame_slot_ == slot) frame_slot_ = kNone;
  streams_.Close(slot);
}

void Http2Client::Fail(uint32_t slot, ErrorClass error) {
  const Http2Stream stream = streams_[slot];
  Release(slot);
  events_->OnStreamFailed(stream.request, error, stream.sent, stream.received);
}

void Http2Client::EndResponse(uint32_t slot) {
  const Http2Stream& stream = streams_[slot];
  const uint32_t request = stream.request;
  const Http2Answer answer = {stream.response.status(), stream.response.marks(),
                              stream.response.fields(), stream.sent, stream.received};
  // The peer has answered before it read the body, and may never give the window for the rest.
  if (!stream.request_done) ResetStream(slot, Code::kCancel);
  Release(slot);
  events_->OnResponse(request, answer);
}

// -- Output

bool Http2Client::has_output() const {
  return !control_.empty() || (!broken_ && (CanStart() || CanSendBody()));
}

void Http2Client::TakeOutput(size_t limit, std::string* out, std::vector<uint32_t>* started) {
  const size_t end = out->size() + limit;
  out->append(control_);
  control_.clear();
  unsent_answers_ = 0;
  if (broken_) return;
  while (out->size() < end && CanStart()) StartNext(out, started);
  while (out->size() < end && CanSendBody()) SendBody(out);
}

void Http2Client::StartNext(std::string* out, std::vector<uint32_t>* started) {
  const uint32_t slot = pending_.Pop();
  streams_.SetNumber(slot, next_id_);
  Http2Stream& stream = streams_[slot];
  const Http2Requests::Prepared& request = (*requests_)[stream.kind];
  stream.request_done = request.body.empty();
  stream.window = peer_.initial_window;
  stream.response = Http2Response(request.head);
  next_id_ += 2;
  const size_t at = out->size();
  out->resize(at + kHttp2HeadBytes);
  encoder_.Append(stream.kind, out);
  const auto end_stream = stream.request_done ? http2_flag::kEndStream : uint8_t{0};
  const auto length = static_cast<uint32_t>(out->size() - at - kHttp2HeadBytes);
  WriteHttp2Head({.length = length,
                  .type = Type::kHeaders,
                  .flags = static_cast<uint8_t>(http2_flag::kEndHeaders | end_stream),
                  .stream = stream.id},
                 out->data() + at);
  if (length > peer_.max_frame_size) SplitHeaders(at, out);
  stream.sent = out->size() - at;
  QueueIfReady(slot);
  started->push_back(stream.request);
}

// The HEADERS frame at `at`, the last of `out`, is longer than the peer allows.
void Http2Client::SplitHeaders(size_t at, std::string* out) {
  const std::string frame = out->substr(at);
  out->resize(at);
  Http2FrameHead head = {.type = Type::kHeaders,
                         .flags = static_cast<uint8_t>(frame[4] & http2_flag::kEndStream),
                         .stream = next_id_ - 2};
  std::string_view rest = std::string_view(frame).substr(kHttp2HeadBytes);
  while (!rest.empty()) {
    const std::string_view part = rest.substr(0, peer_.max_frame_size);
    rest.remove_prefix(part.size());
    head.length = static_cast<uint32_t>(part.size());
    if (rest.empty()) head.flags |= http2_flag::kEndHeaders;
    AppendHttp2Frame(head, part, out);
    head.type = Type::kContinuation;
    head.flags = 0;
  }
}

void Http2Client::SendBody(std::string* out) {
  const uint32_t slot = ready_.Pop();
  Http2Stream& stream = streams_[slot];
  stream.ready = false;
  if (stream.window <= 0) return;  // SETTINGS have narrowed it since
  const std::string_view rest =
      std::string_view((*requests_)[stream.kind].body).substr(stream.body_sent);
  const auto window = static_cast<size_t>(std::min(stream.window, window_));
  const std::string_view part = rest.substr(0, std::min(window, kMaxBodyFrame));
  stream.request_done = part.size() == rest.size();
  AppendHttp2Frame({.length = static_cast<uint32_t>(part.size()),
                    .type = Type::kData,
                    .flags = stream.request_done ? http2_flag::kEndStream : uint8_t{0},
                    .stream = stream.id},
                   part, out);
  stream.body_sent += part.size();
  stream.sent += kHttp2HeadBytes + part.size();
  stream.window -= static_cast<int64_t>(part.size());
  window_ -= static_cast<int64_t>(part.size());
  QueueIfReady(slot);
}

void Http2Client::QueueIfReady(uint32_t slot) {
  Http2Stream& stream = streams_[slot];
  if (stream.request_done || stream.ready || stream.window <= 0) return;
  stream.ready = true;
  ready_.Push(slot);
}

// -- Input

bool Http2Client::Feed(std::string_view data) {
  CHECK(!broken_);
  while (!broken_) {
    switch (reader_.Next(&data)) {
      case Http2FrameReader::Event::kNone:
        return true;
      case Http2FrameReader::Event::kHead:
        OnHead(reader_.head());
        break;
      case Http2FrameReader::Event::kFrame:
        OnFrame(reader_.head());
        frame_slot_ = kNone;
        break;
    }
  }
  return false;
}

// What is queued is dropped: GOAWAY is the last that is said.
void Http2Client::Break(const Http2Violation& violation) {
  broken_ = true;
  error_ = settings_began_ ? ErrorClass::kH2Protocol : ErrorClass::kH2Unsupported;
  error_text_ = "the peer's first bytes are not HTTP/2";
  if (settings_began_)
    error_text_ = std::string(Http2CodeName(violation.code)).append(": ").append(violation.why);
  std::string payload(8, '\0');  // the last stream of the peer's that we handled: none
  WriteHttp2Number(static_cast<uint32_t>(violation.code), payload.data() + 4);
  control_.clear();
  AppendHttp2Frame({.length = static_cast<uint32_t>(payload.size()), .type = Type::kGoAway},
                   payload, &control_);
}

void Http2Client::OnHead(const Http2FrameHead& head) {
  settings_began_ = settings_began_ || BeginsHttp2(head);
  if (!settings_began_) return Break({Code::kProtocolError});
  const Http2Violation violation = CheckHttp2Head(head, next_id_, blocks_.waiting_stream());
  if (violation.any()) return Break(violation);
  if (head.stream == 0) return;
  frame_slot_ = streams_.FindNumber(head.stream);
  if (frame_slot_ == kNone) return;
  Http2Stream& stream = streams_[frame_slot_];
  stream.received += kHttp2HeadBytes + head.length;
  if (head.type != Type::kHeaders || std::exchange(stream.begun, true)) return;
  events_->OnResponseStart(stream.request);
}

void Http2Client::OnFrame(const Http2FrameHead& head) {
  switch (head.type) {
    case Type::kData:
      return OnData(head);
    case Type::kHeaders:
    case Type::kContinuation:
      return OnHeaders(head);
    case Type::kResetStream:
      return OnReset();
    case Type::kSettings:
      return OnSettings(head);
    case Type::kPing:
      return OnPing(head);
    case Type::kGoAway:
      return OnGoAway();
    case Type::kWindowUpdate:
      return OnWindowUpdate(head);
    default:
      break;
  }
}

void Http2Client::OnData(const Http2FrameHead& head) {
  const auto give_back = [this](uint32_t stream, uint32_t bytes, uint32_t* unreturned) {
    *unreturned += bytes;
    if (*unreturned <= kWindow / 2) return;
    AppendHttp2Frame(Type::kWindowUpdate, stream, std::exchange(*unreturned, 0), &control_);
  };
  uint32_t content = 0;
  const Http2Violation violation = ContentOfHttp2Data(head, reader_.first_byte(), &content);
  if (violation.any()) return Break(violation);
  give_back(0, head.length, &unreturned_);
  if (frame_slot_ == kNone) return;
  const uint32_t slot = frame_slot_;
  Http2Stream& stream = streams_[slot];
  const bool end = (head.flags & http2_flag::kEndStream) != 0;
  if (!stream.response.OnData(content, end)) {
    ResetStream(slot, Code::kProtocolError);
    return Fail(slot, ErrorClass::kProtocol);
  }
  if (end) return EndResponse(slot);
  give_back(stream.id, head.length, &stream.unreturned);
}

void Http2Client::OnHeaders(const Http2FrameHead& head) {
  const Http2Violation violation = blocks_.Add(head, reader_.payload());
  if (violation.any()) return Break(violation);
  if (blocks_.waiting_stream() != 0) return;
  // Streams that have ended have blocks too: later ones need what they do to the table.
  const std::optional<Http2Head> read = head_reader_.Read(blocks_.block());
  if (!read.has_value()) return Break({Code::kCompressionError, "a header block is not valid"});
  const uint32_t slot = frame_slot_;
  if (slot == kNone) return;
  if (!streams_[slot].response.OnHead(*read, blocks_.ends_stream())) {
    ResetStream(slot, read->too_large ? Code::kCancel : Code::kProtocolError);
    return Fail(slot, ErrorClass::kProtocol);
  }
  if (blocks_.ends_stream()) EndResponse(slot);
}

void Http2Client::OnReset() {
  if (frame_slot_ != kNone) Fail(frame_slot_, ResetClass(ReadCode(reader_.payload().data())));
}

void Http2Client::OnSettings(const Http2FrameHead& head) {
  if ((head.flags & http2_flag::kAck) != 0) {
    if (std::exchange(settings_acknowledged_, true)) {
      Break({Code::kProtocolError, "SETTINGS: acknowledged and not sent"});
    }
    return;
  }
  const int64_t window_before = peer_.initial_window;
  const Code code = TakeHttp2Settings(reader_.payload(), &peer_);
  if (code != Code::kNoError) return Break({code, "SETTINGS: a value that may not be"});
  peer_streams_ = peer_.max_streams;
  encoder_.SetPeerLimit(peer_.header_table_size);
  const int64_t wider = peer_.initial_window - window_before;
  for (uint32_t slot = 0; wider != 0 && slot < streams_.slots(); ++slot) {
    Http2Stream& stream = streams_[slot];
    if (!stream.in_use || stream.id == 0) continue;
    stream.window += wider;
    if (stream.window > kHttp2MostWindow) {
      return Break({Code::kFlowControlError, "SETTINGS: a stream's window is too large"});
    }
    QueueIfReady(slot);
  }
  AppendHttp2Frame({.type = Type::kSettings, .flags = http2_flag::kAck}, {}, &control_);
  CountAnswer();
}

void Http2Client::OnPing(const Http2FrameHead& head) {
  if ((head.flags & http2_flag::kAck) != 0) return;
  AppendHttp2Frame({.length = head.length, .type = Type::kPing, .flags = http2_flag::kAck},
                   reader_.payload(), &control_);
  CountAnswer();
}

void Http2Client::CountAnswer() {
  if (++unsent_answers_ > kMaxUnsentAnswers) {
    Break({Code::kEnhanceYourCalm, "the peer wants answers and does not read them"});
  }
}

// RFC 9113, 6.8. Told in the order of their numbers.
void Http2Client::OnGoAway() {
  const uint32_t last = ReadHttp2Number(reader_.payload().data());
  if ((last != 0 && last % 2 == 0) || last > goaway_last_) {
    return Break({Code::kProtocolError, "GOAWAY: a last stream that can't be"});
  }
  goaway_last_ = last;
  goaway_ = true;
  scratch_.clear();
  for (uint32_t slot = 0; slot < streams_.slots(); ++slot) {
    if (streams_[slot].in_use && streams_[slot].id > last) scratch_.push_back(slot);
  }
  std::sort(scratch_.begin(), scratch_.end(),
            [this](uint32_t a, uint32_t b) { return streams_[a].id < streams_[b].id; });
  for (const uint32_t slot : scratch_) {
    if (streams_[slot].in_use) Fail(slot, ErrorClass::kH2GoAway);  // an event may have cancelled it
  }
  while (!pending_.empty()) Fail(pending_.Pop(), ErrorClass::kH2GoAway);
}

void Http2Client::OnWindowUpdate(const Http2FrameHead& head) {
  const uint32_t more = ReadHttp2Number(reader_.payload().data());
  if (more == 0) return Break({Code::kProtocolError, "WINDOW_UPDATE: by nothing"});
  if (head.stream == 0) {
    window_ += more;
    if (window_ > kHttp2MostWindow) {
      Break({Code::kFlowControlError, "WINDOW_UPDATE: the window is too large"});
    }
    return;
  }
  const uint32_t slot = frame_slot_;
  if (slot == kNone) return;
  streams_[slot].window += more;
  if (streams_[slot].window > kHttp2MostWindow) {
    ResetStream(slot, Code::kFlowControlError);
    return Fail(slot, ErrorClass::kProtocol);
  }
  QueueIfReady(slot);
}

}  // namespace muster

// What a parser said about some bytes, as a value that tests compare: every event in order with
// adjacent body spans joined, and how it ended.
#pragma once

#include <cstdint>
#include <memory>
#include <ostream>
#include <string>
#include <string_view>

#include "worker/http/http1_parser.h"

namespace muster {

struct Http1Trace {
  std::string events;  // "status 200|name: value|body(text)|"
  Http1ResponseParser::State state = Http1ResponseParser::State::kNeedMore;
  size_t consumed = 0;
  std::string error;
  bool keep_alive = false;
  int status = 0;
  int interim = 0;
  uint64_t body_bytes = 0;
  bool any_bytes = false;
  FieldFingerprint fields = 0;

  bool operator==(const Http1Trace&) const = default;
};

inline std::ostream& operator<<(std::ostream& out, const Http1Trace& trace) {
  return out << trace.events << " state " << static_cast<int>(trace.state) << " consumed "
             << trace.consumed << " error '" << trace.error << "' keep_alive " << trace.keep_alive
             << " status " << trace.status << " interim " << trace.interim << " body "
             << trace.body_bytes << " fields " << trace.fields;
}

class Http1TraceRecorder : public Http1Events {
 public:
  void OnStatus(int status) override { Add("status " + std::to_string(status)); }
  void OnHeader(std::string_view name, std::string_view value) override {
    Add(std::string(name) + ": " + std::string(value));
  }
  void OnBody(std::string_view data) override {
    if (!in_body_) events_ += "body(";
    in_body_ = true;
    events_ += data;
  }
  std::string Take() {
    EndBody();
    return std::move(events_);
  }

 private:
  void Add(const std::string& event) {
    EndBody();
    events_ += event + "|";
  }
  void EndBody() {
    if (in_body_) events_ += ")|";
    in_body_ = false;
  }

  std::string events_;
  bool in_body_ = false;
};

// Parses `bytes` in pieces of next_size() bytes (clamped to what is left), each in a buffer of
// exactly its size, so that a sanitizer sees every byte read beyond it. `eof`: then the peer
// closes.
template <typename NextSize>
Http1Trace TraceHttp1(std::string_view bytes, bool head, bool eof, NextSize next_size) {
  Http1ResponseParser parser;
  Http1TraceRecorder recorder;
  Http1Trace trace;
  parser.Reset(head);
  while (!bytes.empty() && trace.state == Http1ResponseParser::State::kNeedMore) {
    const std::string_view piece = bytes.substr(0, next_size());
    const auto buffer = std::make_unique<char[]>(piece.size());
    piece.copy(buffer.get(), piece.size());
    const auto result = parser.Feed({buffer.get(), piece.size()}, &recorder);
    trace.consumed += result.consumed;
    trace.state = result.state;
    bytes.remove_prefix(piece.size());
  }
  if (eof) trace.state = parser.OnEof();
  trace.events = recorder.Take();
  trace.error = parser.error();
  trace.keep_alive = parser.keep_alive();
  trace.status = parser.status();
  trace.interim = parser.interim();
  trace.body_bytes = parser.body_bytes();
  trace.any_bytes = parser.any_bytes();
  trace.fields = parser.fields();
  return trace;
}

inline Http1Trace TraceHttp1Whole(std::string_view bytes, bool head, bool eof) {
  return TraceHttp1(bytes, head, eof, [&bytes] { return bytes.size(); });
}

}  // namespace muster

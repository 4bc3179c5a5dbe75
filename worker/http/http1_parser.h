// Http1ResponseParser: bytes in, events out. Decides the framing of HTTP/1.1 responses (RFC 9112)
// on one connection: Content-Length, chunked with trailers, HEAD, 1xx, 204, 304, close-delimited.
// Bodies are counted, not stored. No sockets, no clock, no allocation after the first response.
//
// A load tester that guesses at framing reports numbers that are not true, so it is strict.
// Refused:
// - a line that does not end in CRLF, and any control character but tab in a line (bare CR, LF,
// NUL);
// - obsolete folding, an empty or malformed field name, whitespace before the colon;
// - a version that is not HTTP/1.x, a status outside 100 to 599, and 101: nobody asked for an
// upgrade;
// - Content-Length that is not digits, is above 2^63 - 1, or differs between its values (equal ones
// pass);
// - Content-Length with Transfer-Encoding; Transfer-Encoding in HTTP/1.0, with parameters or an
// empty
//   element, with chunked twice or not last ("gzip, chunked" passes: its framing is chunked);
// - a chunk size that is not hex, is above 2^63 - 1, or whose line with its extensions is over 1
// KiB;
// - over 64 KiB of status line and fields, over 64 KiB of trailers, over 256 fields, over 32
// interim
//   responses.
// Tolerated: a missing reason phrase, with or without its space; blanks after a chunk size; framing
// fields that say nothing where no body can follow (HEAD, 1xx, 204, 304) or in trailers.
//
// Any split of the same bytes over Feed calls gives the same events (body spans may be split or
// joined), the same end and the same number of consumed bytes. One owner: the connection. Not
// thread-safe.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "worker/http/answer_marks.h"
#include "worker/http/field_names.h"

namespace muster {

// Receives one response's events, in the order of the methods. Views are valid during the call
// only.
class Http1Events {
 public:
  virtual ~Http1Events() = default;
  virtual void OnStatus(int status) = 0;  // the final status; 1xx responses are skipped and counted
  virtual void OnHeader(std::string_view name,
                        std::string_view value) = 0;  // trimmed; also trailers
  virtual void OnBody(std::string_view data) = 0;
};

class Http1ResponseParser {
 public:
  static constexpr size_t kMaxHeaderBytes = 64 * 1024;  // status line and fields; trailers likewise
  static constexpr size_t kMaxHeaderFields = 256;       // with the trailers
  static constexpr int kMaxInterim = 32;                // 1xx responses before the final one
  static constexpr size_t kMaxChunkLineBytes = 1024;    // a chunk's size with its extensions

  enum class State : uint8_t {
    kNeedMore,  // the response is not whole yet
    kDone,      // it is; bytes beyond `consumed` belong to nobody
    kError,     // malformed; see error()
  };
  struct Result {
    State state = State::kNeedMore;
    size_t consumed = 0;
  };

  // Starts the next response. `head_request`: no body follows whatever the headers say.
  void Reset(bool head_request);
  // Feeds the next bytes. After kDone or kError: Reset first. `events` may be null.
  Result Feed(std::string_view data, Http1Events* events);
  // The peer closed. kDone when that completes a close-delimited body, kError (early close) when
  // the response had begun, kNeedMore when no byte of it had arrived.
  State OnEof();

  int status() const {
    return status_;
  }  // of the response that is being read; 0 before its status line
  bool keep_alive() const {
    return keep_alive_;
  }  // after kDone: the connection may carry another request
  AnswerMarks marks() const { return marks_; }  // of the final response's fields
  // Of the names of the same fields, without Connection and Keep-Alive, which depend on how many
  // requests the connection has carried. Trailers are no part of either.
  FieldFingerprint fields() const { return names_.fingerprint(); }
  bool any_bytes() const { return any_bytes_; }        // something of this response has arrived
  uint64_t body_bytes() const { return body_bytes_; }  // decoded: without chunk framing
  std::string_view error() const { return error_; }    // static text, for kError
  int interim() const { return interim_; }             // 1xx responses that were skipped

 private:
  enum class Phase : uint8_t {
    // These read lines.
    kStatusLine,
    kFields,
    kChunkSize,
    kTrailers,
    // These read bytes.
    kLengthBody,
    kCloseBody,
    kChunkData,
    kChunkCr,
    kChunkLf,
    // These read nothing.
    kDone,
    kError,
  };
  // What the fields of one message say about its framing.
  struct Framing {
    uint64_t content_length = 0;
    bool has_length = false;
    bool has_coding = false;
    bool chunked = false;  // the last coding so far is chunked
    bool close = false;
    bool keep_alive = false;
  };

  const char* FeedLine(const char* p, const char* end, Http1Events* events);
  const char* FeedLineInParts(const char* p, const char* end, Http1Events* events);
  const char* FeedBody(const char* p, const char* end, Http1Events* events);
  bool CheckPrefix(const char*& p, const char* end);
  size_t LineLimit() const;
  // These take one line without its CRLF, which follows it in memory; `readable` ends that memory.
  void OnLine(std::string_view line, const char* readable, Http1Events* events);
  void OnStatusLine(std::string_view line, Http1Events* events);
  void OnField(std::string_view line, const char* readable, Http1Events* events);
  void OnChunkSize(std::string_view line);
  void OnTellingField(std::string_view name, std::string_view value);
  void OnFramingField(std::string_view name, std::string_view value);
  void OnContentLength(std::string_view value);
  void OnTransferEncoding(std::string_view value);
  void OnFieldsEnd();
  void BeginMessage();
  void Fail(std::string_view why);

  Phase phase_ = Phase::kStatusLine;
  bool head_request_ = false;
  bool http_1_0_ = false;
  bool keep_alive_ = false;
  bool any_bytes_ = false;
  AnswerMarks marks_ = 0;
  FieldNames names_;
  int status_ = 0;
  int interim_ = 0;
  uint32_t fields_ = 0;
  size_t section_bytes_ = 0;  // of this section's finished lines
  uint64_t remaining_ = 0;    // of the length-delimited body or the chunk
  uint64_t body_bytes_ = 0;
  Framing framing_;
  std::string_view error_;
  std::string line_;  // the beginning of a line that is split over Feed calls
};

}  // namespace muster

// Http1ResponseParser: bytes in, events out. Decides the framing of HTTP/1.1 responses (RFC 9112) on
// one connection: Content-Length, chunked with trailers, HEAD, 1xx, 204, 304, close-delimited. Refuses
// what is malformed or hostile (conflicting lengths, bare CR, obsolete folding, control characters, a
// Transfer-Encoding that does not end in chunked, over 64 KiB or 256 fields of headers). Bodies are
// counted, not stored. No sockets, no clock, no allocation after the first response.
//
// Any split of the same bytes over Feed calls gives the same events (body spans may be split or joined).
// One owner: the connection. Not thread-safe.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace muster {

// Receives one response's events, in the order of the methods. Views are valid during the call only.
class Http1Events {
 public:
  virtual ~Http1Events() = default;
  virtual void OnStatus(int status) = 0;  // the final status; 1xx responses are skipped and counted
  virtual void OnHeader(std::string_view name, std::string_view value) = 0;  // trimmed; also trailers
  virtual void OnBody(std::string_view data) = 0;
};

class Http1ResponseParser {
 public:
  static constexpr size_t kMaxHeaderBytes = 64 * 1024;  // status line and fields; trailers likewise
  static constexpr size_t kMaxHeaderFields = 256;       // with the trailers
  static constexpr int kMaxInterim = 32;                // 1xx responses before the final one

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
  // The peer closed. kDone when that completes a close-delimited body, kError (early close) when the
  // response had begun, kNeedMore when no byte of it had arrived.
  State OnEof();

  int status() const;               // of the response that is being read; 0 before its status line
  bool keep_alive() const;          // after kDone: the connection may carry another request
  bool any_bytes() const;           // something of this response has arrived
  uint64_t body_bytes() const;      // decoded: without chunk framing
  std::string_view error() const;   // static text, for kError
};

}  // namespace muster

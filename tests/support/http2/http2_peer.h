// Http2Peer: a server's side of one HTTP/2 connection in memory, by nghttp2. It decides nothing:
// the test answers requests as they come, or resets, says GOAWAY, changes settings.
//
// Owner: the test's thread. Calls of on_request and on_reset come within Feed; they may call what
// answers, but not Feed and TakeOutput.
#pragma once

#include <nghttp2/nghttp2.h>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "tests/support/http2/http2_frames.h"

namespace muster {

class Http2Peer {
 public:
  struct Request {
    int32_t stream = 0;
    Http2Fields fields;  // as they came, pseudo-headers included
    std::string body;
    std::string Field(std::string_view name) const;  // empty when there is none
  };
  struct Response {
    int status = 200;
    Http2Fields fields{};
    std::string body = "ok";
    Http2Fields trailers{};
    std::vector<int> interim{};  // statuses before the final one
  };
  using Settings = std::vector<nghttp2_settings_entry>;

  // `settings` are sent first.
  explicit Http2Peer(const Settings& settings = {});
  ~Http2Peer();
  Http2Peer(const Http2Peer&) = delete;
  Http2Peer& operator=(const Http2Peer&) = delete;

  std::function<void(const Request&)> on_request;          // it is whole
  std::function<void(int32_t stream, uint32_t)> on_reset;  // by the client, with the code

  // False when the client broke the protocol: error() says how.
  bool Feed(std::string_view bytes);
  std::string TakeOutput();
  const std::string& error() const { return error_; }
  uint64_t refused() const { return refused_; }  // streams beyond what SETTINGS allow

  void Respond(int32_t stream, const Response& response);
  void Reset(int32_t stream, uint32_t code);
  void SendSettings(const Settings& settings);
  void Ping();
  // GOAWAY with the highest number: the end is near, nothing is refused yet.
  void AnnounceGoAway();
  void GoAway(int32_t last_stream, uint32_t code);
  int32_t last_stream() const { return last_stream_; }  // the highest that came
  bool HasStream(int32_t stream) const { return streams_.count(stream) > 0; }
  nghttp2_session* session() { return session_; }

 private:
  struct Stream {
    Request request;
    std::string body;
    size_t body_sent = 0;
    Http2Fields trailers;
  };

  int OnFrame(const nghttp2_frame& frame);
  int OnClose(int32_t stream);
  ssize_t ReadBody(int32_t stream, uint8_t* to, size_t space, uint32_t* flags);

  nghttp2_session* session_ = nullptr;
  std::map<int32_t, Stream> streams_;  // open ones
  int32_t last_stream_ = 0;
  uint64_t refused_ = 0;
  std::string error_;
};

}  // namespace muster

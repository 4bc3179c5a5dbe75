// Http2Client against nghttp2's server session: random requests, answers, resets, cancellations,
// settings and windows, carried in random pieces. Every request ends once, as the server meant it.
#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>

#include "tests/support/http2/http2_peer.h"
#include "tests/worker/http/hpack_fields.h"
#include "tests/worker/http/http2_trace.h"

namespace muster {
namespace {

class RandomConnection {
 public:
  explicit RandomConnection(uint64_t seed)
      : draws_(seed),
        streams_(static_cast<uint32_t>(1 + draws_.Below(9))),
        peer_(SomeSettings()),
        client_(SomeHttp2Requests(), 0, &log_) {
    peer_.on_request = [this](const Http2Peer::Request& request) { Arrived(request); };
    log_.on_end = [this](uint32_t request) { kinds_.erase(request); };
  }

  void Run(int steps) {
    for (int step = 0; step < steps; ++step) {
      Act();
      ToPeer(1 + draws_.Below(draws_.Below(2) == 0 ? 50 : 50'000));
      ToClient(1 + draws_.Below(draws_.Below(2) == 0 ? 20 : 100'000));
      if (testing::Test::HasFailure()) return;
    }
    // No window is zero any more.
    peer_.SendSettings({{NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, window_ + 50'000},
                        {NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, 10}});
    while (client_.has_output() || !to_client_.empty() || !to_peer_.empty() || !open_.empty()) {
      while (!open_.empty()) Answer();
      ToPeer(100'000);
      ToClient(100'000);
      if (testing::Test::HasFailure()) return;
    }
  }

  // What is left when all has been said.
  void Check() {
    EXPECT_EQ(client_.open_streams(), 0u);
    EXPECT_TRUE(kinds_.empty());
    std::map<std::string, int> ends;
    for (const std::string& line : log_.lines) {
      const size_t colon = line.find(':');
      if (colon == std::string::npos) continue;
      const auto request = static_cast<uint32_t>(std::stoul(line));
      ASSERT_EQ(line.substr(colon + 2), meant_[request]) << "request " << request;
      EXPECT_EQ(++ends[line.substr(0, colon)], 1);
    }
    EXPECT_EQ(ends.size() + cancelled_, submitted_);
  }
  uint32_t submitted() const { return submitted_; }

 private:
  // The window never narrows: nghttp2 1.52 checks what came in the wider one against the narrower,
  // and resets the stream (FLOW_CONTROL_ERROR).
  Http2Peer::Settings SomeSettings() {
    window_ += static_cast<uint32_t>(draws_.Below(20'000));
    return {{NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, window_},
            {NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, streams_},
            {NGHTTP2_SETTINGS_HEADER_TABLE_SIZE,
             static_cast<uint32_t>(draws_.Below(2) == 0 ? 4096 : draws_.Below(200))}};
  }
  void Act() {
    const size_t what = draws_.Below(20);
    if (what < 12 && client_.open_streams() < client_.capacity()) {
      const auto kind = static_cast<uint32_t>(draws_.Below(4));
      kinds_[++submitted_] = kind;
      client_.Submit(kind, submitted_);
    } else if (what < 17 && !open_.empty()) {
      Answer();
    } else if (what == 17 && !kinds_.empty()) {
      client_.Cancel(kinds_.begin()->first);
      kinds_.erase(kinds_.begin());
      ++cancelled_;
    } else if (what == 18) {
      peer_.Ping();
    } else if (what == 19 && draws_.Below(4) == 0) {
      peer_.SendSettings(SomeSettings());
    }
  }
  void Arrived(const Http2Peer::Request& request) {
    const uint32_t number = by_stream_.at(request.stream);
    if (request.Field(":path") == "/long") {
      EXPECT_EQ(request.body.size(), kLongBodyBytes);
    }
    open_[request.stream] = number;
  }
  void Answer() {
    const auto [stream, request] = *open_.begin();
    open_.erase(open_.begin());
    if (!peer_.HasStream(stream)) return;  // it was cancelled
    if (draws_.Below(6) == 0) {
      const auto code = static_cast<uint32_t>(draws_.Below(16));
      meant_[request] = NameOf(
          kErrorNames, static_cast<ErrorClass>(static_cast<uint32_t>(ErrorClass::kH2ResetNoError) +
                                               std::min(code, 14u)));
      return peer_.Reset(stream, code);
    }
    const auto kind = kinds_.find(request);
    const bool head = kind == kinds_.end() || kind->second == kHead;
    Http2Peer::Response response = {.status = static_cast<int>(200 + draws_.Below(4) * 100)};
    if (response.status == 300) response.status = 302;
    response.body = head ? "" : std::string(draws_.Below(5) == 0 ? draws_.Below(200'000) : 5, 'b');
    for (size_t i = draws_.Below(4); i > 0; --i) {
      response.fields.emplace_back("x-" + std::to_string(draws_.Below(5)),
                                   draws_.Text(draws_.Below(60), 'a', 'z'));
    }
    if (draws_.Below(2) == 0) {
      response.fields.emplace_back("content-length", std::to_string(response.body.size()));
    }
    if (draws_.Below(5) == 0 && !response.body.empty()) response.trailers = {{"t", "1"}};
    if (draws_.Below(5) == 0) response.interim = {100, 103};
    meant_[request] = std::to_string(response.status);
    peer_.Respond(stream, response);
  }
  void ToPeer(size_t bytes) {
    std::vector<uint32_t> started;
    client_.TakeOutput(1 + draws_.Below(30'000), &to_peer_, &started);
    for (const uint32_t request : started) {
      by_stream_[next_stream_] = request;
      next_stream_ += 2;
    }
    EXPECT_TRUE(peer_.Feed(to_peer_.substr(0, bytes))) << peer_.error();
    EXPECT_EQ(peer_.refused(), 0u);
    to_peer_.erase(0, bytes);
  }
  void ToClient(size_t bytes) {
    to_client_ += peer_.TakeOutput();
    EXPECT_TRUE(client_.Feed(std::string(to_client_.substr(0, bytes)))) << client_.error_text();
    to_client_.erase(0, bytes);
  }

  Draws draws_;
  uint32_t streams_;  // at once: a lower limit would meet streams that are on their way
  uint32_t window_ = 0;
  Http2Log log_;
  Http2Peer peer_;
  Http2Client client_;
  std::string to_peer_;
  std::string to_client_;
  std::map<uint32_t, uint32_t> kinds_;     // of the open requests
  std::map<int32_t, uint32_t> by_stream_;  // requests
  std::map<int32_t, uint32_t> open_;       // streams whose requests wait for an answer
  std::map<uint32_t, std::string> meant_;  // by the server, of requests
  int32_t next_stream_ = 1;
  uint32_t submitted_ = 0;
  size_t cancelled_ = 0;
};

TEST(Http2ClientRandomTest, EveryRequestEndsAsTheServerMeant) {
  uint64_t submitted = 0;
  for (uint64_t seed = 0; seed < 100; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    RandomConnection connection(seed);
    connection.Run(300);
    connection.Check();
    submitted += connection.submitted();
    ASSERT_FALSE(HasFailure());
  }
  EXPECT_GT(submitted, 1000u);
}

}  // namespace
}  // namespace muster

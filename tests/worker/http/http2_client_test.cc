// Http2Client against a real server's session (nghttp2's) in memory.
#include "worker/http/http2_client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/support/allocations/allocations.h"
#include "tests/support/http2/http2_peer.h"
#include "tests/worker/http/http2_trace.h"

namespace muster {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

constexpr size_t kNoLimit = size_t{1} << 30;

class Http2ClientTest : public testing::Test {
 protected:
  // The peer's SETTINGS have come.
  void Start(const Http2Peer::Settings& settings = {}, uint32_t streams = 0) {
    StartUnsettled(settings, streams);
    ASSERT_TRUE(ToClient());
  }
  void StartUnsettled(const Http2Peer::Settings& settings = {}, uint32_t streams = 0) {
    client_ = std::make_unique<Http2Client>(SomeHttp2Requests(), streams, &log_);
    peer_ = std::make_unique<Http2Peer>(settings);
    peer_->on_request = [this](const Http2Peer::Request& request) {
      requests_.push_back(request);
      if (answer_) peer_->Respond(request.stream, response_);
    };
    peer_->on_reset = [this](int32_t, uint32_t code) { resets_.push_back(code); };
  }
  // The client's bytes to the peer. Returns whose HEADERS were among them.
  std::vector<uint32_t> ToPeer(size_t limit = kNoLimit) {
    std::string bytes;
    std::vector<uint32_t> started;
    client_->TakeOutput(limit, &bytes, &started);
    EXPECT_TRUE(peer_->Feed(bytes)) << peer_->error();
    return started;
  }
  bool ToClient() { return client_->Feed(peer_->TakeOutput()); }
  // To and fro until nobody has more to say.
  void Exchange() {
    for (std::string bytes = "-"; client_->has_output() || !bytes.empty();) {
      ToPeer(64 * 1024);
      bytes = peer_->TakeOutput();
      ASSERT_TRUE(client_->Feed(bytes)) << client_->error_text();
    }
  }
  std::vector<std::string> Fetch(Http2Kind kind, const Http2Peer::Response& response) {
    if (!client_) Start();
    response_ = response;
    client_->Submit(kind, 7);
    Exchange();
    return log_.Take();
  }

  Http2Log log_;
  std::unique_ptr<Http2Client> client_;
  std::unique_ptr<Http2Peer> peer_;
  bool answer_ = true;
  Http2Peer::Response response_;
  std::vector<Http2Peer::Request> requests_;
  std::vector<uint32_t> resets_;
};

TEST_F(Http2ClientTest, AnswersHaveTheFieldsOfTheirHeads) {
  FieldNames names;
  names.Add("x-old");
  for (int i = 0; i < 3; ++i) {  // the last of them is remembered, not decoded
    Fetch(kGet, {.fields = {{"x-old", "1"}}});
    EXPECT_EQ(log_.last_fields, names.fingerprint()) << i;
  }
  Fetch(kGet, {.fields = {{"x-new", "1"}}});
  EXPECT_NE(log_.last_fields, names.fingerprint());
  Fetch(kGet, {.fields = {{"x-old", "2"}}});
  EXPECT_EQ(log_.last_fields, names.fingerprint());
}

TEST_F(Http2ClientTest, SendsWhatHttp1SendsAndGetsTheAnswer) {
  EXPECT_THAT(Fetch(kPost, {}), ElementsAre("start 7", "7: 200"));
  ASSERT_THAT(requests_, SizeIs(1));
  EXPECT_EQ(requests_[0].Field(":method"), "POST");
  EXPECT_EQ(requests_[0].Field(":path"), "/p");
  EXPECT_EQ(requests_[0].Field(":scheme"), "http");
  EXPECT_EQ(requests_[0].Field(":authority"), "a:80");
  EXPECT_EQ(requests_[0].Field("accept"), "*/*");
  EXPECT_EQ(requests_[0].Field("content-length"), "5");
  EXPECT_EQ(requests_[0].body, "hello");
  EXPECT_EQ(client_->open_streams(), 0u);
}

TEST_F(Http2ClientTest, CountsTheBytesOfAStreamsFrames) {
  Start();
  client_->Submit(kPost, 7);
  std::string bytes;
  std::vector<uint32_t> started;
  client_->TakeOutput(kNoLimit, &bytes, &started);
  ASSERT_TRUE(peer_->Feed(bytes));
  const std::string answer = peer_->TakeOutput();
  ASSERT_TRUE(client_->Feed(answer));
  // Preface 24, SETTINGS 9 + 3 * 6, WINDOW_UPDATE 13, SETTINGS acknowledged 9; back: that, too.
  EXPECT_EQ(log_.last_sent, bytes.size() - 73);
  EXPECT_EQ(log_.last_received, answer.size() - 9);
}

TEST_F(Http2ClientTest, OrdinaryResponsesComplete) {
  EXPECT_THAT(Fetch(kGet, {.body = ""}), ElementsAre("start 7", "7: 200"));
  EXPECT_THAT(Fetch(kGet, {.status = 503}), ElementsAre("start 7", "7: 503"));
  EXPECT_THAT(Fetch(kGet, {.status = 204, .body = ""}), ElementsAre("start 7", "7: 204"));
  EXPECT_THAT(Fetch(kGet, {.status = 304, .body = ""}), ElementsAre("start 7", "7: 304"));
  EXPECT_THAT(Fetch(kGet, {.fields = {{"content-length", "2"}}}), ElementsAre("start 7", "7: 200"));
  EXPECT_THAT(Fetch(kGet, {.trailers = {{"checksum", "1"}}}), ElementsAre("start 7", "7: 200"));
  EXPECT_THAT(Fetch(kGet, {.interim = {100, 103}}), ElementsAre("start 7", "7: 200"));
  // The length of what GET would bring, and no body.
  EXPECT_THAT(Fetch(kHead, {.fields = {{"content-length", "99"}}, .body = ""}),
              ElementsAre("start 7", "7: 200"));
}

TEST_F(Http2ClientTest, InterimResponsesHaveALimit) {
  const std::vector<int> limit(Http2Client::kMaxInterim, 103);
  EXPECT_THAT(Fetch(kGet, {.interim = limit}), ElementsAre("start 7", "7: 200"));
  std::vector<int> above = limit;
  above.push_back(103);
  EXPECT_THAT(Fetch(kGet, {.interim = above}), ElementsAre("start 7", "7: protocol"));
}

TEST_F(Http2ClientTest, LengthsThatDoNotFitAreMalformed) {
  for (const char* length : {"1", "3", "x"}) {
    EXPECT_THAT(Fetch(kGet, {.fields = {{"content-length", length}}}),
                ElementsAre("start 7", "7: protocol"))
        << length;
  }
  EXPECT_THAT(Fetch(kGet, {.fields = {{"content-length", "3"}}, .body = ""}),
              ElementsAre("start 7", "7: protocol"));
  EXPECT_THAT(Fetch(kHead, {.body = "unwanted"}), ElementsAre("start 7", "7: protocol"));
  EXPECT_THAT(Fetch(kGet, {}), ElementsAre("start 7", "7: 200")) << "the connection goes on";
}

TEST_F(Http2ClientTest, LargeBodiesPassSmallWindows) {
  Start({{NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, 1000}});
  const std::string body(3'000'000, 'y');
  EXPECT_THAT(Fetch(kLongPost, {.body = body}), ElementsAre("start 7", "7: 200"));
  ASSERT_THAT(requests_, SizeIs(1));
  EXPECT_EQ(requests_[0].body, std::string(kLongBodyBytes, 'x'));
  EXPECT_GT(log_.last_received, body.size());
  EXPECT_GT(log_.last_sent, kLongBodyBytes);
}

TEST_F(Http2ClientTest, AnswerBeforeTheBodyIsReadEndsTheRequest) {
  Start({{NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, 1000}});
  client_->Submit(kLongPost, 7);
  EXPECT_THAT(ToPeer(), ElementsAre(7));
  peer_->Respond(1, {.status = 413});
  ASSERT_TRUE(ToClient());
  EXPECT_THAT(log_.Take(), ElementsAre("start 7", "7: 413"));
  EXPECT_EQ(client_->open_streams(), 0u);
  Exchange();
  EXPECT_THAT(resets_, ElementsAre(uint32_t{NGHTTP2_CANCEL}));
  EXPECT_THAT(requests_, IsEmpty());
}

TEST_F(Http2ClientTest, OutputIsTakenInPieces) {
  Start();
  client_->Submit(kLongPost, 1);
  client_->Submit(kGet, 2);
  std::string bytes;
  std::vector<uint32_t> started;
  client_->TakeOutput(1, &bytes, &started);
  EXPECT_LE(bytes.size(), 100u) << "the acknowledgement of SETTINGS alone, or one request more";
  for (int piece = 0; client_->has_output(); ++piece) {
    ASSERT_LT(piece, 10);
    const size_t before = bytes.size();
    client_->TakeOutput(1000, &bytes, &started);
    ASSERT_LE(bytes.size() - before, 1000u + 16384 + 9);
  }
  EXPECT_THAT(started, ElementsAre(1, 2));
  EXPECT_GT(bytes.size(), 65'535u) << "as much as the peer's window takes";
}

TEST_F(Http2ClientTest, StreamsAreLimitedByThePeerAndByUs) {
  Start({{NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, 8}});
  EXPECT_EQ(client_->capacity(), 8u);
  Start({}, 5);
  EXPECT_EQ(client_->capacity(), 5u);
  Start({{NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, 8}}, 5);
  EXPECT_EQ(client_->capacity(), 5u);
  Start();
  EXPECT_EQ(client_->capacity(), Http2Client::kMaxStreams) << "the peer has no limit";
  Start({{NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, 0}});
  EXPECT_EQ(client_->capacity(), 0u);
}

TEST_F(Http2ClientTest, OneStreamUntilThePeersLimitIsKnown) {
  StartUnsettled({{NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, 8}});
  EXPECT_EQ(client_->capacity(), 1u);
  client_->Submit(kGet, 1);
  EXPECT_THAT(ToPeer(), ElementsAre(1));
  ASSERT_TRUE(ToClient());
  EXPECT_THAT(log_.Take(), ElementsAre("start 1", "1: 200"));
  EXPECT_EQ(client_->capacity(), 8u);
}

TEST_F(Http2ClientTest, PeersLimitMayChange) {
  Start({{NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, 4}});
  answer_ = false;
  Exchange();
  for (uint32_t request = 0; request < 4; ++request) client_->Submit(kGet, request);
  EXPECT_THAT(ToPeer(20), SizeIs(testing::Lt(4u)));
  const size_t taken = requests_.size();
  ASSERT_GT(taken, 0u);
  peer_->SendSettings({{NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, 1}});
  ASSERT_TRUE(ToClient());
  Exchange();
  EXPECT_EQ(client_->capacity(), 1u);
  EXPECT_EQ(client_->open_streams(), 4u);
  EXPECT_THAT(requests_, SizeIs(taken)) << "no more are begun";
  EXPECT_FALSE(client_->has_output());
  EXPECT_FALSE(client_->Taken(3));
  for (const Http2Peer::Request& request : std::vector(requests_)) {
    peer_->Respond(request.stream, {});
  }
  Exchange();
  EXPECT_THAT(requests_, SizeIs(taken + 1)) << "one at a time";
  peer_->SendSettings({{NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, 50}});
  Exchange();
  EXPECT_EQ(client_->capacity(), 50u);
  EXPECT_THAT(requests_, SizeIs(4));
}

TEST_F(Http2ClientTest, ResetsEndByTheirCode) {
  Start();
  answer_ = false;
  const auto first = static_cast<size_t>(ErrorClass::kH2ResetNoError);
  for (uint32_t code = 0; code <= 14; ++code) {
    client_->Submit(kGet, code);
    Exchange();
    peer_->Reset(requests_.back().stream, code);
    Exchange();
    EXPECT_THAT(log_.Take(),
                ElementsAre(std::to_string(code) + ": " + std::string(kErrorNames[first + code])));
  }
  EXPECT_EQ(kErrorNames[first + NGHTTP2_REFUSED_STREAM], "h2_reset_refused_stream");
  EXPECT_EQ(kErrorNames[first + 14], "h2_reset_other");
}

TEST_F(Http2ClientTest, ResetAfterAWholeAnswerIsNoFailure) {
  Start({{NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, 10}});
  client_->Submit(kLongPost, 1);
  ToPeer();
  peer_->Respond(1, {.status = 401});
  std::string bytes = peer_->TakeOutput();
  bytes += Http2Reset(1, NGHTTP2_NO_ERROR);
  ASSERT_TRUE(client_->Feed(bytes));
  EXPECT_THAT(log_.Take(), ElementsAre("start 1", "1: 401"));
}

TEST_F(Http2ClientTest, GoAwayEndsWhatThePeerDidNotProcess) {
  Start();
  answer_ = false;
  for (uint32_t request = 1; request <= 4; ++request) client_->Submit(kGet, request);
  Exchange();
  client_->Submit(kGet, 5);
  EXPECT_FALSE(client_->Taken(5));
  peer_->GoAway(3, NGHTTP2_NO_ERROR);
  ASSERT_TRUE(ToClient());
  EXPECT_TRUE(client_->goaway());
  EXPECT_EQ(client_->capacity(), 0u);
  EXPECT_THAT(log_.Take(), ElementsAre("3: h2_goaway", "4: h2_goaway", "5: h2_goaway"));
  EXPECT_EQ(client_->open_streams(), 2u);
  peer_->Respond(1, {});
  peer_->Respond(3, {});
  Exchange();
  EXPECT_THAT(log_.Take(), ElementsAre("start 1", "start 2", "1: 200", "2: 200"));
  EXPECT_EQ(client_->open_streams(), 0u);
}

TEST_F(Http2ClientTest, GoAwayMayBeAnnounced) {
  Start();
  answer_ = false;
  client_->Submit(kGet, 1);
  client_->Submit(kGet, 2);
  Exchange();
  client_->Submit(kGet, 3);
  peer_->AnnounceGoAway();
  ASSERT_TRUE(ToClient());
  EXPECT_EQ(client_->capacity(), 0u);
  EXPECT_THAT(log_.Take(), ElementsAre("3: h2_goaway")) << "it was not sent";
  peer_->Respond(1, {});
  peer_->GoAway(1, NGHTTP2_NO_ERROR);
  Exchange();
  EXPECT_THAT(log_.Take(), testing::UnorderedElementsAre("start 1", "1: 200", "2: h2_goaway"));
  EXPECT_EQ(client_->open_streams(), 0u);
}

TEST_F(Http2ClientTest, StreamNumbersRunOut) {
  Start();
  client_->SetNextStreamIdForTest((1u << 31) - 3);
  ASSERT_TRUE(ToClient());
  EXPECT_GT(client_->capacity(), 2u);
  client_->Submit(kGet, 1);
  EXPECT_GT(client_->capacity(), 1u);
  client_->Submit(kGet, 2);
  EXPECT_EQ(client_->capacity(), 0u);
  Exchange();
  EXPECT_THAT(log_.Take(), ElementsAre("start 1", "start 2", "1: 200", "2: 200"));
  EXPECT_EQ(client_->capacity(), 0u);
  EXPECT_FALSE(client_->goaway());
}

TEST_F(Http2ClientTest, CancelledBeforeItIsTakenWasNeverSent) {
  Start();
  client_->Submit(kGet, 1);
  client_->Submit(kPost, 2);
  client_->Submit(kGet, 3);
  EXPECT_EQ(client_->Cancel(2).sent, 0u);
  Exchange();
  EXPECT_THAT(log_.Take(), ElementsAre("start 1", "start 3", "1: 200", "3: 200"));
  EXPECT_THAT(requests_, SizeIs(2));
  EXPECT_THAT(resets_, IsEmpty());
}

TEST_F(Http2ClientTest, CancelResetsTheStream) {
  Start({{NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, 1000}});
  client_->Submit(kLongPost, 1);
  client_->Submit(kGet, 2);
  EXPECT_THAT(ToPeer(), ElementsAre(1, 2));
  EXPECT_TRUE(client_->Taken(1));
  const Http2Client::Bytes bytes = client_->Cancel(1);
  EXPECT_GT(bytes.sent, 1000u);
  EXPECT_LT(bytes.sent, 1200u);
  EXPECT_EQ(bytes.received, 0u);
  EXPECT_EQ(client_->open_streams(), 1u);
  Exchange();
  EXPECT_THAT(resets_, ElementsAre(uint32_t{NGHTTP2_CANCEL}));
  EXPECT_THAT(log_.Take(), ElementsAre("start 2", "2: 200"));
}

TEST_F(Http2ClientTest, WhatComesForACancelledStreamIsDropped) {
  Start();
  client_->Submit(kGet, 1);
  ToPeer();
  client_->Cancel(1);
  client_->Submit(kGet, 2);  // in its slot
  ASSERT_TRUE(ToClient());
  EXPECT_THAT(log_.Take(), IsEmpty());
  Exchange();
  EXPECT_THAT(log_.Take(), ElementsAre("start 2", "2: 200"));
}

TEST_F(Http2ClientTest, EventsMaySubmitAndCancel) {
  Start();
  log_.on_end = [this](uint32_t request) {
    if (request < 20) client_->Submit(kGet, request + 10);
  };
  log_.on_start = [this](uint32_t request) {
    if (request == 2) client_->Cancel(2);
    if (request == 3) client_->Cancel(4);
  };
  for (uint32_t request = 1; request <= 4; ++request) client_->Submit(kGet, request);
  Exchange();
  EXPECT_THAT(log_.Take(), ElementsAre("start 1", "start 2", "start 3", "1: 200", "3: 200",
                                       "start 11", "start 13", "11: 200", "13: 200", "start 21",
                                       "start 23", "21: 200", "23: 200"));
  EXPECT_EQ(client_->open_streams(), 0u);
}

TEST_F(Http2ClientTest, PingAndSettingsAreAnswered) {
  Start();
  Exchange();
  peer_->Ping();
  peer_->SendSettings({{NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, 5}});
  ASSERT_TRUE(ToClient());
  ASSERT_TRUE(client_->has_output());
  std::string bytes;
  std::vector<uint32_t> started;
  client_->TakeOutput(kNoLimit, &bytes, &started);
  EXPECT_THAT(Http2Types(bytes), ElementsAre(Http2Type::kPing, Http2Type::kSettings));
  EXPECT_FALSE(client_->has_output());
}

// The budget of the hot path: once as much has been in flight as will be, nothing is allocated.
TEST_F(Http2ClientTest, NoAllocationPerRequest) {
  Start();
  log_.silent = true;
  std::string bytes;
  std::vector<uint32_t> started;
  uint64_t submitting = 0;
  const auto round = [&] {
    uint64_t before = AllocationsOfThisThread();
    for (uint32_t request = 0; request < 10; ++request) {
      client_->Submit(request == 3 ? kPost : kGet, request);
    }
    bytes.clear();
    started.clear();
    client_->TakeOutput(kNoLimit, &bytes, &started);
    submitting += AllocationsOfThisThread() - before;
    EXPECT_TRUE(peer_->Feed(bytes));
    const std::string answer = peer_->TakeOutput();
    before = AllocationsOfThisThread();
    EXPECT_TRUE(client_->Feed(answer));
    return AllocationsOfThisThread() - before;
  };
  for (int i = 0; i < 10; ++i) round();
  submitting = 0;
  uint64_t feeding = 0;
  for (int i = 0; i < 1000; ++i) feeding += round();
  EXPECT_EQ(log_.ends, 10'100u);
  EXPECT_EQ(feeding, 0u);
  EXPECT_EQ(submitting, 0u);
}

}  // namespace
}  // namespace muster

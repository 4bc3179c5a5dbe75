#include "worker/http/http2_response.h"

#include <gtest/gtest.h>

namespace muster {
namespace {

Http2Head Head(int status, int64_t length = -1) {
  return {.status = status, .content_length = length};
}
const Http2Head kTrailers = Head(0);

TEST(Http2ResponseTest, HeadAlone) {
  Http2Response response;
  EXPECT_TRUE(response.OnHead(Head(200), true));
  EXPECT_EQ(response.status(), 200);
  EXPECT_TRUE(Http2Response().OnHead(Head(503, 0), true));
  EXPECT_FALSE(Http2Response().OnHead(Head(200, 1), true)) << "the body is missing";
}

TEST(Http2ResponseTest, StatusHasToBeOne) {
  for (const int status : {0, 99, 101, 600, 999}) {
    EXPECT_FALSE(Http2Response().OnHead(Head(status), false)) << status;
  }
  for (const int status : {100, 102, 200, 599}) {
    EXPECT_TRUE(Http2Response().OnHead(Head(status), false)) << status;
  }
  EXPECT_FALSE(Http2Response().OnHead({.well_formed = false, .status = 200}, false));
}

TEST(Http2ResponseTest, InterimOnesComeBefore) {
  Http2Response response;
  for (int i = 0; i < Http2Response::kMaxInterim; ++i) {
    ASSERT_TRUE(response.OnHead(Head(103), false));
    ASSERT_EQ(response.status(), 0);
  }
  Http2Response too_many = response;
  EXPECT_FALSE(too_many.OnHead(Head(103), false));
  EXPECT_TRUE(response.OnHead(Head(200), true));
  EXPECT_FALSE(Http2Response().OnHead(Head(103), true)) << "one may not end it";
}

TEST(Http2ResponseTest, BodyIsAsLongAsItSays) {
  Http2Response response;
  EXPECT_TRUE(response.OnHead(Head(200, 5), false));
  EXPECT_TRUE(response.OnData(3, false));
  Http2Response shorter = response;
  EXPECT_FALSE(shorter.OnData(0, true));
  Http2Response longer = response;
  EXPECT_FALSE(longer.OnData(3, false));
  EXPECT_TRUE(response.OnData(2, false));
  EXPECT_TRUE(response.OnData(0, true));
}

TEST(Http2ResponseTest, BodyWithoutALength) {
  Http2Response response;
  EXPECT_TRUE(response.OnHead(Head(200), false));
  EXPECT_TRUE(response.OnData(3, false));
  EXPECT_TRUE(response.OnData(3, true));
  EXPECT_FALSE(Http2Response().OnData(1, true)) << "before any head";
  EXPECT_FALSE(Http2Response().OnData(0, false));
}

TEST(Http2ResponseTest, SomeHaveNoBody) {
  for (const int status : {204, 304}) {
    Http2Response response;
    EXPECT_TRUE(response.OnHead(Head(status), false));
    EXPECT_TRUE(response.OnData(0, false));
    EXPECT_FALSE(response.OnData(1, true)) << status;
  }
  EXPECT_TRUE(Http2Response().OnHead(Head(304, 99), true)) << "of what GET would bring";
  EXPECT_FALSE(Http2Response().OnHead(Head(204, 99), true));
  EXPECT_TRUE(Http2Response().OnHead(Head(204, 0), true));
  Http2Response to_head(true);
  EXPECT_TRUE(to_head.OnHead(Head(200, 99), false));
  Http2Response with_body = to_head;
  EXPECT_FALSE(with_body.OnData(99, true));
  EXPECT_TRUE(to_head.OnData(0, true));
}

TEST(Http2ResponseTest, TrailersEndIt) {
  Http2Response response;
  EXPECT_TRUE(response.OnHead(Head(200, 3), false));
  EXPECT_TRUE(response.OnData(3, false));
  EXPECT_FALSE(Http2Response(response).OnHead(kTrailers, false));
  EXPECT_FALSE(Http2Response(response).OnHead(Head(200), true)) << "a status in trailers";
  EXPECT_FALSE(Http2Response(response).OnHead(Head(103), false)) << "an interim one behind it";
  EXPECT_FALSE(Http2Response(response).OnHead(Head(0, 3), true)) << "a second length";
  EXPECT_TRUE(Http2Response(response).OnHead(kTrailers, true));
  Http2Response cut;
  EXPECT_TRUE(cut.OnHead(Head(200, 3), false));
  EXPECT_FALSE(cut.OnHead(kTrailers, true));
}

TEST(Http2ResponseTest, FieldsAreTheFinalHeads) {
  Http2Response response;
  EXPECT_TRUE(response.OnHead({.status = 103, .fields = 5}, false));
  EXPECT_TRUE(response.OnHead({.status = 200, .fields = 6}, false));
  EXPECT_TRUE(response.OnHead({.fields = 7}, true));
  EXPECT_EQ(response.fields(), 6U);
}

TEST(Http2ResponseTest, LengthInTrailersHasToFit) {
  Http2Response response;
  EXPECT_TRUE(response.OnHead(Head(200), false));
  EXPECT_TRUE(response.OnData(3, false));
  EXPECT_FALSE(Http2Response(response).OnHead(Head(0, 2), true));
  EXPECT_TRUE(Http2Response(response).OnHead(Head(0, 3), true));
}

}  // namespace
}  // namespace muster

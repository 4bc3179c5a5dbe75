#include "worker/http/http1_parser.h"

#include <algorithm>
#include <vector>

#include "common/base/random.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/allocations/allocations.h"
#include "tests/worker/http/http1_trace.h"

namespace muster {
namespace {

using State = Http1ResponseParser::State;

std::string Repeat(std::string_view text, size_t times) {
  std::string out;
  for (size_t i = 0; i < times; ++i) out += text;
  return out;
}

enum Flags : uint8_t { kPlain = 0, kHead = 1, kEof = 2, kReusable = 4 };

// A response that is whole: every byte up to `rest` belongs to it, `rest` does not.
struct Good {
  const char* name;
  std::string bytes;
  std::string events;
  int flags = kReusable;
  std::string rest = "HTTP/1.1 599 next\r\n";
};

const std::vector<Good>& GoodCases() {
  static const std::vector<Good> cases = {
      {"length", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
       "status 200|Content-Length: 5|body(hello)|"},
      {"length of zero", "HTTP/1.1 200 OK\r\ncontent-length:0\r\n\r\n",
       "status 200|content-length: 0|"},
      {"length with leading zeros",
       "HTTP/1.1 200 OK\r\nContent-Length: 0000000000000000000000002\r\n\r\nab",
       "status 200|Content-Length: 0000000000000000000000002|body(ab)|"},
      {"equal lengths in a list", "HTTP/1.1 200 OK\r\nContent-Length: 1 , 1\r\n\r\nx",
       "status 200|Content-Length: 1 , 1|body(x)|"},
      {"equal lengths in two fields",
       "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nCONTENT-LENGTH: 01\r\n\r\nx",
       "status 200|Content-Length: 1|CONTENT-LENGTH: 01|body(x)|"},
      {"no reason, no space", "HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n",
       "status 200|Content-Length: 0|"},
      {"no reason, space", "HTTP/1.1 200 \r\nContent-Length: 0\r\n\r\n",
       "status 200|Content-Length: 0|"},
      {"reason with tab and bytes above 127",
       "HTTP/1.1 200 \tg\xc3\xa4\r\nContent-Length: 0\r\n\r\n", "status 200|Content-Length: 0|"},
      {"later minor version", "HTTP/1.9 599 x\r\nContent-Length: 0\r\n\r\n",
       "status 599|Content-Length: 0|"},
      {"value trimmed, empty, inner blanks kept",
       "HTTP/1.1 200 OK\r\nA: \t b \t c \t \r\nB:\r\nC:  \r\nContent-Length: 0\r\n\r\n",
       "status 200|A: b \t c|B: |C: |Content-Length: 0|"},
      {"every token character in a name",
       "HTTP/1.1 200 OK\r\n!#$%&'*+-.^_`|~09azAZ: v\r\nContent-Length: 0\r\n\r\n",
       "status 200|!#$%&'*+-.^_`|~09azAZ: v|Content-Length: 0|"},
      {"names like framing fields",
       "HTTP/1.1 200 OK\r\nContent\x7eLength: x\r\nSet-Cookie: a\r\nContent-Length: 0\r\n\r\n",
       "status 200|Content\x7eLength: x|Set-Cookie: a|Content-Length: 0|"},

      {"chunked",
       "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n1\r\n!\r\n0\r\n\r\n",
       "status 200|Transfer-Encoding: chunked|body(hello!)|"},
      {"chunked, case and blanks",
       "HTTP/1.1 200 OK\r\ntransfer-encoding: \tChunKed \r\n\r\n0\r\n\r\n",
       "status 200|transfer-encoding: ChunKed|"},
      {"chunk sizes in hex with zeros",
       "HTTP/1.1 200 OK\r\nTransfer-Encoding: "
       "chunked\r\n\r\n00a\r\n0123456789\r\nA\r\n0123456789\r\n000\r\n\r\n",
       "status 200|Transfer-Encoding: chunked|body(01234567890123456789)|"},
      {"chunk extensions",
       "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;a=b;c=\"d;\"\r\nx\r\n1 ; "
       "q\r\ny\r\n1 \r\nz\r\n0;e\r\n\r\n",
       "status 200|Transfer-Encoding: chunked|body(xyz)|"},
      {"trailers",
       "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\nA: b\r\nC: d\r\n\r\n",
       "status 200|Transfer-Encoding: chunked|body(x)|A: b|C: d|"},
      {"framing fields in trailers mean nothing",
       "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nContent-Length: 9\r\nConnection: "
       "close\r\nTransfer-Encoding: gzip\r\n\r\n",
       "status 200|Transfer-Encoding: chunked|Content-Length: 9|Connection: "
       "close|Transfer-Encoding: gzip|"},
      {"another coding below chunked",
       "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
       "status 200|Transfer-Encoding: gzip, chunked|"},
      {"codings in two fields",
       "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
       "status 200|Transfer-Encoding: gzip|Transfer-Encoding: chunked|"},

      {"HEAD with a length", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n",
       "status 200|Content-Length: 5|", kHead | kReusable},
      {"HEAD with chunked", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
       "status 200|Transfer-Encoding: chunked|", kHead | kReusable},
      {"HEAD without either", "HTTP/1.1 200 OK\r\n\r\n", "status 200|", kHead | kReusable},
      {"204", "HTTP/1.1 204 No Content\r\nContent-Length: 3\r\n\r\n",
       "status 204|Content-Length: 3|"},
      {"304", "HTTP/1.1 304 Not Modified\r\nContent-Length: 3\r\n\r\n",
       "status 304|Content-Length: 3|"},
      {"100 and 103 before the response",
       "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\nConnection: close\r\n"
       "Content-Length: 7\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx",
       "status 200|Content-Length: 1|body(x)|"},

      {"closed by the end", "HTTP/1.1 200 OK\r\n\r\nall of it", "status 200|body(all of it)|", kEof,
       ""},
      {"closed by the end, empty", "HTTP/1.1 200 OK\r\nA: b\r\n\r\n", "status 200|A: b|", kEof, ""},
      {"HTTP/1.0 closed by the end", "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\n\r\nx",
       "status 200|Connection: keep-alive|body(x)|", kEof, ""},
      {"HTTP/1.0", "HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\nx",
       "status 200|Content-Length: 1|body(x)|", kPlain},
      {"HTTP/1.0 keep-alive",
       "HTTP/1.0 200 OK\r\nContent-Length: 1\r\nConnection: Keep-Alive\r\n\r\nx",
       "status 200|Content-Length: 1|Connection: Keep-Alive|body(x)|"},
      {"HTTP/1.0 keep-alive and close",
       "HTTP/1.0 200 OK\r\nContent-Length: 0\r\nConnection: keep-alive, close\r\n\r\n",
       "status 200|Content-Length: 0|Connection: keep-alive, close|", kPlain},
      {"close", "HTTP/1.1 200 OK\r\nCONNECTION: CLOSE\r\nContent-Length: 0\r\n\r\n",
       "status 200|CONNECTION: CLOSE|Content-Length: 0|", kPlain},
      {"close in a list in the second field",
       "HTTP/1.1 200 OK\r\nConnection: a\r\nConnection: ,x ,\tclose ,b\r\nContent-Length: "
       "0\r\n\r\n",
       "status 200|Connection: a|Connection: ,x ,\tclose ,b|Content-Length: 0|", kPlain},
      {"an option that only begins like close",
       "HTTP/1.1 200 OK\r\nConnection: closed, x-close\r\nContent-Length: 0\r\n\r\n",
       "status 200|Connection: closed, x-close|Content-Length: 0|"},
      {"close with chunked",
       "HTTP/1.1 200 OK\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
       "status 200|Connection: close|Transfer-Encoding: chunked|", kPlain},
      {"256 fields", "HTTP/1.1 200 OK\r\n" + Repeat("a: b\r\n", 255) + "Content-Length: 0\r\n\r\n",
       "status 200|" + Repeat("a: b|", 255) + "Content-Length: 0|"},
      {"64 KiB of header",  // 17 + 19 + 2 + (3 + value + 2)
       "HTTP/1.1 200 OK\r\nContent-Length: 0\r\na: " + std::string(65536 - 43, 'v') + "\r\n\r\n",
       "status 200|Content-Length: 0|a: " + std::string(65536 - 43, 'v') + "|"},
      {"1 KiB of chunk line",
       "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0;" + std::string(1020, 'e') +
           "\r\n\r\n",
       "status 200|Transfer-Encoding: chunked|"},
      {"32 interim responses", Repeat("HTTP/1.1 102 x\r\n\r\n", 32) + "HTTP/1.1 204 x\r\n\r\n",
       "status 204|"},
  };
  return cases;
}

// A response that is refused, and where: everything before `^` is consumed, nothing after it.
// Without
// `^` it is refused at its last byte.
struct Bad {
  std::string bytes;
  std::string error;
  int flags = kPlain;
};

const std::string kOk = "HTTP/1.1 200 OK\r\n";                            // NOLINT
const std::string kChunked = kOk + "Transfer-Encoding: chunked\r\n\r\n";  // NOLINT

const std::vector<Bad>& BadCases() {
  using namespace std::string_literals;  // for NUL
  static const std::vector<Bad> cases = {
      {"S^SH-2.0-x\r\n", "not an HTTP/1.x response"},
      {"\r^\nHTTP/1.1 200 OK\r\n\r\n", "not an HTTP/1.x response"},
      {"h^ttp/1.1 200 OK\r\n", "not an HTTP/1.x response"},
      {"HTTP/2^ 200\r\n", "not an HTTP/1.x response"},
      {"HTTP/1\r^\n", "not an HTTP/1.x response"},
      {"HTTP/1.10 200 OK\r\n", "malformed status line"},
      {"HTTP/1.x 200 OK\r\n", "malformed status line"},
      {"HTTP/1.1  200 OK\r\n", "malformed status line"},
      {"HTTP/1.1\t200 OK\r\n", "malformed status line"},
      {"HTTP/1.1 20 OK\r\n", "malformed status line"},
      {"HTTP/1.1 2000 OK\r\n", "malformed status line"},
      {"HTTP/1.1 +20 OK\r\n", "malformed status line"},
      {"HTTP/1.1 200OK\r\n", "malformed status line"},
      {"HTTP/1.1 200\tOK\r\n", "malformed status line"},
      {"HTTP/1.1\r\n", "malformed status line"},
      {"HTTP/1.1 099 x\r\n", "status outside 100 to 599"},
      {"HTTP/1.1 600 x\r\n", "status outside 100 to 599"},
      {"HTTP/1.1 101 Switching Protocols\r\n", "101 without a request to upgrade"},
      {Repeat("HTTP/1.1 100 x\r\n\r\n", 32) + "HTTP/1.1 100 x\r\n", "over 32 interim responses"},

      {"HTTP/1.1 200 OK\n^\r\n", "line ended by LF alone"},
      {kOk + "A: b\n^B: c\r\n", "line ended by LF alone"},
      {kOk + "A: b\r\n\n", "line ended by LF alone"},
      {kOk + "A: b\rc\r\n", "bare CR"},
      {kOk + "A: b\r\r\n", "bare CR"},
      {kOk + "\r\r\n", "bare CR"},
      {kOk + "A: b\0c\r\n"s, "control character in a line"},
      {kOk + "A: b\x01\r\n", "control character in a line"},
      {kOk + "A: \x7f\r\n", "control character in a line"},
      {kOk + "A\x1f: b and so on until wide\r\n", "control character in a line"},
      {"HTTP/1.1 200 \0\r\n"s, "control character in a line"},

      {kOk + "A: b\r\n c\r\n", "obsolete line folding"},
      {kOk + "A: b\r\n\t\r\n", "obsolete line folding"},
      {kOk + " A: b\r\n", "obsolete line folding"},
      {kOk + ": b\r\n", "empty field name"},
      {kOk + "A : b\r\n", "whitespace in a field name"},
      {kOk + "A\t: b\r\n", "whitespace in a field name"},
      {kOk + "a name that is long enough: b\r\n", "whitespace in a field name"},
      {kOk + "A\r\n", "field without a colon"},
      {kOk + "A-name-that-is-long-enough-for-two\r\n", "field without a colon"},
      {kOk + "A@: b\r\n", "malformed field name"},
      {kOk + "\xc3\xa4: b\r\n", "malformed field name"},
      {kOk + "(: b\r\n", "malformed field name"},
      {kOk + Repeat("a: b\r\n", 257), "over 256 fields"},
      {kChunked + "0\r\n" + Repeat("a: b\r\n", 256), "over 256 fields"},
      {kOk + "a: " + std::string(65536 - 20, 'v') + "^vv\r\n", "header over 64 KiB"},
      {kOk + "a: " + std::string(65536 - 21, 'v') + "\r^\n", "header over 64 KiB"},
      {kOk + "a: " + std::string(65536 - 22, 'v') + "\r\n^\r\n", "header over 64 KiB"},
      {"HTTP/1.1 200 " + std::string(65536 - 13, 'r') + "^r\r\n", "header over 64 KiB"},
      {kChunked + "0\r\na: " + std::string(65536 - 3, 'v') + "^v\r\n", "header over 64 KiB"},

      {kOk + "Content-Length:\r\n", "malformed Content-Length"},
      {kOk + "Content-Length: -1\r\n", "malformed Content-Length"},
      {kOk + "Content-Length: +1\r\n", "malformed Content-Length"},
      {kOk + "Content-Length: 0x1\r\n", "malformed Content-Length"},
      {kOk + "Content-Length: 1 1\r\n", "malformed Content-Length"},
      {kOk + "Content-Length: 1,\r\n", "malformed Content-Length"},
      {kOk + "Content-Length: 1,,1\r\n", "malformed Content-Length"},
      {kOk + "Content-Length: 9223372036854775808\r\n", "malformed Content-Length"},
      {kOk + "Content-Length: 18446744073709551617\r\n", "malformed Content-Length"},
      {kOk + "Content-Length: 1, 2\r\n", "conflicting Content-Length"},
      {kOk + "Content-Length: 1\r\nContent-length: 2\r\n", "conflicting Content-Length"},
      {kOk + "Content-Length: x\r\n", "malformed Content-Length", kHead},
      {kOk + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n",
       "Content-Length with Transfer-Encoding"},
      {kOk + "Transfer-Encoding: chunked\r\nContent-Length: 0\r\n\r\n",
       "Content-Length with Transfer-Encoding", kHead},
      {kOk + "Transfer-Encoding: gzip\r\n\r\n", "Transfer-Encoding without chunked"},
      {kOk + "Transfer-Encoding: identity\r\n\r\n", "Transfer-Encoding without chunked"},
      {kOk + "Transfer-Encoding: chunked, gzip\r\n", "Transfer-Encoding goes on after chunked"},
      {kOk + "Transfer-Encoding: chunked, chunked\r\n", "Transfer-Encoding goes on after chunked"},
      {kOk + "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n",
       "Transfer-Encoding goes on after chunked"},
      {kOk + "Transfer-Encoding:\r\n", "malformed Transfer-Encoding"},
      {kOk + "Transfer-Encoding: , chunked\r\n", "malformed Transfer-Encoding"},
      {kOk + "Transfer-Encoding: \"chunked\"\r\n", "malformed Transfer-Encoding"},
      {kOk + "Transfer-Encoding: chunked;q=1\r\n", "malformed Transfer-Encoding"},
      {kOk + "Transfer-Encoding: \x0b"
             "chunked\r\n",
       "control character in a line"},
      {kOk + "Transfer-Encoding: xchunked\r\n\r\n", "Transfer-Encoding without chunked"},
      {"HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n", "Transfer-Encoding in HTTP/1.0"},

      {kChunked + "\r\n", "malformed chunk size"},
      {kChunked + "g\r\n", "malformed chunk size"},
      {kChunked + "-1\r\n", "malformed chunk size"},
      {kChunked + "0x1\r\n", "malformed chunk size"},
      {kChunked + " 1\r\n", "malformed chunk size"},
      {kChunked + "1 1\r\n", "malformed chunk size"},
      {kChunked + ";a\r\n", "malformed chunk size"},
      {kChunked + "1\n^x", "line ended by LF alone"},
      {kChunked + "1;a\rb\r\n", "bare CR"},
      {kChunked + "8000000000000000\r\n", "chunk size too large"},
      {kChunked + "10000000000000001\r\n", "chunk size too large"},
      {kChunked + "1;" + std::string(1021, 'e') + "\r^\n", "chunk extensions over 1 KiB"},
      {kChunked + "1;" + std::string(1022, 'e') + "^\r\n", "chunk extensions over 1 KiB"},
      {kChunked + "1\r\nxy^\r\n", "chunk longer than its size"},
      {kChunked + "1\r\nx\n^", "chunk longer than its size"},
      {kChunked + "1\r\nx\rx^", "chunk longer than its size"},
      {kChunked + "0\r\n A: b\r\n", "obsolete line folding"},

      {"H", "closed in the middle of a response", kEof},
      {kOk, "closed in the middle of a response", kEof},
      {kOk + "Content-Length: 2\r\n\r\nx", "closed in the middle of a response", kEof},
      {kChunked + "1\r\nx", "closed in the middle of a response", kEof},
      {kChunked + "0\r\n", "closed in the middle of a response", kEof},
      {"HTTP/1.1 100 Continue\r\n\r\n", "closed in the middle of a response", kEof},
  };
  return cases;
}

Http1Trace Whole(const std::string& bytes, int flags) {
  return TraceHttp1Whole(bytes, (flags & kHead) != 0, (flags & kEof) != 0);
}

TEST(Http1ParserTest, WholeResponsesGiveTheirEventsAndLeaveTheRest) {
  for (const Good& good : GoodCases()) {
    SCOPED_TRACE(good.name);
    const Http1Trace trace = Whole(good.bytes + good.rest, good.flags);
    EXPECT_EQ(trace.state, State::kDone) << trace.error;
    EXPECT_EQ(trace.events, good.events);
    EXPECT_EQ(trace.consumed, good.bytes.size());
    EXPECT_EQ(trace.keep_alive, (good.flags & kReusable) != 0);
    EXPECT_EQ(trace.error, "");
  }
}

TEST(Http1ParserTest, EveryProperPrefixOfAResponseNeedsMore) {
  for (const Good& good : GoodCases()) {
    if ((good.flags & kEof) != 0 || good.bytes.size() > 4096) continue;
    SCOPED_TRACE(good.name);
    for (size_t n = 0; n < good.bytes.size(); ++n) {
      const Http1Trace trace = Whole(good.bytes.substr(0, n), good.flags);
      ASSERT_EQ(trace.state, State::kNeedMore) << n << ": " << trace;
      ASSERT_EQ(trace.consumed, n);
    }
  }
}

// Splits a Bad into its bytes and the number of them that are consumed.
std::pair<std::string, size_t> Consumed(const Bad& bad) {
  std::string bytes = bad.bytes;
  const size_t mark = bytes.find('^');
  if (mark == std::string::npos) return {bytes, bytes.size()};
  bytes.erase(mark, 1);
  return {bytes, mark};
}

TEST(Http1ParserTest, MalformedResponsesAreRefusedByNameWhereTheyGoWrong) {
  for (const Bad& bad : BadCases()) {
    const auto [bytes, consumed] = Consumed(bad);
    SCOPED_TRACE(bytes.substr(0, 200));
    const Http1Trace trace = Whole(bytes, bad.flags);
    EXPECT_EQ(trace.state, State::kError);
    EXPECT_EQ(trace.error, bad.error);
    EXPECT_EQ(trace.consumed, consumed);
    EXPECT_FALSE(trace.keep_alive);
  }
}

struct Input {
  std::string bytes;
  int flags;
};

std::vector<Input> AllInputs() {
  std::vector<Input> inputs;
  for (const Good& good : GoodCases()) inputs.push_back({good.bytes + good.rest, good.flags});
  for (const Bad& bad : BadCases()) inputs.push_back({Consumed(bad).first, bad.flags});
  return inputs;
}

TEST(Http1ParserTest, ByteByByteEqualsWhole) {
  for (const Input& input : AllInputs()) {
    const bool head = (input.flags & kHead) != 0;
    const bool eof = (input.flags & kEof) != 0;
    EXPECT_EQ(TraceHttp1(input.bytes, head, eof, [] { return size_t{1}; }),
              Whole(input.bytes, input.flags))
        << input.bytes.substr(0, 200);
  }
}

TEST(Http1ParserTest, EverySplitInTwoEqualsWhole) {
  for (const Input& input : AllInputs()) {
    const Http1Trace whole = Whole(input.bytes, input.flags);
    const bool head = (input.flags & kHead) != 0;
    const bool eof = (input.flags & kEof) != 0;
    const size_t step = input.bytes.size() < 4096 ? 1 : input.bytes.size() / 64;
    for (size_t cut = 1; cut < input.bytes.size(); cut += step) {
      size_t next = cut;
      const auto next_size = [&] { return std::exchange(next, input.bytes.size()); };
      ASSERT_EQ(TraceHttp1(input.bytes, head, eof, next_size), whole)
          << input.bytes.substr(0, 200) << " cut at " << cut;
    }
  }
}

TEST(Http1ParserTest, RandomSplitsEqualWhole) {
  uint64_t draw = 0;
  for (const Input& input : AllInputs()) {
    const Http1Trace whole = Whole(input.bytes, input.flags);
    for (uint64_t round = 0; round < 50; ++round) {
      const uint64_t most = uint64_t{2} << (round % 8);
      const auto next_size = [&] {
        const uint64_t bits = RandomBits(1, RandomStream::kRequest, round, ++draw);
        return static_cast<size_t>(1 + RandomBelow(most, bits));
      };
      ASSERT_EQ(
          TraceHttp1(input.bytes, (input.flags & kHead) != 0, (input.flags & kEof) != 0, next_size),
          whole)
          << input.bytes.substr(0, 200) << " round " << round;
    }
  }
}

TEST(Http1ParserTest, NullEventsChangeNothing) {
  for (const Good& good : GoodCases()) {
    Http1ResponseParser parser;
    parser.Reset((good.flags & kHead) != 0);
    auto result = parser.Feed(good.bytes, nullptr);
    if ((good.flags & kEof) != 0) result.state = parser.OnEof();
    EXPECT_EQ(result.state, State::kDone) << good.name;
    EXPECT_EQ(result.consumed, good.bytes.size()) << good.name;
  }
}

TEST(Http1ParserTest, OneParserReadsPipelinedResponsesAsFreshOnes) {
  std::string stream;
  for (const Good& good : GoodCases()) {
    if ((good.flags & (kEof | kHead)) == 0) stream += good.bytes;
  }
  Http1ResponseParser parser;
  std::string_view rest = stream;
  for (const Good& good : GoodCases()) {
    if ((good.flags & (kEof | kHead)) != 0) continue;
    Http1TraceRecorder recorder;
    parser.Reset(false);
    const auto result = parser.Feed(rest, &recorder);
    ASSERT_EQ(result.state, State::kDone) << good.name;
    EXPECT_EQ(recorder.Take(), good.events);
    EXPECT_EQ(parser.keep_alive(), (good.flags & kReusable) != 0);
    rest.remove_prefix(result.consumed);
  }
  EXPECT_TRUE(rest.empty());
}

TEST(Http1ParserTest, MarksAreOfTheFinalResponsesFields) {
  Http1ResponseParser parser;
  parser.Reset(false);
  parser.Feed(
      "HTTP/1.1 103 x\r\nAge: 1\r\n\r\nHTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n"
      "Content-Length: 0\r\n\r\n",
      nullptr);
  EXPECT_EQ(parser.marks(), kCompressed);
  parser.Reset(false);
  parser.Feed(
      "HTTP/1.1 200 OK\r\nAge: 9\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n"
      "Content-Encoding: gzip\r\n\r\n",
      nullptr);
  EXPECT_EQ(parser.marks(), kCached) << "trailers are not looked at";
  parser.Reset(false);
  EXPECT_EQ(parser.marks(), 0);
}

FieldFingerprint FieldsOf(std::string_view fields, std::string_view body = "") {
  Http1ResponseParser parser;
  parser.Reset(false);
  const std::string bytes =
      "HTTP/1.1 200 OK\r\n" + std::string(fields) + "\r\n" + std::string(body);
  EXPECT_EQ(parser.Feed(bytes, nullptr).state, State::kDone) << bytes;
  return parser.fields();
}

FieldFingerprint Names(std::initializer_list<std::string_view> names) {
  FieldNames sum;
  for (const std::string_view name : names) sum.Add(name);
  return sum.fingerprint();
}

TEST(Http1ParserTest, FieldsAreTheNamesOfTheFinalResponse) {
  const FieldFingerprint two = Names({"content-length", "etag"});
  EXPECT_EQ(FieldsOf("ETag: 1\r\nContent-Length: 0\r\n"), two);
  EXPECT_EQ(FieldsOf("content-length:1\r\netag:\r\n", "x"), two) << "order, case, values";
  EXPECT_NE(FieldsOf("Content-Length: 0\r\nETaf: 1\r\n"), two) << "of equal length";
  EXPECT_EQ(FieldsOf("Transfer-Encoding: chunked\r\nETag: 1\r\n", "0\r\nDigest: 1\r\n\r\n"),
            Names({"transfer-encoding", "etag"}))
      << "trailers are not looked at";
  EXPECT_EQ(FieldsOf("Content-Length: 1\r\nContent-Length: 1\r\n", "x"),
            Names({"content-length", "content-length"}));

  Http1ResponseParser parser;
  parser.Reset(false);
  parser.Feed("HTTP/1.1 103 x\r\nLink: 1\r\nConnection: x\r\n\r\nHTTP/1.1 204 x\r\nETag: 1\r\n\r\n",
              nullptr);
  EXPECT_EQ(parser.fields(), Names({"etag"})) << "nor are interim ones";
  parser.Reset(false);
  EXPECT_EQ(parser.fields(), Names({}));
}

// nginx names the last answer on a connection "close", Apache leaves Keep-Alive out of it.
TEST(Http1ParserTest, FieldsAreTheSameAtAConnectionsEnd) {
  const FieldFingerprint one = Names({"content-length"});
  for (const char* field : {"Connection: keep-alive\r\n", "connection: close\r\n",
                            "Connection: Keep-Alive\r\nKeep-Alive: timeout=5, max=99\r\n",
                            "Connection: a\r\nConnection: b\r\n"}) {
    EXPECT_EQ(FieldsOf(std::string(field) + "Content-Length: 0\r\n"), one) << field;
  }
  EXPECT_NE(FieldsOf("Content-Length: 0\r\nKeep-Alife: 1\r\n"), one);
}

TEST(Http1ParserTest, ResetForgetsAHalfReadLine) {
  Http1ResponseParser parser;
  parser.Reset(true);
  parser.Feed("HTTP/1.0 200 OK\r\nConnection: close\r\nHalf", nullptr);
  parser.Reset(false);
  EXPECT_EQ(parser.status(), 0);
  EXPECT_FALSE(parser.any_bytes());
  const auto result = parser.Feed("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx", nullptr);
  EXPECT_EQ(result.state, State::kDone);
  EXPECT_TRUE(parser.keep_alive());
  EXPECT_EQ(parser.body_bytes(), 1u);
}

TEST(Http1ParserTest, NoAllocationAfterTheFirstResponse) {
  const std::string_view response =
      "HTTP/1.1 200 OK\r\nSome-Field-With-A-Long-Name: and a long value\r\n"
      "Transfer-Encoding: "
      "chunked\r\n\r\n5;extension=long-enough-for-the-heap\r\nhello\r\n0\r\n\r\n";
  Http1ResponseParser parser;
  uint64_t before = 0;
  for (int round = 0; round < 3; ++round) {
    if (round == 1) before = AllocationsOfThisThread();
    parser.Reset(false);
    for (const char& byte : response) parser.Feed({&byte, 1}, nullptr);
  }
  EXPECT_GT(before, 0u);
  EXPECT_EQ(AllocationsOfThisThread(), before);
}

TEST(Http1ParserTest, EndBeforeAnyByteIsNotAnError) {
  Http1ResponseParser parser;
  parser.Reset(false);
  EXPECT_EQ(parser.Feed("", nullptr).state, State::kNeedMore);
  EXPECT_EQ(parser.OnEof(), State::kNeedMore);
  EXPECT_FALSE(parser.any_bytes());
}

TEST(Http1ParserTest, InterimResponsesAreCountedAndHidden) {
  const Http1Trace trace = TraceHttp1Whole(
      "HTTP/1.1 100 a\r\nX: y\r\n\r\nHTTP/1.1 199 b\r\n\r\nHTTP/1.1 204 c\r\n\r\n", false, false);
  EXPECT_EQ(trace.interim, 2);
  EXPECT_EQ(trace.events, "status 204|");
}

TEST(Http1ParserTest, AHugeBodyIsCountedNotStored) {
  Http1ResponseParser parser;
  parser.Reset(false);
  const std::string megabyte(1 << 20, 'x');
  parser.Feed("HTTP/1.1 200 OK\r\nContent-Length: 9223372036854775807\r\n\r\n", nullptr);
  for (int i = 0; i < 100; ++i) {
    const auto result = parser.Feed(megabyte, nullptr);
    ASSERT_EQ(result.state, State::kNeedMore);
    ASSERT_EQ(result.consumed, megabyte.size());
  }
  EXPECT_EQ(parser.body_bytes(), 100 * megabyte.size());
}

TEST(Http1ParserDeathTest, FeedingAFinishedParserIsABug) {
  Http1ResponseParser parser;
  parser.Reset(true);
  parser.Feed("HTTP/1.1 200 OK\r\n\r\n", nullptr);
  EXPECT_DEATH(parser.Feed("x", nullptr), "Feed without Reset");
}

}  // namespace
}  // namespace muster

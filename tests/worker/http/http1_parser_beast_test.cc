// Differential test against Boost.Beast's HTTP parser: what both accept must give the same events
// from the same bytes, and what only one accepts must be on a list of reasons.
#include <boost/asio/buffer.hpp>
#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>
#include <map>
#include <string>
#include <vector>

#include "common/base/random.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/worker/http/http1_trace.h"

namespace muster {
namespace {

namespace http = boost::beast::http;
using boost::beast::error_code;
using BeastView = boost::beast::string_view;

// Records one message in Http1TraceRecorder's notation.
class BeastMessage : public http::basic_parser<false> {
 public:
  explicit BeastMessage(Http1TraceRecorder& recorder) : recorder_(recorder) {
    eager(true);
    header_limit(Http1ResponseParser::kMaxHeaderBytes);
    body_limit(boost::none);
  }

 private:
  static std::string_view View(BeastView text) { return {text.data(), text.size()}; }
  void on_request_impl(http::verb, BeastView, BeastView, int, error_code&) override {}
  void on_response_impl(int status, BeastView, int, error_code&) override {
    recorder_.OnStatus(status);
  }
  void on_field_impl(http::field, BeastView name, BeastView value, error_code&) override {
    recorder_.OnHeader(View(name), View(value));
  }
  void on_header_impl(error_code&) override {}
  void on_body_init_impl(boost::optional<uint64_t> const&, error_code&) override {}
  size_t on_body_impl(BeastView body, error_code&) override { return Body(body); }
  void on_chunk_header_impl(uint64_t, BeastView, error_code&) override {}
  size_t on_chunk_body_impl(uint64_t, BeastView body, error_code&) override { return Body(body); }
  void on_finish_impl(error_code&) override {}
  size_t Body(BeastView body) {
    if (!body.empty()) recorder_.OnBody(View(body));
    return body.size();
  }

  Http1TraceRecorder& recorder_;
};

struct Verdict {
  bool accepted = false;
  std::string events;
  size_t consumed = 0;
  bool keep_alive = false;
  std::string error;
};

// One message of `bytes`, after which the peer closes. Returns its status, or 0 when it is refused.
int ReadBeastMessage(std::string_view bytes, bool head, Verdict& verdict) {
  Http1TraceRecorder recorder;
  BeastMessage parser(recorder);
  parser.skip(head);
  size_t used = 0;
  error_code error;
  while (!parser.is_done() && used < bytes.size()) {
    const size_t n =
        parser.put(boost::asio::const_buffer(bytes.data() + used, bytes.size() - used), error);
    used += n;
    if (error == http::error::need_more) {
      error = {};
      if (n == 0) break;
    }
    if (error) break;
  }
  if (!error && !parser.is_done()) {
    if (parser.got_some()) parser.put_eof(error);
    if (!error && !parser.is_done()) error = http::error::end_of_stream;
  }
  verdict.error = error ? error.message() : "";
  verdict.events = recorder.Take();
  verdict.consumed += used;
  if (error) return 0;
  verdict.accepted = true;
  verdict.keep_alive = parser.keep_alive();
  return static_cast<int>(std::stoi(verdict.events.substr(7)));
}

// Beast has interim responses as messages of their own.
Verdict AskBeast(std::string_view bytes, bool head) {
  Verdict verdict;
  int status = 100;
  while (status / 100 == 1) {
    verdict.accepted = false;
    status = ReadBeastMessage(bytes.substr(verdict.consumed), head, verdict);
  }
  return verdict;
}

Verdict AskOurs(std::string_view bytes, bool head) {
  const Http1Trace trace = TraceHttp1Whole(bytes, head, true);
  return {trace.state == Http1ResponseParser::State::kDone, trace.events, trace.consumed,
          trace.keep_alive, trace.error};
}

const std::vector<std::string>& Corpus() {
  static const std::string ok = "HTTP/1.1 200 OK\r\n";  // NOLINT
  static const std::vector<std::string> corpus = {
      ok + "Content-Length: 5\r\n\r\nhello",
      ok + "Server: nginx\r\nDate: Mon, 01 Jan 2024 00:00:00 GMT\r\nContent-Type: text/html; "
           "charset=utf-8\r\nContent-Length: 12\r\nConnection: keep-alive\r\n\r\nHello, world",
      ok + "Content-Length: 0, 0\r\nConnection: close\r\n\r\n",
      ok + "Content-Length: 3\r\nContent-Length: 3\r\n\r\nabcd",
      ok + "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n06\r\n world\r\n0\r\n\r\n",
      ok + "Transfer-Encoding: gzip, chunked\r\n\r\nA;x=y\r\n0123456789\r\n0\r\nTrailer: t\r\n\r\n",
      ok + "Transfer-Encoding: chunked\r\nConnection: x, close\r\n\r\n0;last=\"q\"\r\n\r\n",
      "HTTP/1.0 404 Not Found\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\nno",
      "HTTP/1.0 200 OK\r\nSet-Cookie: a=b\r\nset-cookie: c=d\r\n\r\nuntil the end",
      "HTTP/1.1 204 No Content\r\n\r\n",
      "HTTP/1.1 304 Not Modified\r\nETag: \"x\"\r\nContent-Length: 9\r\n\r\n",
      "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx",
      "HTTP/1.1 103 Early Hints\r\nLink: </s.css>\r\n\r\nHTTP/1.1 503 \r\nContent-Length: "
      "0\r\n\r\n",
      "HTTP/1.1 200 OK\r\nX: \t padded \t\r\nEmpty:\r\nContent-Length: 1\r\n\r\nx",
  };
  return corpus;
}

TEST(Http1ParserBeastTest, ValidResponsesAreReadAlike) {
  for (const std::string& bytes : Corpus()) {
    for (const bool head : {false, true}) {
      const Verdict ours = AskOurs(bytes, head);
      const Verdict beast = AskBeast(bytes, head);
      SCOPED_TRACE(bytes);
      EXPECT_TRUE(ours.accepted) << ours.error;
      EXPECT_TRUE(beast.accepted) << beast.error;
      EXPECT_EQ(ours.events, beast.events);
      EXPECT_EQ(ours.consumed, beast.consumed);
      EXPECT_EQ(ours.keep_alive, beast.keep_alive);
    }
  }
}

// Draws of one mutated case.
class Draws {
 public:
  explicit Draws(uint64_t round) : round_(round) {}
  size_t Below(size_t bound) {
    return static_cast<size_t>(
        RandomBelow(bound, RandomBits(1, RandomStream::kRequest, round_, ++draw_)));
  }

 private:
  uint64_t round_;
  uint64_t draw_ = 0;
};

constexpr std::string_view kTokens[] = {"\r\n",
                                        "\n",
                                        "\r",
                                        "\t",
                                        " ",
                                        ":",
                                        ",",
                                        ";",
                                        "0",
                                        "1",
                                        "f",
                                        "-",
                                        "\x7f",
                                        "\x80",
                                        "\x01",
                                        "chunked",
                                        "gzip",
                                        "close",
                                        "keep-alive",
                                        "upgrade",
                                        "HTTP/1.0",
                                        "HTTP/1.1 ",
                                        "HTTP/1.2 ",
                                        "Content-Length: 3\r\n",
                                        "Content-Length: 5\r\n",
                                        "Transfer-Encoding: chunked\r\n",
                                        "Transfer-Encoding: gzip\r\n",
                                        "Connection: close\r\n",
                                        "Connection: keep-alive\r\n",
                                        "X: y\r\n",
                                        " fold\r\n",
                                        "0\r\n\r\n",
                                        "1\r\nz\r\n",
                                        "99999999999999999999",
                                        "ffffffffffffffff",
                                        "\r\n\r\n",
                                        "\""};

void Mutate(std::string& bytes, Draws& draws) {
  const size_t at = draws.Below(bytes.size() + 1);
  const size_t length = 1 + draws.Below(8);
  switch (draws.Below(5)) {
    case 0:
      bytes.erase(at, length);
      break;
    case 1:
      bytes.insert(at, bytes.substr(at, length * 4));
      break;
    case 2:
      if (at < bytes.size()) bytes[at] = static_cast<char>(draws.Below(256));
      break;
    case 3:
      bytes.insert(at, kTokens[draws.Below(std::size(kTokens))]);
      break;
    default:  // after a line's end, where whole lines go
      const size_t line = bytes.find('\n', at);
      if (line != std::string::npos) {
        bytes.insert(line + 1, kTokens[draws.Below(std::size(kTokens))]);
      }
  }
}

std::string Lower(std::string text) {
  for (char& c : text) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
  return text;
}

bool Has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

// Some status line of `bytes` has a character of `set` at `at`.
bool StatusLineHas(const std::string& bytes, size_t at, std::string_view set) {
  for (size_t p = bytes.find("HTTP/1."); p != std::string::npos; p = bytes.find("HTTP/1.", p + 1)) {
    if (p + at < bytes.size() && set.find(bytes[p + at]) != std::string_view::npos) return true;
  }
  return false;
}

// `field` (lower case, with its colon) stands in the trailers.
bool InTrailers(const Verdict& ours, std::string_view field) {
  const std::string events = Lower(ours.events);
  const size_t chunked = events.find("chunked|");
  return chunked != std::string::npos && events.find(field, chunked) != std::string::npos;
}

// Why we refuse, by our error text, what Beast accepts.
const std::map<std::string, std::string_view>& OurStrictness() {
  static const std::map<std::string, std::string_view> reasons = {
      {"101 without a request to upgrade", "Beast takes it for a response without a body"},
      {"Content-Length with Transfer-Encoding", "Beast refuses it with chunked alone"},
      {"Transfer-Encoding in HTTP/1.0", "Beast does not look at the version"},
      {"Transfer-Encoding without chunked", "Beast reads until close; we sent no TE"},
      {"control character in a line", "Beast lets some pass in quoted chunk extensions"},
      {"malformed Content-Length", "Beast joins a folded value"},
      {"malformed Transfer-Encoding", "Beast skips empty elements and parameters"},
      {"obsolete line folding", "Beast replaces it by a space"},
      {"status outside 100 to 599", "Beast takes any three digits"},
  };
  return reasons;
}

// Whether Beast's error for what we accept is one of these.
bool BeastIsStricter(const Verdict& beast, const std::string& bytes, const Verdict& ours) {
  const std::string& error = beast.error;
  // We read no chunk extensions (Beast asks for well-formed ones, and loses count in a broken
  // quote), and pass blanks after a chunk size.
  if (error == "bad chunk extension" || error == "partial message") {
    return Has(bytes, ";") || Has(bytes, " \r\n") || Has(bytes, "\t\r\n");
  }
  // Beast reads framing fields in trailers, which RFC 9110, 6.5.1 forbids to use.
  if (error == "bad Content-Length") return InTrailers(ours, "content-length:");
  if (error == "bad Transfer-Encoding") return InTrailers(ours, "transfer-encoding:");
  // Beast wants the space before an absent reason phrase.
  if (error == "bad status") return StatusLineHas(bytes, 12, "\r");
  // Beast wants Connection to be a well-formed list; we look for the two options that we know.
  if (error == "bad value") return Has(Lower(bytes), "connection:");
  // Beast knows minor versions 0 and 1.
  if (error == "bad version") return StatusLineHas(bytes, 7, "23456789");
  return false;
}

// Close wins for us, in HTTP/1.0 too (RFC 9112, 9.3), and Connection in trailers means nothing.
bool KeepAliveMayDiffer(const Verdict& ours) {
  const std::string events = Lower(ours.events);
  return ours.keep_alive ? InTrailers(ours, "connection:")
                         : Has(events, "close") && Has(events, "keep-alive");
}

TEST(Http1ParserBeastTest, MutatedResponsesAreReadAlikeOrDifferForAKnownReason) {
  std::map<std::string, int> only_beast;
  std::map<std::string, int> only_ours;
  int both = 0;
  for (uint64_t round = 0; round < 100'000 && !HasFailure(); ++round) {
    Draws draws(round);
    std::string bytes = Corpus()[draws.Below(Corpus().size())];
    for (size_t n = 1 + draws.Below(3); n > 0; --n) Mutate(bytes, draws);
    const bool head = draws.Below(8) == 0;
    const Verdict ours = AskOurs(bytes, head);
    const Verdict beast = AskBeast(bytes, head);
    SCOPED_TRACE(testing::Message() << "round " << round << " head " << head << "\n" << bytes);
    if (ours.accepted && beast.accepted) {
      ++both;
      EXPECT_EQ(ours.events, beast.events);
      EXPECT_EQ(ours.consumed, beast.consumed);
      EXPECT_TRUE(ours.keep_alive == beast.keep_alive || KeepAliveMayDiffer(ours));
    } else if (ours.accepted) {
      ++only_ours[beast.error];
      EXPECT_TRUE(BeastIsStricter(beast, bytes, ours)) << beast.error;
    } else if (beast.accepted) {
      ++only_beast[ours.error];
      EXPECT_EQ(OurStrictness().count(ours.error), 1u) << ours.error;
    }
  }
  EXPECT_GT(both, 20'000);
  EXPECT_EQ(only_ours.size(), 7u) << "a reason that no longer occurs, or does so under a new name";
  EXPECT_EQ(only_beast.size(), OurStrictness().size());
}

}  // namespace
}  // namespace muster

// What an Http2Client says, as text; and requests to submit to it. For its tests and its fuzz
// target.
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <memory>
#include <ostream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/base/check.h"
#include "worker/http/http2_client.h"

namespace muster {

// Events as lines, such as "start 3", "3: 200" and "3: h2_goaway".
class Http2Log : public Http2Events {
 public:
  void OnResponseStart(uint32_t request) override {
    Add("start " + std::to_string(request));
    if (on_start) on_start(request);
  }
  void OnResponse(uint32_t request, const Http2Answer& answer) override {
    last_fields = answer.fields;
    fields_of_all = fields_of_all * 31 + answer.fields;
    End(request, std::to_string(answer.status), answer.bytes_sent, answer.bytes_received);
  }
  void OnStreamFailed(uint32_t request, ErrorClass error, uint64_t sent,
                      uint64_t received) override {
    End(request, std::string(NameOf(kErrorNames, error)), sent, received);
  }
  std::vector<std::string> Take() { return std::exchange(lines, {}); }

  std::vector<std::string> lines;
  std::function<void(uint32_t)> on_start;
  std::function<void(uint32_t)> on_end;
  bool with_bytes = false;  // "3: 200 sent 40 received 30"
  bool silent = false;      // nothing is written: no allocation
  uint64_t ends = 0;
  uint64_t last_sent = 0;
  uint64_t last_received = 0;
  FieldFingerprint last_fields = 0;
  uint64_t fields_of_all = 0;  // by which two logs are compared

 private:
  void Add(const std::string& line) {
    if (!silent) lines.push_back(line);
  }
  void End(uint32_t request, const std::string& how, uint64_t sent, uint64_t received) {
    ++ends;
    last_sent = sent;
    last_received = received;
    std::string line = std::to_string(request) + ": " + how;
    if (with_bytes) {
      line += " sent " + std::to_string(sent) + " received " + std::to_string(received);
    }
    Add(line);
    if (on_end) on_end(request);
  }
};

// The kinds of the requests that the tests submit.
enum Http2Kind : uint32_t { kGet, kHead, kPost, kLongPost };
inline constexpr size_t kLongBodyBytes = 300'000;

inline std::shared_ptr<const Http2Requests> SomeHttp2Requests() {
  static const std::vector<std::pair<std::string, std::string>> headers = {{"Accept", "*/*"}};
  static const std::string long_body(kLongBodyBytes, 'x');
  const auto make = [](const std::string& method, const std::string& path, std::string_view body) {
    return Http1Request{
        .method = method, .path = path, .authority = "a:80", .headers = headers, .body = body};
  };
  auto list = Http2Requests::Create({make("GET", "/", ""), make("HEAD", "/", ""),
                                     make("POST", "/p", "hello"), make("POST", "/long", long_body)},
                                    "http");
  CHECK(list.ok());
  return *list;
}

// What became of four requests, 0 to 3 of the kinds above, on streams 1 to 7, when a server's
// SETTINGS and then `bytes` came, in pieces of the sizes that `next_piece` gives.
struct Http2Trace {
  std::vector<std::string> events;
  bool broken = false;
  ErrorClass error{};
  std::string error_text;
  bool goaway = false;
  uint32_t open = 0;
  uint32_t capacity = 0;
  uint64_t fields = 0;  // of all answers
  bool operator==(const Http2Trace&) const = default;
};

inline Http2Trace TraceHttp2(std::string_view bytes, const std::function<size_t()>& next_piece) {
  constexpr std::string_view kSettings("\0\0\0\4\0\0\0\0\0", 9);
  static const std::shared_ptr<const Http2Requests> requests = SomeHttp2Requests();
  Http2Log log;
  log.with_bytes = true;
  Http2Client client(requests, 0, &log);
  CHECK(client.Feed(kSettings));
  std::string out;
  std::vector<uint32_t> started;
  for (uint32_t kind = kGet; kind <= kLongPost; ++kind) client.Submit(kind, kind);
  client.TakeOutput(1000, &out, &started);  // of the long body one frame
  CHECK_EQ(started.size(), 4u);
  Http2Trace trace;
  while (!bytes.empty() && !trace.broken) {
    const size_t size = std::min(bytes.size(), next_piece());
    trace.broken = !client.Feed(bytes.substr(0, size));
    bytes.remove_prefix(size);
  }
  client.TakeOutput(size_t{1} << 20, &out, &started);
  trace.events = log.Take();
  if (trace.broken) {
    trace.error = client.error();
    trace.error_text = client.error_text();
  }
  trace.goaway = client.goaway();
  trace.open = client.open_streams();
  trace.capacity = client.capacity();
  trace.fields = log.fields_of_all;
  return trace;
}

inline Http2Trace TraceHttp2Whole(std::string_view bytes) {
  return TraceHttp2(bytes, [size = bytes.size()] { return size; });
}

inline std::ostream& operator<<(std::ostream& out, const Http2Trace& trace) {
  for (const std::string& line : trace.events) out << line << "; ";
  if (trace.broken) out << NameOf(kErrorNames, trace.error) << " (" << trace.error_text << ") ";
  return out << (trace.goaway ? "goaway " : "") << "open " << trace.open << " capacity "
             << trace.capacity << " fields " << trace.fields;
}

}  // namespace muster

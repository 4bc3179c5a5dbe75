// What the client's side of HTTP/2 costs: requests on one connection against a server's session in
// memory. Times include the server's part; for the client's instructions alone:
//
//   valgrind --tool=callgrind --collect-atstart=no --toggle-collect='muster::Http2Client::Submit*'
//     --toggle-collect='muster::Http2Client::TakeOutput*'
//     --toggle-collect='muster::Http2Client::Feed*' build/release/tests/bench/http2_client_bench
//     --benchmark_filter=/10/ --benchmark_min_time=0.1
#include <benchmark/benchmark.h>

#include <string>
#include <vector>

#include "tests/support/http2/http2_peer.h"
#include "tests/worker/http/http2_trace.h"
#include "worker/http/http2_client.h"

namespace {

using muster::Http2Client;
using muster::Http2Peer;

// What nginx sends with a small file.
const Http2Peer::Response kAnswer = {.status = 200,
                                     .fields = {{"server", "nginx/1.22.1"},
                                                {"date", "Wed, 25 Nov 2026 19:12:36 GMT"},
                                                {"content-type", "text/plain"},
                                                {"content-length", "11"},
                                                {"last-modified", "Wed, 25 Nov 2026 00:00:00 GMT"},
                                                {"etag", "\"67441e00-b\""},
                                                {"accept-ranges", "bytes"}},
                                     .body = "hello world"};

class Counter : public muster::Http2Events {
 public:
  void OnResponseStart(uint32_t) override {}
  void OnResponse(uint32_t, const muster::Http2Answer&) override { ++ends; }
  void OnStreamFailed(uint32_t, muster::ErrorClass, uint64_t, uint64_t) override {}
  uint64_t ends = 0;
};

// Streams at once; 0: a small answer, 1: without fields, 2: a body of 5 bytes is sent, 3: as 0, but
// no two answers are the same.
void BM_Http2Requests(benchmark::State& state) {
  const auto streams = static_cast<uint32_t>(state.range(0));
  Counter log;
  Http2Client client(muster::SomeHttp2Requests(), 0, &log);
  Http2Peer peer;
  const Http2Peer::Response bare;
  Http2Peer::Response unique = kAnswer;
  uint32_t answers = 0;
  peer.on_request = [&](const Http2Peer::Request& request) {
    if (state.range(1) == 3) unique.fields.back() = {"x-request-id", std::to_string(++answers)};
    const Http2Peer::Response& other = state.range(1) == 1 ? bare : kAnswer;
    peer.Respond(request.stream, state.range(1) == 3 ? unique : other);
  };
  client.Feed(peer.TakeOutput());
  std::string bytes;
  std::vector<uint32_t> started;
  for (auto _ : state) {
    for (uint32_t request = 0; request < streams; ++request) {
      client.Submit(state.range(1) == 2 ? muster::kPost : muster::kGet, request);
    }
    bytes.clear();
    started.clear();
    client.TakeOutput(1 << 20, &bytes, &started);
    peer.Feed(bytes);
    client.Feed(peer.TakeOutput());
  }
  if (log.ends != streams * static_cast<uint64_t>(state.iterations())) {
    state.SkipWithError("requests are missing");
  }
  state.SetItemsProcessed(static_cast<int64_t>(log.ends));
}
BENCHMARK(BM_Http2Requests)->ArgsProduct({{1, 10, 100}, {0, 1, 2, 3}});

}  // namespace

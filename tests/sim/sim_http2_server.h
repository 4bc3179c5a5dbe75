// SimHttp2Server: a scripted HTTP/2 server (prior knowledge) in simulated time, by nghttp2's server
// session. It serves the streams of all connections at once, each for its service time; a stall
// freezes all service and resumes it where it was. What becomes of each connection and request is a
// function of its number, given by the test.
//
// It counts what it saw and did, so that a test can hold the client's books against it.
//
// Owner: the simulation's thread. Outlives the last function that the executor runs.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "tests/sim/sim_executor.h"
#include "tests/sim/sim_network.h"
#include "tests/sim/sim_stall.h"
#include "tests/support/http2/http2_peer.h"

namespace muster {

// One request, as the script sees it.
struct SimHttp2Request {
  uint64_t number = 0;                // from 1, over all connections, in order of arrival
  uint64_t connection = 0;            // SimConnection::number()
  uint64_t number_on_connection = 0;  // from 1
  int32_t stream = 0;
  MonoTime arrived;
  std::string method;
  std::string path;
  std::string body;
};

// GOAWAY, sent when a request has arrived.
enum class SimGoAway : uint8_t {
  kNone,
  // With the highest number first, and `goaway_delay` later with that of the last stream. What came
  // until then is served, then the connection is closed.
  kAnnounced,
  kPlain,   // this request is the last that is served; then the connection is closed
  kAbrupt,  // the request is the first that is not served; the connection is closed at once
};

// What the server does with one request.
struct SimHttp2Response {
  enum class Fault : uint8_t {
    kNone,
    kNeverAnswer,
    kResetStream,   // by reset_code, in place of the answer
    kCloseInstead,  // the connection: orderly, before any byte of the answer
    kResetInstead,  // the connection
  };
  Http2Peer::Response answer{};
  std::optional<Duration> service = std::nullopt;  // instead of the server's
  Fault fault = Fault::kNone;
  uint32_t reset_code = 0;
  SimGoAway goaway = SimGoAway::kNone;
};

struct SimHttp2ServerOptions {
  Duration service = Duration::Millis(1);
  std::vector<SimStall> stalls;  // in order, not overlapping
  // Null: every request gets SimHttp2Response().
  std::function<SimHttp2Response(const SimHttp2Request&)> respond;
  // By the number of the attempt, from 1. Null: every connection is accepted.
  std::function<ConnectAnswer(uint64_t)> connect;
  Http2Peer::Settings settings = {{NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, 100}};
  // A connection's last request, and how it says so. 0: no limit.
  uint64_t goaway_requests = 0;
  SimGoAway goaway = SimGoAway::kPlain;
  Duration goaway_delay = Duration::Millis(10);
  bool http1_only = false;       // answers the first bytes with HTTP/1.1 and closes
  bool record_requests = false;  // into SimHttp2Server::requests()
};

struct SimHttp2ServerCounts {
  uint64_t syns = 0;
  uint64_t not_accepted = 0;  // by `connect`
  uint64_t accepted = 0;
  uint64_t open = 0;
  uint64_t most_open = 0;
  uint64_t requests = 0;   // received whole
  uint64_t responses = 0;  // sent; not proof that the client got them
  uint64_t in_service = 0;
  uint64_t most_in_service = 0;
  uint64_t most_streams = 0;  // in service at once on one connection
  uint64_t cancelled = 0;     // RST_STREAM by the client
  uint64_t malformed = 0;     // connections ended for what the client sent
  uint64_t abandoned = 0;     // requests whose stream or connection ended before they were answered
  uint64_t goaways = 0;       // connections that were ended so
  uint64_t refused = 0;       // streams beyond MAX_CONCURRENT_STREAMS
  uint64_t not_served = 0;    // requests refused by kAbrupt
  std::map<SimHttp2Response::Fault, uint64_t> faults;
};

class SimHttp2Server : public SimServer {
 public:
  SimHttp2Server(SimExecutor* executor, SimHttp2ServerOptions options);
  SimHttp2Server(const SimHttp2Server&) = delete;
  SimHttp2Server& operator=(const SimHttp2Server&) = delete;

  const SimHttp2ServerCounts& counts() const { return counts_; }
  const std::vector<SimHttp2Request>& requests() const { return requests_; }
  // For what arrives from now on.
  SimHttp2ServerOptions& options() { return options_; }
  // Resets every connection: a server's crash.
  void ResetAll();
  // On every connection.
  void SendSettings(const Http2Peer::Settings& settings);

  ConnectAnswer OnSyn() override;
  void OnAccepted(const std::shared_ptr<SimConnection>& connection) override;
  void OnBytes(const std::shared_ptr<SimConnection>& connection, std::string_view bytes) override;
  void OnPeerClosed(const std::shared_ptr<SimConnection>& connection) override;

 private:
  using Fault = SimHttp2Response::Fault;
  struct Session {
    std::shared_ptr<SimConnection> connection;
    std::unique_ptr<Http2Peer> peer;
    std::vector<Http2Peer::Request> arrived;  // within the present Feed
    std::vector<int32_t> cancelled;           // likewise
    std::set<int32_t> in_service;             // streams
    uint64_t requests = 0;
    std::optional<int32_t> last_stream;  // GOAWAY: closed when nothing is in service any more
  };

  void Serve(uint64_t connection, const Http2Peer::Request& arrived);
  void SayGoAway(uint64_t connection, int32_t stream, SimGoAway how);
  void Answer(uint64_t connection, int32_t stream, const SimHttp2Response& response);
  void Cancelled(Session& session, int32_t stream);
  // Sends what the session has to say, and closes when it is through.
  void Flush(uint64_t connection);
  void End(uint64_t connection, bool reset);
  void EndSession(uint64_t connection);
  Session* Find(uint64_t connection);

  SimExecutor* const executor_;
  SimHttp2ServerOptions options_;
  SimHttp2ServerCounts counts_;
  std::map<uint64_t, Session> sessions_;  // by SimConnection::number()
  std::vector<SimHttp2Request> requests_;
};

}  // namespace muster

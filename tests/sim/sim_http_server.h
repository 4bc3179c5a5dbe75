// SimHttpServer: a scripted HTTP/1.1 server in simulated time. It serves any number of requests at
// once, each for its service time; a stall freezes all service and resumes it where it was. What
// becomes of each connection and request is a function of its number, given by the test.
//
// It reads requests simply (head up to the empty line, body by Content-Length) and counts what it
// saw and did, so that a test can hold the client's books against it.
//
// Owner: the simulation's thread. Outlives the last function that the executor runs.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tests/sim/sim_executor.h"
#include "tests/sim/sim_network.h"
#include "tests/sim/sim_stall.h"

namespace muster {

// One request, as the script sees it.
struct SimRequest {
  uint64_t number = 0;                // from 1, over all connections, in order of arrival
  uint64_t connection = 0;            // SimConnection::number()
  uint64_t number_on_connection = 0;  // from 1
  MonoTime arrived;
  std::string method;
  std::string path;
  std::string head;  // with the empty line
  std::string body;
};

// What the server does with one request.
struct SimResponse {
  enum class Fault : uint8_t {
    kNone,
    kNeverAnswer,
    kCloseInstead,  // orderly, before any byte
    kResetInstead,
    kCloseMidway,  // after half of the response's bytes
    kResetMidway,
  };
  int status = 200;
  std::string body = "ok";
  // These bytes in place of head and body: garbage, chunked, anything.
  std::optional<std::string> raw = std::nullopt;
  std::optional<Duration> service = std::nullopt;  // instead of the server's
  // The response in so many segments (as even as they go, none empty), this far apart.
  size_t segments = 1;
  Duration segment_gap = {};
  // Ends the connection orderly after the response; announced by "Connection: close" unless silent.
  bool close_after = false;
  bool silent_close = false;
  Fault fault = Fault::kNone;
};

struct SimHttpServerOptions {
  Duration service = Duration::Millis(1);
  std::vector<SimStall> stalls;  // in order, not overlapping
  // Null: every request gets SimResponse().
  std::function<SimResponse(const SimRequest&)> respond;
  // By the number of the attempt, from 1. Null: every connection is accepted.
  std::function<ConnectAnswer(uint64_t)> connect;
  // A connection's last response, and whether it says so. 0: no limit.
  uint64_t keep_alive_requests = 0;
  bool announce_close = true;
  // Closes a connection that waits for a request so long. Zero: never.
  Duration keep_alive_idle;
  bool record_requests = false;  // into SimHttpServer::requests()
};

struct SimHttpServerCounts {
  uint64_t syns = 0;
  uint64_t not_accepted = 0;  // refused, reset, unreachable or dropped by `connect`
  uint64_t slow_accepts = 0;  // with lost SYNs
  uint64_t accepted = 0;
  uint64_t open = 0;
  uint64_t most_open = 0;
  uint64_t requests = 0;   // received whole
  uint64_t responses = 0;  // sent whole; not proof that the client got them
  uint64_t in_service = 0;
  uint64_t most_in_service = 0;
  uint64_t pipelined = 0;  // requests that came while another on the connection was not answered
  uint64_t malformed = 0;  // not HTTP/1.1 requests; the connection is reset
  uint64_t abandoned = 0;  // requests whose connection ended before the response was sent whole
  uint64_t idle_closes = 0;
  uint64_t limit_closes = 0;  // by keep_alive_requests or close_after
  std::map<SimResponse::Fault, uint64_t> faults;
};

class SimHttpServer : public SimServer {
 public:
  SimHttpServer(SimExecutor* executor, SimHttpServerOptions options);
  SimHttpServer(const SimHttpServer&) = delete;
  SimHttpServer& operator=(const SimHttpServer&) = delete;

  const SimHttpServerCounts& counts() const { return counts_; }
  const std::vector<SimRequest>& requests() const { return requests_; }
  // For what arrives from now on.
  SimHttpServerOptions& options() { return options_; }
  // Resets every connection: a server's crash.
  void ResetAll();

  ConnectAnswer OnSyn() override;
  void OnAccepted(const std::shared_ptr<SimConnection>& connection) override;
  void OnBytes(const std::shared_ptr<SimConnection>& connection, std::string_view bytes) override;
  void OnPeerClosed(const std::shared_ptr<SimConnection>& connection) override;

 private:
  struct Session {
    std::shared_ptr<SimConnection> connection;
    std::string received;  // not yet a whole request
    uint64_t requests = 0;
    uint64_t in_service = 0;
    TimerId idle_timer = 0;
  };
  using Fault = SimResponse::Fault;

  // Takes one whole request off `session.received`; false when there is none yet.
  bool TakeRequest(Session& session, SimRequest* request);
  void Serve(Session& session, SimRequest request);
  void Answer(uint64_t connection, const SimRequest& request, const SimResponse& response);
  // Sends `bytes` from `offset` on, a segment at a time.
  void SendSegment(uint64_t connection, std::string bytes, size_t offset, SimResponse response);
  void FinishRequest(Session& session, const SimResponse& response);
  void WatchIdle(Session& session);
  void EndSession(uint64_t connection);
  Session* Find(uint64_t connection);

  SimExecutor* const executor_;
  SimHttpServerOptions options_;
  SimHttpServerCounts counts_;
  std::map<uint64_t, Session> sessions_;  // by SimConnection::number()
  std::vector<SimRequest> requests_;
};

}  // namespace muster

// SimNetwork: the network between SimTransports and scripted servers, in simulated time. Bytes of
// one connection arrive in order, after the network's delay; nothing is lost but what a script
// loses.
//
//   client: SimTransport (the Transport contract)      server: SimServer, over SimConnection
//
// What is modelled: SYN, SYN-ACK and ACK, a delay each; retransmitted SYNs (after 1, 3, 7... s);
// the client's send window, freed a delay after the server has read; orderly and abrupt ends.
//
// Owner: the simulation's thread. The executor outlives the network; network and servers outlive
// the last function run by the executor.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "tests/sim/sim_executor.h"
#include "worker/net/transport.h"

namespace muster {

class SimConnection;
class SimNetwork;

// What becomes of one attempt to connect.
struct ConnectAnswer {
  enum class Kind : uint8_t { kAccept, kRefuse, kReset, kUnreachable, kDrop };
  Kind kind = Kind::kAccept;
  // How many SYNs are lost before the one that is answered so.
  int dropped_syns = 0;
};

// A listening server. Every function is called from the executor.
class SimServer {
 public:
  virtual ~SimServer() = default;
  virtual ConnectAnswer OnSyn() { return {}; }
  // The connection is the server's to Send on from here.
  virtual void OnAccepted(const std::shared_ptr<SimConnection>& connection) = 0;
  virtual void OnBytes(const std::shared_ptr<SimConnection>& connection,
                       std::string_view bytes) = 0;
  // The client has closed; nothing follows, and what is sent is lost.
  virtual void OnPeerClosed(const std::shared_ptr<SimConnection>& connection) = 0;
};

// The client's side of connections: what SimTransport does with what arrives.
class SimClient {
 public:
  virtual ~SimClient() = default;
  virtual void SimConnected(ConnectionId id, bool retransmitted_syn) = 0;
  virtual void SimConnectFailed(ConnectionId id, ErrorClass error) = 0;
  virtual void SimFirstByteSent(ConnectionId id, MonoTime at) = 0;
  virtual void SimAllSent(ConnectionId id) = 0;
  virtual void SimData(ConnectionId id, std::string_view data) = 0;
  virtual void SimClosed(ConnectionId id, CloseKind kind) = 0;
};

// One connection, both ends. Kept alive by whoever holds it and by the events under way.
class SimConnection : public std::enable_shared_from_this<SimConnection> {
 public:
  SimConnection(SimNetwork* network, uint64_t number, SimClient* client, ConnectionId id,
                SimServer* server);

  // -- The server's end.
  uint64_t number() const { return number_; }  // from 1, in the order of Connect
  bool server_open() const { return server_open_; }
  // Lost when the connection has ended on either side.
  void Send(std::string bytes);
  void Close();  // orderly, after what was sent
  void Reset();  // at once, but behind what was sent
  // While paused, what arrives is kept, and fills the client's send window.
  void PauseReading();
  void ResumeReading();

  // -- The client's end, for SimTransport.
  void StartConnect();
  // True when the first byte was taken at once; else SimFirstByteSent comes when it is.
  bool ClientSend(std::string_view bytes);
  size_t UnsentBytes() const { return unsent_.size(); }
  void ClientClose();
  // Ends as if the sending of the first of `bytes` had met a reset.
  void FailSend(std::string_view bytes);

 private:
  void EndConnect(ErrorClass error);
  void Established(bool retransmitted_syn);
  // Hands to the "kernel" what the send window takes.
  void Pump();
  void DeliverFirstByte();
  void ServerArrive(std::string bytes);
  void ServerRead(const std::string& bytes);
  void EndClient(CloseKind kind);
  // Run `fn` when what is sent now arrives; one direction keeps its order.
  void ToServer(std::function<void()> fn);
  void ToClient(std::function<void()> fn);

  SimNetwork* const network_;
  const uint64_t number_;
  SimClient* client_;  // null once the client has closed or been told of the end
  const ConnectionId id_;
  SimServer* const server_;
  bool established_ = false;
  bool server_open_ = false;
  bool send_failed_ = false;
  bool paused_ = false;
  std::deque<std::string> unread_;
  std::string_view unsent_;
  size_t outstanding_bytes_ = 0;  // handed over and not yet known to be read
  bool awaits_first_byte_ = false;
  bool kept_bytes_ = false;                  // of the last Send
  std::optional<MonoTime> first_byte_sent_;  // to be told
  MonoTime last_to_server_;
  MonoTime last_to_client_;
};

class SimNetwork {
 public:
  static constexpr size_t kDefaultSendWindow = size_t{1} << 20;

  explicit SimNetwork(SimExecutor* executor, Duration one_way_delay = Duration())
      : executor_(executor), delay_(one_way_delay) {}
  SimNetwork(const SimNetwork&) = delete;
  SimNetwork& operator=(const SimNetwork&) = delete;

  // Where nobody listens, connections are refused. Null: stop listening.
  void Listen(const Endpoint& endpoint, SimServer* server);
  // For what is sent from now on; what is under way keeps its time and its order.
  void SetDelay(Duration one_way_delay) { delay_ = one_way_delay; }
  void SetSendWindow(size_t bytes) { send_window_ = bytes; }

  std::shared_ptr<SimConnection> Connect(const Endpoint& endpoint, SimClient* client,
                                         ConnectionId id);

  SimExecutor& executor() { return *executor_; }
  Duration delay() const { return delay_; }
  size_t send_window() const { return send_window_; }

 private:
  using Address = std::pair<std::string, uint16_t>;

  SimExecutor* const executor_;
  Duration delay_;
  size_t send_window_ = kDefaultSendWindow;
  std::map<Address, SimServer*> servers_;
  uint64_t connections_ = 0;
};

}  // namespace muster

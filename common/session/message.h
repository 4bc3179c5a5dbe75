// The messages between a master and a worker, as values. One session is one ordered stream in each
// direction; it may break and be resumed, so every message may come twice, late or never, and the
// state machines on both sides (worker/session, master/session) say for each state what each
// message does. Payloads that must be hashed or resent byte for byte (the plan, a batch) travel as
// bytes, made and read by common/wire. Protocol: docs/protocol.md.
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "common/plan/plan.h"
#include "common/time/time.h"

namespace muster {

inline constexpr uint32_t kProtocolVersion = 2;

// --- worker to master

// First message on every new link.
struct Hello {
  uint32_t protocol = kProtocolVersion;
  std::string build;      // tool version; must equal the master's
  uint64_t instance = 0;  // drawn once per worker process: the same again means a resumed session
  std::string name;       // unique among the workers of a master
  uint32_t weight = 1;
  uint32_t threads = 0;  // engine threads it is willing to run
  Duration lease;        // how long it goes on without hearing from the master
  std::string run_id;    // the run it still holds unacknowledged results of; empty: none
  std::string group;     // of workers, for thresholds; empty: none
  bool operator==(const Hello&) const = default;
};
// Heartbeat and clock exchange in one: the master answers with Pong at once. Sent every 200 ms
// (eight in a burst after the welcome).
struct Ping {
  uint64_t id = 0;
  MonoTime sent;  // worker's clock
  bool operator==(const Ping&) const = default;
};
// Answer to Prepare.
struct Ready {
  std::string run_id;
  std::string plan_hash;  // computed by the worker from the bytes it got
  std::string error;      // why it can't run this plan; empty: ready
  uint32_t threads = 0;   // engine threads it will run
  Duration
      clock_offset;      // master's clock minus the worker's, from the exchange of least round trip
  Duration clock_error;  // bound on it: half of that round trip
  bool operator==(const Ready&) const = default;
};
struct Batch {
  std::string run_id;
  uint64_t sequence = 0;
  std::string bytes;  // EncodeBatch; the same bytes each time it is sent
  bool operator==(const Batch&) const = default;
};
// Answer to AmendPlan: how many holds the plan has that the worker runs.
struct Amended {
  std::string run_id;
  uint32_t holds = 0;
  std::string error;  // why it could not follow and gives the run up; empty: it does
  bool operator==(const Amended&) const = default;
};
// The worker is leaving by its own will (SIGTERM): it has drained, and sends no more after its last
// batch.
struct Bye {
  std::string reason;
  bool operator==(const Bye&) const = default;
};

// --- master to worker

struct Welcome {
  std::string
      refused;  // why the worker is not taken (duplicate name, protocol, build); empty: taken
  bool final = false;  // refused for good: the worker exits; otherwise it tries again
  bool operator==(const Welcome&) const = default;
};
struct Pong {
  uint64_t id = 0;
  MonoTime ping_sent;  // echoed: the lease runs from this point of the worker's own clock
  MonoTime received;   // master's clock
  MonoTime replied;
  bool operator==(const Pong&) const = default;
};
struct Prepare {
  std::string run_id;
  std::string plan;       // EncodePlan
  std::string plan_hash;  // HashPlan of those bytes
  Assignment assignment;
  bool trace = false;
  bool operator==(const Prepare&) const = default;
};
struct StartRun {
  std::string run_id;
  MonoTime t0;  // master's clock
  bool operator==(const StartRun&) const = default;
};
struct Ack {
  std::string run_id;
  uint64_t through = 0;  // every batch up to this one is merged: forget them
  bool operator==(const Ack&) const = default;
};
// The load is held: from the first hold on that the worker does not know of, the run's plan is the
// one with all of these. Sent well before that moment, again on a new link.
struct AmendPlan {
  std::string run_id;
  std::vector<HandHold> holds;
  std::string plan_hash;  // HashPlan of the plan with them
  bool operator==(const AmendPlan&) const = default;
};
struct StopRun {
  std::string run_id;
  bool now = false;  // false: drain; true: cut
  bool operator==(const StopRun&) const = default;
};
// The run is over for this worker (its last batch is acknowledged, or it was given up as lost):
// forget it.
struct FinishRun {
  std::string run_id;
  std::string reason;  // empty: as planned
  bool operator==(const FinishRun&) const = default;
};

using WorkerMessage = std::variant<Hello, Ping, Ready, Batch, Bye, Amended>;
using MasterMessage =
    std::variant<Welcome, Pong, Prepare, StartRun, Ack, StopRun, FinishRun, AmendPlan>;

}  // namespace muster

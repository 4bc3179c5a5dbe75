// Plan: everything that decides what a run does, valid by construction. PlanSpec is what the user
// asked for, read from YAML and flags by master/plan; Plan::Create checks it and derives the
// profile. The wire (common/wire) carries the spec; every worker derives the same Plan from the
// same bytes. Immutable; any thread; cheap to share by shared_ptr<const Plan>.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "common/base/status.h"
#include "common/plan/arrivals.h"
#include "common/plan/hand_hold.h"
#include "common/plan/load_profile.h"
#include "common/plan/threshold.h"
#include "common/plan/user_profile.h"
#include "common/time/time.h"

namespace muster {

// Every member below has an initialiser, so that designated ones may leave it out without a
// warning.

// Where the load goes. Request paths are kept with the requests, whole.
struct Target {
  enum class Kind : uint8_t { kTcp, kUnix };
  Kind kind = Kind::kTcp;
  std::string host{};  // name or address, without brackets; empty for kUnix
  uint16_t port = 80;
  std::string socket_path{};  // kUnix
  std::string authority{};  // value of the Host header: "[::1]:8080", "localhost" for a Unix socket
  bool tls = false;         // https
  bool operator==(const Target&) const = default;
};

enum class TlsVersion : uint8_t { k12, k13 };

// How TLS to the target is spoken; of no effect without Target::tls. Files are read by the master
// and carried as text.
struct TlsSettings {
  bool verify = true;      // false: --insecure-target
  std::string ca_pem{};    // authorities to trust; empty: the system's store
  std::string cert_pem{};  // client certificate with its chain, and its key; both or none
  std::string key_pem{};
  std::string server_name{};  // sent as SNI and verified; empty: the target's host
  TlsVersion min_version = TlsVersion::k12;
  TlsVersion max_version = TlsVersion::k13;
  bool resume = true;  // sessions are resumed by later connections of the same thread
  bool operator==(const TlsSettings&) const = default;
};

// Which HTTP is spoken. kAuto: over TLS what the target chooses, else 1.1.
enum class HttpVersion : uint8_t { k11, k2, kAuto };

// `--resolve HOST:PORT:ADDR`: use this address for that name and port.
struct ResolveRule {
  std::string host{};
  uint16_t port = 0;
  std::string address{};
  bool operator==(const ResolveRule&) const = default;
};

// Statuses that count as expected: inclusive ranges within 100..599.
struct ExpectedStatuses {
  std::vector<std::pair<uint16_t, uint16_t>> ranges = {{200, 399}};
  bool Contains(int status) const {
    for (const auto& [low, high] : ranges) {
      if (status >= low && status <= high) return true;
    }
    return false;
  }
  bool operator==(const ExpectedStatuses&) const = default;
};

using Header = std::pair<std::string, std::string>;

// One request of the mix; an iteration draws one by weight.
struct RequestSpec {
  std::string name{};  // requests of one name are reported as one
  std::string method = "GET";
  std::string path = "/";  // origin form with the query, the target's base path included
  // As sent, beside those that Muster adds (Host, Content-Length, User-Agent).
  std::vector<Header> headers{};
  std::string body{};                        // at most 1 MiB
  uint32_t weight = 1;                       // >= 1
  Duration timeout = Duration::Seconds(10);  // bounds wait + service
  Duration connect_timeout = Duration::Seconds(5);
  ExpectedStatuses expect{};
  std::vector<std::pair<std::string, std::string>> tags{};
  bool operator==(const RequestSpec&) const = default;
};

struct Stage {
  std::string name{};   // unique in the plan
  bool measure = true;  // false: run and drawn, but left out of the headline and the thresholds
  bool operator==(const Stage&) const = default;
};

// Open model: iterations are due by the clock.
struct OpenLoad {
  ArrivalKind arrivals = ArrivalKind::kEven;
  std::vector<RateSegment> segments{};
  uint32_t max_in_flight = 1000;  // total for the run
  Duration max_lateness = Duration::Seconds(1);
  bool operator==(const OpenLoad&) const = default;
};

// Closed model: users, each waiting for its response and then thinking.
struct ClosedLoad {
  std::vector<UserSegment> segments{};
  Duration think_min{};  // uniform in [think_min, think_max]; 0: none
  Duration think_max{};
  bool own_connections = false;  // a connection serves one user alone; HTTP/1.1
  bool operator==(const ClosedLoad&) const = default;
};

struct PlanSpec {
  std::string name{};
  Target target{};
  TlsSettings tls{};
  HttpVersion http = HttpVersion::k11;
  // HTTP/2: at most so many streams at once on a connection; 0: as many as the target allows.
  uint32_t streams = 0;
  std::vector<ResolveRule> resolve{};
  std::vector<Stage> stages{};  // in order; segments refer to them by index
  std::variant<OpenLoad, ClosedLoad> load{};
  std::optional<uint64_t> iterations{};  // limit of all, >= 1
  uint32_t connections = 0;       // total sockets for the run; 0: max_in_flight, or users at peak
  bool reuse_connections = true;  // false: a new connection for every request
  // At most so many connections are opened at a time of the whole run, on average; unset:
  // Plan::kDefaultConnectRate where connections are reused, else no bound.
  std::optional<Rate> connect_rate{};
  std::vector<RequestSpec> requests{};
  std::vector<Threshold> thresholds{};
  Duration drain =
      Duration::Seconds(10);  // how long in-flight requests may take after the load's end
  uint64_t seed = 1;
  std::vector<HandHold> holds{};  // by hand, while it ran; no plan is written with any
  bool operator==(const PlanSpec&) const = default;
};

class Plan {
 public:
  static constexpr size_t kMaxRequests = 200;
  static constexpr size_t kMaxStages = 200;
  static constexpr size_t kMaxThresholds = 100;
  static constexpr size_t kMaxBodyBytes = 1 << 20;
  static constexpr size_t kMaxAllBodyBytes = 16 << 20;  // of all requests together
  static constexpr size_t kMaxPathBytes = 16 << 10;
  static constexpr size_t kMaxHeaders = 100;           // of one request
  static constexpr size_t kMaxHeaderBytes = 64 << 10;  // of one request, names and values
  static constexpr uint32_t kMaxInFlight = 1'000'000;  // and connections
  static constexpr Rate kDefaultConnectRate = Rate::PerSecond(10'000);
  static constexpr uint32_t kMaxStreams = 10'000;    // of one HTTP/2 connection
  static constexpr size_t kMaxPemBytes = 256 << 10;  // of one file of TlsSettings
  static constexpr uint64_t kMaxIterations = 1'000'000'000'000'000;

  // Errors name what is wrong and what would be right, without a file position: the master checks
  // positions before. Fills in the default of `connections`.
  static StatusOr<Plan> Create(PlanSpec spec);
  // What Create says of a threshold, by itself: for a caller who wants all errors rather than one.
  Status CheckThreshold(const Threshold& threshold) const;
  // This plan with `holds` instead of its own. Where they only add to these, everything due before
  // the first one that is new is the same in both.
  StatusOr<Plan> WithHolds(std::vector<HandHold> holds) const;

  const PlanSpec& spec() const { return spec_; }
  bool open() const { return std::holds_alternative<OpenLoad>(spec_.load); }
  const OpenLoad& open_load() const { return std::get<OpenLoad>(spec_.load); }
  const ClosedLoad& closed_load() const { return std::get<ClosedLoad>(spec_.load); }
  const LoadProfile& rates() const { return *rates_; }  // open model only
  const UserProfile& users() const { return *users_; }  // closed model only
  // End of the load phase; the drain follows. An open plan with a limit ends when the profile has
  // had that many arrivals; a closed run with a limit may end before.
  RunTime load_end() const { return load_end_; }
  uint16_t StageAt(RunTime t) const { return open() ? rates_->StageAt(t) : users_->StageAt(t); }
  // Length of stage `s` in all its segments.
  Duration StageLength(uint16_t s) const;
  // Where the load was held by hand.
  const HeldTime& held() const { return held_; }
  // Iterations the open plan has, its limit applied. Open model only.
  uint64_t total_iterations() const;
  // In-flight limit of the whole run: max_in_flight, or users at peak.
  uint32_t max_in_flight() const;
  uint32_t connections() const { return spec_.connections; }
  bool own_connections() const { return !open() && closed_load().own_connections; }
  // Over TLS, to a target whose certificate nobody looks at.
  bool insecure_target() const { return spec_.target.tls && !spec_.tls.verify; }
  // The bound on opening connections, its default applied; nullopt: none.
  std::optional<Rate> connect_rate() const;

  // Which request iteration `k` runs, drawn by weight. (Closed: `k` is the user, `n` its own
  // count.)
  uint16_t RequestOf(uint64_t k, uint64_t n = 0) const;
  // Think time of user `u` after its `n`-th iteration. Closed model only.
  Duration ThinkTime(uint64_t u, uint64_t n) const;
  // Distinct D of the plan's within(D) thresholds, ascending: cells count by these.
  const std::vector<Duration>& within_limits() const { return within_limits_; }
  // Which requests the filters of `threshold` select, by index, ascending.
  std::vector<uint16_t> RequestsOf(const Threshold& threshold) const;
  // Length of a timeline interval, the same on every worker: 100 ms for load phases up to a minute,
  // 1 s beyond, whatever holds add.
  Duration interval() const { return interval_; }

 private:
  explicit Plan(PlanSpec spec) : spec_(std::move(spec)) {}
  Status AddProfile(const std::vector<HandHold>& holds);  // and load_end_

  PlanSpec spec_;
  std::optional<LoadProfile> rates_;
  std::optional<UserProfile> users_;
  std::vector<uint64_t> cumulative_weights_;
  std::vector<Duration> within_limits_;
  RunTime load_end_;
  Duration interval_;
  HeldTime held_;
};

// What one worker gets of a run, beside the plan: its place in the owner table.
struct Assignment {
  uint32_t worker = 0;            // index into weights
  std::vector<uint32_t> weights;  // of all workers, reduced (ReduceWeights)
  bool operator==(const Assignment&) const = default;
};

}  // namespace muster

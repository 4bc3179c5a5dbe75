// The laws of DESIGN.md over random plans, against targets that misbehave at random.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "common/base/random.h"
#include "tests/sim/sim_run.h"
#include "tests/worker/engine/test_plans.h"
#include "worker/engine/engine.h"

namespace muster {
namespace {

using Fault = SimResponse::Fault;

// Random choices of one case, all from its seed.
class Dice {
 public:
  explicit Dice(uint64_t seed) : seed_(seed) {}
  uint64_t Below(uint64_t bound) {
    return RandomBelow(bound, RandomBits(seed_, RandomStream::kRequest, 77, i_++));
  }
  bool OneIn(uint64_t n) { return Below(n) == 0; }
  Duration Ms(uint64_t low, uint64_t high) {
    return Duration::Millis(static_cast<int64_t>(low + Below(high - low + 1)));
  }

 private:
  uint64_t seed_;
  uint64_t i_ = 0;
};

void RandomOpenLoad(Dice& dice, PlanSpec* spec) {
  OpenLoad load;
  load.arrivals = dice.OneIn(2) ? ArrivalKind::kEven : ArrivalKind::kPoisson;
  for (uint16_t stage = 0; stage < spec->stages.size(); ++stage) {
    const auto rate = [&] { return Rate::PerSecond(static_cast<int64_t>(dice.Below(300))); };
    load.segments.push_back({rate(), rate(), dice.Ms(1, 900), stage});
  }
  const auto last = static_cast<uint16_t>(spec->stages.size() - 1);
  load.segments.push_back({Rate::PerSecond(50), Rate::PerSecond(50), dice.Ms(100, 400), last});
  load.max_lateness = dice.Ms(10, 1000);
  load.max_in_flight = static_cast<uint32_t>(8 + dice.Below(60));
  spec->load = load;
}

void RandomClosedLoad(Dice& dice, PlanSpec* spec) {
  ClosedLoad load;
  for (uint16_t stage = 0; stage < spec->stages.size(); ++stage) {
    const auto users = [&] { return static_cast<uint32_t>(dice.Below(12)); };
    load.segments.push_back({users(), users(), dice.Ms(1, 700), stage});
  }
  const auto last = static_cast<uint16_t>(spec->stages.size() - 1);
  load.segments.push_back({12, 8, dice.Ms(100, 300), last});
  if (dice.OneIn(2)) {
    load.think_min = dice.Ms(0, 20);
    load.think_max = load.think_min + dice.Ms(0, 100);
  }
  spec->load = load;
}

// After what it does not go with is known.
void PerhapsOwnConnections(Dice& dice, PlanSpec* spec) {
  auto* closed = std::get_if<ClosedLoad>(&spec->load);
  if (closed == nullptr || !spec->reuse_connections || dice.OneIn(2)) return;
  closed->own_connections = true;
  spec->connections = 0;
}

std::shared_ptr<const Plan> RandomPlan(Dice& dice) {
  PlanSpec spec = BaseSpec();
  spec.seed = dice.Below(1'000'000);
  for (uint64_t i = dice.Below(3); i > 0; --i) {
    spec.stages.push_back({"stage" + std::to_string(i), true});
  }
  for (uint64_t i = dice.Below(3); i > 0; --i) {
    RequestSpec request = spec.requests[0];
    request.name = "request" + std::to_string(i);
    request.weight = static_cast<uint32_t>(1 + dice.Below(5));
    if (dice.OneIn(3)) request.method = "HEAD";
    if (dice.OneIn(3)) request.body = std::string(dice.Below(5000), 'x');
    spec.requests.push_back(request);
  }
  for (RequestSpec& request : spec.requests) {
    request.timeout = dice.Ms(20, 800);
    request.connect_timeout = dice.Ms(20, 500);
  }
  if (dice.OneIn(2)) {
    RandomOpenLoad(dice, &spec);
  } else {
    RandomClosedLoad(dice, &spec);
  }
  if (dice.OneIn(2)) spec.connections = static_cast<uint32_t>(8 + dice.Below(12));
  if (dice.OneIn(4)) spec.iterations = 1 + dice.Below(100);
  spec.reuse_connections = !dice.OneIn(5);
  spec.drain = dice.Ms(0, 900);
  PerhapsOwnConnections(dice, &spec);
  return MakePlan(spec);
}

SimResponse RandomResponse(Dice& dice, const SimRequest& request) {
  SimResponse response;
  response.body = request.method == "HEAD" ? "" : std::string(dice.Below(3000), 'y');
  if (dice.OneIn(2)) response.service = dice.Ms(0, 60);
  if (dice.OneIn(3)) {
    response.segments = 1 + dice.Below(5);
    response.segment_gap = dice.Ms(0, 10);
  }
  switch (dice.Below(20)) {
    case 0:
      response.fault = static_cast<Fault>(dice.Below(6));
      break;
    case 1:
      response.raw = dice.OneIn(2) ? "garbage\r\n\r\n" : "HTTP/1.1 2oo OK\r\n\r\n";
      break;
    case 2:
      response.close_after = true;
      response.silent_close = dice.OneIn(2);
      break;
    case 3:
      response.status = 503;
      break;
    case 4:
      response.raw = "HTTP/1.1 204 No Content\r\n\r\nHTTP/1.1 200 more\r\n";
      response.segments = 1;  // else the next request may come before the rest has been sent
      break;
    default:
      break;
  }
  return response;
}

SimRunOptions RandomWorld(Dice& dice, uint64_t seed) {
  SimRunOptions options;
  options.network_delay = Duration::Micros(static_cast<int64_t>(1 + dice.Below(3000)));
  options.weights.clear();
  for (uint64_t i = 1 + dice.Below(3); i > 0; --i) {
    options.weights.push_back(static_cast<uint32_t>(1 + dice.Below(2)));
  }
  options.threads = {static_cast<uint32_t>(1 + dice.Below(2))};
  options.endpoints = 1 + dice.Below(2);
  options.server.service = dice.Ms(0, 30);
  if (dice.OneIn(3)) options.server.keep_alive_requests = 1 + dice.Below(10);
  options.server.announce_close = dice.OneIn(2);
  if (dice.OneIn(3)) options.server.keep_alive_idle = dice.Ms(1, 50);
  if (dice.OneIn(3)) {
    const MonoTime from = SimRun::kT0 + dice.Ms(0, 500);
    options.server.stalls = {{from, from + dice.Ms(10, 700)}};
  }
  const bool faults = !dice.OneIn(4);
  options.server.respond = [seed, faults](const SimRequest& request) {
    Dice own(seed * 1'000'003 + request.number);
    return faults ? RandomResponse(own, request) : SimResponse();
  };
  options.server.connect = [seed, faults](uint64_t n) {
    Dice own(seed * 1'000'003 + 500'000 + n);
    ConnectAnswer answer;
    if (faults && own.OneIn(8)) answer.kind = static_cast<ConnectAnswer::Kind>(own.Below(5));
    if (faults && own.OneIn(20)) answer.dropped_syns = 1;
    return answer;
  };
  return options;
}

void RandomOrders(Dice& dice, SimRun* run) {
  for (size_t i = 0; i < run->workers(); ++i) {
    SimEngineGroup& worker = run->worker(i);
    if (dice.OneIn(8)) {
      run->At(dice.Ms(0, 1000), [&worker] { worker.Stop(StopMode::kDrain); });
    }
    if (dice.OneIn(4)) {
      const MonoTime from = SimRun::kT0 + dice.Ms(0, 500);
      worker.StallAdvance(from, from + dice.Ms(1, 400));
    }
    if (dice.OneIn(8)) run->At(dice.Ms(0, 1500), [&worker] { worker.Stop(StopMode::kNow); });
    if (dice.OneIn(8)) {
      run->At(Duration(), [&worker] { worker.SetLease(SimRun::kT0 + Duration::Millis(300)); });
      const Duration more = dice.Ms(100, 1500);
      run->At(dice.Ms(100, 900),
              [&worker, more] { worker.SetLease(SimRun::kT0 + Duration::Millis(300) + more); });
    }
    if (dice.OneIn(8)) {
      run->At(dice.Ms(0, 500), [&worker] { worker.SetSpoolFull(true); });
      run->At(dice.Ms(500, 900), [&worker] { worker.SetSpoolFull(false); });
    }
  }
}

Int128 SumOf(const Histogram& a, const Histogram& b, const Histogram& c) {
  return a.sum() + b.sum() + c.sum();
}

void CheckLaws(const Plan& plan, SimRun& run) {
  const Counts t = run.totals();
  const SimHttpServerCounts& server = run.server().counts();
  const Status books = CheckBooks(t, 0, 0, 0, 0);
  EXPECT_TRUE(books.ok()) << Message(books);
  // Law 5, and what the server saw of us.
  EXPECT_LE(t.completed, server.requests);
  EXPECT_LE(server.requests, t.completed + t.failed_after_send);
  EXPECT_EQ(server.malformed, 0U);
  EXPECT_EQ(server.pipelined, 0U);
  EXPECT_EQ(server.open, 0U);
  EXPECT_LE(server.most_open, plan.connections());
  EXPECT_LE(t.connects, server.accepted);
  // Law 4 and 1, from the plan's side.
  if (plan.open()) {
    EXPECT_LE(t.due, plan.total_iterations());
    EXPECT_LE(server.most_in_service, plan.max_in_flight());
  }
  if (plan.spec().iterations.has_value()) {
    EXPECT_LE(t.due, *plan.spec().iterations);
  }
  // Law 6, in exact sums.
  using Kind = LatencyKind;
  const auto ok = [&](Kind kind) { return run.Latency(kind); };
  const auto bad = [&](Kind kind) { return run.FailedLatency(kind); };
  for (const Kind kind : {Kind::kResponse, Kind::kLag, Kind::kWait, Kind::kService, Kind::kOnset}) {
    EXPECT_EQ(ok(kind).count(), t.completed);
    EXPECT_EQ(bad(kind).count(), kind == Kind::kService ? t.failed_after_send : t.failed);
  }
  EXPECT_EQ(ok(Kind::kResponse).sum(), SumOf(ok(Kind::kLag), ok(Kind::kWait), ok(Kind::kService)));
  EXPECT_EQ(bad(Kind::kResponse).sum(),
            SumOf(bad(Kind::kLag), bad(Kind::kWait), bad(Kind::kService)));
  EXPECT_EQ(ok(Kind::kOnset).sum() + ok(Kind::kLag).sum(), ok(Kind::kResponse).sum());
  const StatusCounts statuses = run.Statuses();
  uint64_t with_status = 0;
  for (const auto& [status, n] : statuses.entries()) with_status += n;
  EXPECT_EQ(with_status, t.completed);
}

std::string RunCase(uint64_t seed, bool check, Counts* seen) {
  SCOPED_TRACE("seed " + std::to_string(seed));
  Dice dice(seed);
  const auto plan = RandomPlan(dice);
  SimRun run(plan, RandomWorld(dice, seed));
  RandomOrders(dice, &run);
  EXPECT_TRUE(run.Run());
  run.executor().RunFor(Duration::Seconds(1));  // the last closes are on their way
  if (check) CheckLaws(*plan, run);
  seen->Add(run.totals());
  return run.log();
}

TEST(EnginePropertyTest, TheLawsHoldOverRandomPlansAndTargets) {
  Counts seen;
  for (uint64_t seed = 1; seed <= 400 && !HasFailure(); ++seed) RunCase(seed, true, &seen);
  // Every kind of end occurred, so that none holds by absence.
  for (const ErrorClass error :
       {ErrorClass::kConnectRefused, ErrorClass::kConnectReset, ErrorClass::kConnectTimeout,
        ErrorClass::kConnectUnreachable, ErrorClass::kReceiveReset, ErrorClass::kEarlyClose,
        ErrorClass::kReusedClosed, ErrorClass::kTimeout, ErrorClass::kProtocol,
        ErrorClass::kDrainCut}) {
    EXPECT_GT(seen.errors[static_cast<size_t>(error)], 0U) << NameOf(kErrorNames, error);
  }
  for (const NotStarted reason :
       {NotStarted::kMaxInFlight, NotStarted::kLate, NotStarted::kSpoolFull}) {
    EXPECT_GT(seen.not_started[static_cast<size_t>(reason)], 0U)
        << NameOf(kNotStartedNames, reason);
  }
  EXPECT_GT(seen.completed, 10'000U);
}

TEST(EnginePropertyTest, TheSameSeedGivesTheSameDeltasByteForByte) {
  Counts seen;
  for (uint64_t seed = 1001; seed <= 1040 && !HasFailure(); ++seed) {
    EXPECT_EQ(RunCase(seed, false, &seen), RunCase(seed, false, &seen)) << "seed " << seed;
  }
}

// A healthy target and room for all: how the load is split changes nothing but who did it.
TEST(EnginePropertyTest, AnyNumberOfEnginesIsOneEngine) {
  for (const ArrivalKind arrivals : {ArrivalKind::kEven, ArrivalKind::kPoisson}) {
    PlanSpec spec = OpenSpec(500, 2, 10'000);
    Open(spec).arrivals = arrivals;
    Open(spec).segments.push_back({Rate::PerSecond(900), Rate{}, Duration::Seconds(1), 0});
    spec.requests.push_back(spec.requests[0]);
    spec.requests[1].name = "other";
    const auto plan = MakePlan(spec);
    SimRunOptions options;
    options.trace = true;
    SimRun one(plan, options);
    ASSERT_TRUE(one.Run());
    ASSERT_EQ(one.Trace().size(), plan->total_iterations());
    using Split = std::pair<std::vector<uint32_t>, std::vector<uint32_t>>;
    for (const Split& split : {Split{{1}, {2}}, Split{{1, 1}, {1}}, Split{{1, 2, 3}, {1, 2}}}) {
      options.weights = split.first;
      options.threads = split.second;
      SimRun many(plan, options);
      ASSERT_TRUE(many.Run());
      EXPECT_EQ(many.Trace(), one.Trace());
      EXPECT_EQ(many.totals().completed, one.totals().completed);
      EXPECT_EQ(many.Latency(LatencyKind::kResponse), one.Latency(LatencyKind::kResponse));
    }
  }
}

TEST(EnginePropertyTest, UsersSplitOverEnginesDoTheSameIterations) {
  PlanSpec spec = ClosedSpec(13, 3);
  Closed(spec).think_min = Duration::Millis(5);
  Closed(spec).think_max = Duration::Millis(90);
  const auto plan = MakePlan(spec);
  SimRun one(plan, {});
  ASSERT_TRUE(one.Run());
  SimRunOptions options;
  options.weights = {2, 1, 1};
  options.threads = {2, 1};
  SimRun many(plan, options);
  ASSERT_TRUE(many.Run());
  EXPECT_EQ(many.totals(), one.totals());
  EXPECT_EQ(many.Latency(LatencyKind::kResponse), one.Latency(LatencyKind::kResponse));
}

}  // namespace
}  // namespace muster

#include "worker/engine/epoll_engine_group.h"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <vector>

#include "common/base/check.h"
#include "common/time/asio_executor.h"
#include "tests/support/loopback_server.h"
#include "tests/worker/engine/test_plans.h"
#include "worker/engine/request_bytes.h"

namespace muster {
namespace {

constexpr char kResponse[] = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

// Collects the deltas of one run; ends the executor when all threads have handed over their last.
struct Collected {
  CellMap cells;
  std::vector<TraceEntry> trace;
  GeneratorHealth health;
  uint32_t last = 0;
  Counts totals() const {
    Counts sum;
    for (const auto& [key, cell] : cells) sum.Add(cell.counts);
    return sum;
  }
};

class ThreadedEngineGroupTest : public testing::Test {
 protected:
  ThreadedEngineGroup::Resolver ToServer() {
    return [this](const Plan&) -> StatusOr<std::vector<Endpoint>> {
      return std::vector<Endpoint>{server_.endpoint()};
    };
  }
  // A server that answers each request of `plan`, which are all alike.
  static PeerScript Answering(const Plan& plan) {
    PeerScript script;
    script.wait_for = (*SerializeRequests(plan))[0].size();
    script.reply = kResponse;
    return script;
  }
  void StartAndRun(ThreadedEngineGroup& group) {
    const uint32_t threads = group.threads();
    group.Start(
        executor_.Now() + Duration::Millis(5), [this, threads](std::unique_ptr<EngineDelta> delta) {
          MergeCells(delta->cells, &collected_.cells);
          collected_.health.Add(delta->health);
          collected_.trace.insert(collected_.trace.end(), delta->trace.begin(), delta->trace.end());
          if (delta->last && ++collected_.last == threads) executor_.Stop();
        });
    executor_.Run();
  }

  AsioExecutor executor_;
  std::shared_ptr<const Plan> plan_ = MakePlan(OpenSpec(500, 1));
  LoopbackServer server_{Endpoint::Family::kIpv4, Answering(*plan_)};
  Collected collected_;
};

TEST_F(ThreadedEngineGroupTest, AnOpenRunOverTwoThreadsReachesTheServerWhole) {
  ThreadedEngineGroup group(executor_, {.threads = 2}, ToServer());
  ASSERT_TRUE(group.Prepare(plan_, {0, {1}}, /*trace=*/true).ok());
  EXPECT_EQ(group.threads(), 2U);
  StartAndRun(group);
  const Counts totals = collected_.totals();
  EXPECT_EQ(totals.due, 500U);
  EXPECT_EQ(totals.completed + totals.not_started_total(), 500U);
  EXPECT_EQ(totals.failed, 0U);
  EXPECT_EQ(collected_.trace.size(), 500U);
  EXPECT_GT(collected_.health.span_ns, 0U);
  EXPECT_EQ(server_.bytes_received(), totals.bytes_sent);
  group.Finish();
}

TEST_F(ThreadedEngineGroupTest, AHoldReachesEveryThreadAndOneThatIsDoneAnswersToo) {
  ThreadedEngineGroup group(executor_, {.threads = 2}, ToServer());
  ASSERT_TRUE(group.Prepare(plan_, {0, {1}}, /*trace=*/true).ok());
  const RunTime from = RunTime() + Duration::Millis(500);
  const auto held =
      std::make_shared<const Plan>(plan_->WithHolds({{from, Duration::Millis(300)}}).value());
  std::vector<bool> in_time;
  executor_.ScheduleAfter(Duration::Millis(50), [&] {
    group.Amend(held, from, [&](bool yes) { in_time.push_back(yes); });
  });
  StartAndRun(group);
  EXPECT_EQ(collected_.totals().due, 650U);
  Arrivals arrivals(held->rates(), ArrivalKind::kEven, 0, UINT64_MAX);
  std::sort(collected_.trace.begin(), collected_.trace.end());
  ASSERT_EQ(collected_.trace.size(), 650U);
  for (uint64_t k = 0; k < 650; ++k) EXPECT_EQ(collected_.trace[k].due, arrivals.DueTime(k));
  executor_.Post([&] {
    group.Amend(held, from, [&](bool yes) {
      in_time.push_back(yes);
      executor_.Stop();
    });
  });
  executor_.Run();
  EXPECT_EQ(in_time, (std::vector<bool>{true, false}));
}

TEST_F(ThreadedEngineGroupTest, StopsAtOnceAndCanBePreparedAgain) {
  ThreadedEngineGroup group(executor_, {.threads = 1}, ToServer());
  const auto closed = MakePlan(ClosedSpec(3, 60));
  for (int round = 0; round < 2; ++round) {
    collected_ = {};
    ASSERT_TRUE(group.Prepare(closed, {0, {1}}, false).ok());
    executor_.ScheduleAfter(Duration::Millis(100), [&] { group.Stop(StopMode::kNow); });
    StartAndRun(group);
    EXPECT_GT(collected_.totals().completed, 0U);
    EXPECT_LE(collected_.totals().cut, 3U);
  }
}

TEST_F(ThreadedEngineGroupTest, FinishInTheMiddleEndsTheThreadsAndDropsTheirDeltas) {
  ThreadedEngineGroup group(executor_, {.threads = 2}, ToServer());
  ASSERT_TRUE(group.Prepare(MakePlan(ClosedSpec(4, 60)), {0, {1}}, false).ok());
  group.Start(executor_.Now(), [](std::unique_ptr<EngineDelta>) { FAIL(); });
  group.Finish();
  executor_.ScheduleAfter(Duration::Millis(1), [&] { executor_.Stop(); });
  executor_.Run();
  EXPECT_EQ(group.threads(), 0U);
}

TEST_F(ThreadedEngineGroupTest, AnExpiredLeaseStopsTheLoad) {
  ThreadedEngineGroup group(executor_, {.threads = 1}, ToServer());
  ASSERT_TRUE(group.Prepare(plan_, {0, {1}}, false).ok());
  const MonoTime until = executor_.Now() + Duration::Millis(300);
  executor_.Post([&] { group.SetLease(until); });
  executor_.ScheduleAfter(Duration::Millis(600), [&] { group.Stop(StopMode::kNow); });
  StartAndRun(group);
  EXPECT_GT(collected_.totals().completed, 0U);
  EXPECT_LE(collected_.totals().due, 160U);
}

TEST_F(ThreadedEngineGroupTest, NoMoreThreadsThanConnections) {
  PlanSpec spec = OpenSpec(100, 1);
  spec.connections = 3;
  ThreadedEngineGroup group(executor_, {.threads = 8}, ToServer());
  ASSERT_TRUE(group.Prepare(MakePlan(spec), {1, {1, 2}}, false).ok());
  EXPECT_EQ(group.threads(), 2U);
}

TEST_F(ThreadedEngineGroupTest, AShareOfNothingIsRefusedWithAReason) {
  PlanSpec spec = OpenSpec(100, 1);
  spec.connections = 1;
  ThreadedEngineGroup group(executor_, {.threads = 1}, ToServer());
  const Status status = group.Prepare(MakePlan(spec), {1, {1, 1}}, false);
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
}

TEST_F(ThreadedEngineGroupTest, TheTargetIsAnAddressASocketPathOrARule) {
  PlanSpec spec = OpenSpec(1, 1);
  spec.target.host = "127.0.0.1";
  spec.target.port = 8080;
  const Endpoint literal{Endpoint::Family::kIpv4, "127.0.0.1", 8080};
  EXPECT_EQ(ResolveTarget(*MakePlan(spec)).value(), std::vector<Endpoint>{literal});

  spec.target.host = "shop.example";
  spec.resolve = {{"shop.example", 8080, "127.0.0.2"}};
  const Endpoint by_rule{Endpoint::Family::kIpv4, "127.0.0.2", 8080};
  EXPECT_EQ(ResolveTarget(*MakePlan(spec)).value(), std::vector<Endpoint>{by_rule});

  spec.target.kind = Target::Kind::kUnix;
  spec.target.host = "";
  spec.target.socket_path = "/run/app.sock";
  const Endpoint unix_socket{Endpoint::Family::kUnix, "/run/app.sock", 0};
  EXPECT_EQ(ResolveTarget(*MakePlan(spec)).value(), std::vector<Endpoint>{unix_socket});
}

TEST_F(ThreadedEngineGroupTest, AnErrorOfTheResolverIsPassedOn) {
  ThreadedEngineGroup group(
      executor_, {.threads = 1},
      [](const Plan&) -> StatusOr<std::vector<Endpoint>> { return NotFound("nx"); });
  EXPECT_EQ(Message(group.Prepare(plan_, {0, {1}}, false)), "nx");
}

// In a process of its own: a hard limit, once lowered, stays low.
TEST(ThreadedEngineGroupDeathTest, MoreConnectionsThanDescriptorsAreRefusedBeforeTheRun) {
  const auto prepare = [] {
    const rlimit low{256, 256};
    CHECK_EQ(setrlimit(RLIMIT_NOFILE, &low), 0);
    AsioExecutor executor;
    ThreadedEngineGroup group(executor, {.threads = 1});
    const Status status = group.Prepare(MakePlan(OpenSpec(100, 1, 250)), {0, {1}}, false);
    std::cerr << Message(status);
    std::_Exit(status.code() == absl::StatusCode::kFailedPrecondition ? 0 : 1);
  };
  EXPECT_EXIT(prepare(), testing::ExitedWithCode(0), "256 open files.*ulimit -Hn");
}

// The kernel accepts for it; nobody answers.
Endpoint ListenInSilence() {
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  auto* any = reinterpret_cast<sockaddr*>(&address);
  const int fd = socket(AF_INET, SOCK_STREAM, 0);
  CHECK(bind(fd, any, size) == 0 && listen(fd, 100) == 0 && getsockname(fd, any, &size) == 0);
  return {Endpoint::Family::kIpv4, "127.0.0.1", ntohs(address.sin_port)};
}

// What else the process opened after Prepare took the descriptors that were counted on.
TEST(ThreadedEngineGroupDeathTest, RunningOutOfDescriptorsIsCountedAndTheBooksBalance) {
  const auto run = [] {
    PlanSpec spec = ClosedSpec(10, 60);
    spec.iterations = 50;
    spec.requests[0].timeout = Duration::Millis(50);
    const std::vector<Endpoint> target = {ListenInSilence()};
    AsioExecutor executor;
    ThreadedEngineGroup group(executor, {.threads = 1}, [&](const Plan&) { return target; });
    CHECK(group.Prepare(MakePlan(spec), {0, {1}}, false).ok());
    const int next = dup(STDERR_FILENO);  // the lowest that is free
    close(next);
    const rlimit three_more{static_cast<rlim_t>(next) + 3, static_cast<rlim_t>(next) + 3};
    CHECK_EQ(setrlimit(RLIMIT_NOFILE, &three_more), 0);
    Counts totals;
    group.Start(executor.Now(), [&](std::unique_ptr<EngineDelta> delta) {
      for (const auto& [key, cell] : delta->cells) totals.Add(cell.counts);
      if (delta->last) executor.Stop();
    });
    executor.Run();
    const uint64_t refused = totals.errors[static_cast<size_t>(ErrorClass::kLocalDescriptors)];
    const uint64_t timeouts = totals.errors[static_cast<size_t>(ErrorClass::kTimeout)];
    std::cerr << totals.due << " due, " << refused << " refused, " << timeouts << " sent, books "
              << CheckBooks(totals, 0, 0, 0, 0);
    std::_Exit(refused > 0 && timeouts >= 3 && timeouts == totals.failed_after_send ? 0 : 1);
  };
  EXPECT_EXIT(run(), testing::ExitedWithCode(0), "50 due.* books OK");
}

}  // namespace
}  // namespace muster

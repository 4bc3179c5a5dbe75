// A worker that stood still for long hands over more at once than one batch may hold.
#include <gtest/gtest.h>

#include <memory>

#include "common/session/memory_pipe.h"
#include "master/results/merger.h"
#include "master/session/run_session.h"
#include "tests/sim/sim_engine_group.h"
#include "tests/sim/sim_host.h"
#include "tests/sim/sim_http_server.h"
#include "worker/session/worker_session.h"

namespace muster {
namespace {

const Endpoint kTarget{Endpoint::Family::kIpv4, "10.0.0.1", 80};

std::shared_ptr<const Plan> ManyNames() {
  PlanSpec spec;
  spec.name = "many names";
  spec.target.host = kTarget.address;
  spec.target.authority = kTarget.address;
  spec.stages = {Stage{"steady"}};
  spec.requests.resize(Plan::kMaxRequests);
  for (size_t i = 0; i < spec.requests.size(); ++i) {
    spec.requests[i].name = "r" + std::to_string(i);
  }
  OpenLoad load;
  load.segments = {{Rate::PerSecond(2000), Rate::PerSecond(2000), Duration::Seconds(40), 0}};
  spec.load = load;
  return std::make_shared<const Plan>(Plan::Create(spec).value());
}

TEST(Stall, OfHalfAMinuteWithManyNamesLosesNothing) {
  const std::shared_ptr<const Plan> plan = ManyNames();
  SimExecutor base;
  SimHost worker_host(&base, Duration::Seconds(3), 0);
  SimNetwork network(&worker_host);
  SimHttpServer server(&base, {});
  network.Listen(kTarget, &server);
  SimEngineGroup engines(&worker_host, &network, {kTarget}, 2);

  RunMerger merger(plan, 1);
  uint64_t most_cells = 0;
  RunRequest request;
  request.plan = plan;
  request.run_id = "r";
  request.trace = true;
  RunSession master(
      base, "0.1.0", request,
      [&](uint32_t worker, DeltaBatch batch) {
        most_cells = std::max<uint64_t>(most_cells, batch.cells.size());
        return merger.Accept(worker, std::move(batch));
      },
      RunSession::Callbacks{});
  WorkerSessionOptions options;
  options.build = "0.1.0";
  options.name = "w";
  options.lease = Duration::Seconds(60);
  WorkerSession worker(
      worker_host, engines, options,
      [&] {
        MemoryPipes pipes = MakeMemoryPipes(worker_host, base);
        master.AddLink(std::move(pipes.master));
        return std::move(pipes.worker);
      },
      nullptr, nullptr);
  worker.Start();
  base.RunFor(Duration::Seconds(5));
  worker_host.Stall(base.Now() + Duration::Seconds(30));
  ASSERT_TRUE(
      base.RunUntilTrue([&] { return master.finished(); }, base.Now() + Duration::Seconds(120)));
  EXPECT_GT(most_cells, 10'000U);  // a piece of what was more than a batch
  for (const std::string& reason : master.outcome().incomplete) ADD_FAILURE() << reason;
  for (const std::string& error : merger.AuditBooks(true)) ADD_FAILURE() << error;
  EXPECT_EQ(merger.totals().due, plan->total_iterations());
  EXPECT_GT(merger.totals().not_started[static_cast<size_t>(NotStarted::kLate)], 55'000U);
  EXPECT_EQ(merger.SortedTrace().size(), plan->total_iterations());
}

}  // namespace
}  // namespace muster

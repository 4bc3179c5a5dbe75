// `muster run` without --workers: the same sessions over a memory pipe, on one executor.
#include <gtest/gtest.h>

#include <memory>

#include "common/session/memory_pipe.h"
#include "master/session/run_session.h"
#include "tests/sim/sim_engine_group.h"
#include "tests/sim/sim_http_server.h"
#include "tests/support/small_plan.h"
#include "worker/session/worker_session.h"

namespace muster {
namespace {

const Endpoint kTarget{Endpoint::Family::kIpv4, "10.0.0.1", 80};

class EmbeddedTest : public testing::Test {
 protected:
  EmbeddedTest() {
    network_.Listen(kTarget, &server_);
    WorkerSessionOptions options;
    options.build = "0.1.0";
    options.name = "embedded";
    options.lease = Duration::Seconds(1);
    worker_ = std::make_unique<WorkerSession>(
        executor_, engines_, options,
        [this] {
          MemoryPipes pipes = MakeMemoryPipes(executor_, executor_);
          if (master_ != nullptr) master_->AddLink(std::move(pipes.master));
          return std::move(pipes.worker);
        },
        nullptr, nullptr);
  }
  void StartMaster(Duration length) {
    RunRequest request;
    request.plan = std::make_shared<const Plan>(Plan::Create(SmallSpec(100, length)).value());
    request.run_id = "r" + std::to_string(++runs_);
    master_ = std::make_unique<RunSession>(
        executor_, "0.1.0", request,
        [this](uint32_t, DeltaBatch batch) {
          for (const auto& [key, cell] : batch.cells) totals_.Add(cell.counts);
          return absl::OkStatus();
        },
        RunSession::Callbacks{});
  }
  bool RunToTheEnd() {
    return executor_.RunUntilTrue([this] { return master_->finished(); },
                                  executor_.Now() + Duration::Seconds(60));
  }

  SimExecutor executor_;
  SimNetwork network_{&executor_};
  SimHttpServer server_{&executor_, {}};
  SimEngineGroup engines_{&executor_, &network_, {kTarget}, 2};
  int runs_ = 0;
  Counts totals_;
  std::unique_ptr<RunSession> master_;
  std::unique_ptr<WorkerSession> worker_;
};

TEST_F(EmbeddedTest, ARunMuchLongerThanTheLeaseIsComplete) {
  StartMaster(Duration::Seconds(10));
  worker_->Start();
  ASSERT_TRUE(RunToTheEnd());
  EXPECT_TRUE(master_->outcome().incomplete.empty());
  EXPECT_EQ(totals_.completed, 1000U);
  EXPECT_EQ(server_.counts().requests, 1000U);
}

TEST_F(EmbeddedTest, OneWorkerServesMasterAfterMaster) {
  StartMaster(Duration::Seconds(1));
  worker_->Start();
  ASSERT_TRUE(RunToTheEnd());
  executor_.RunFor(Duration::Seconds(1));
  EXPECT_EQ(worker_->run_state(), WorkerSession::RunState::kIdle);
  master_.reset();
  executor_.RunFor(Duration::Seconds(5));
  StartMaster(Duration::Seconds(1));
  ASSERT_TRUE(RunToTheEnd());
  EXPECT_TRUE(master_->outcome().incomplete.empty());
  EXPECT_EQ(totals_.completed, 200U);
}

TEST_F(EmbeddedTest, AMasterThatIsGoneStopsTheLoadWithinTheLease) {
  StartMaster(Duration::Seconds(30));
  worker_->Start();
  executor_.RunFor(Duration::Seconds(3));
  master_.reset();
  executor_.RunFor(Duration::Seconds(1) + Duration::Millis(1));
  const uint64_t requests = server_.counts().requests;
  EXPECT_GT(requests, 300U);
  executor_.RunFor(Duration::Seconds(5));
  EXPECT_EQ(server_.counts().requests, requests);
  EXPECT_EQ(engines_.open_connections(), 0U);
}

}  // namespace
}  // namespace muster

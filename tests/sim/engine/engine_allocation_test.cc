// The hot path's budget: once warmed up, a request allocates nothing.
#include <gtest/gtest.h>

#include <string_view>

#include "tests/support/allocations/allocations.h"
#include "tests/worker/engine/fake_transport.h"
#include "tests/worker/engine/test_plans.h"
#include "worker/engine/engine.h"

namespace muster {
namespace {

constexpr std::string_view kResponse = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

// Answers every request 1 ms after it was sent, without allocating.
class Loop {
 public:
  explicit Loop(PlanSpec spec)
      : engine_(MakePlan(std::move(spec)), EngineShare{{0, {1}}, 0, 1}, {Endpoint()}, now_,
                &transport_, [this](std::unique_ptr<EngineDelta> delta) {
                  completed_ += Completed(*delta);
                  engine_.Recycle(std::move(delta));
                }) {
    transport_.connections.reserve(10'000);
    transport_.sent.reserve(10'000);
    answering_.reserve(10'000);
  }

  void Run(Duration length) {
    for (const MonoTime end = now_ + length; now_ < end; now_ += Duration::Millis(1)) {
      for (; connected_ < transport_.connections.size(); ++connected_) {
        engine_.OnConnected(connected_ + 1, {.established = now_}, now_);
      }
      answering_.swap(transport_.sent);
      for (const FakeTransport::SentBytes& sent : answering_) {
        engine_.OnFirstByteSent(sent.id, now_ - Duration::Millis(1));
        engine_.OnData(sent.id, kResponse, now_);
      }
      answering_.clear();
      engine_.Advance(now_);
    }
  }
  uint64_t completed() const { return completed_; }

 private:
  static uint64_t Completed(const EngineDelta& delta) {
    uint64_t n = 0;
    for (const auto& [key, cell] : delta.cells) n += cell.counts.completed;
    return n;
  }

  MonoTime now_ = MonoTime::FromNanos(1'000'000'000'000);
  FakeTransport transport_;
  std::vector<FakeTransport::SentBytes> answering_;
  size_t connected_ = 0;
  uint64_t completed_ = 0;
  LoadEngine engine_;
};

void ExpectNoAllocations(PlanSpec spec, uint64_t at_least) {
  Loop loop(std::move(spec));
  loop.Run(Duration::Seconds(3));
  const uint64_t completed = loop.completed();
  const uint64_t before = AllocationsOfThisThread();
  loop.Run(Duration::Seconds(2));
  EXPECT_EQ(AllocationsOfThisThread() - before, 0U);
  EXPECT_GE(loop.completed() - completed, at_least);
}

TEST(EngineAllocationTest, ClosedLoadAllocatesNothingAfterWarmUp) {
  ExpectNoAllocations(ClosedSpec(50, 100), 50 * 1900);
}

TEST(EngineAllocationTest, OpenLoadAllocatesNothingAfterWarmUp) {
  ExpectNoAllocations(OpenSpec(20'000, 100), 20 * 1900);
}

TEST(EngineAllocationTest, PoissonArrivalsWithThinConnectionsAllocateNothing) {
  PlanSpec spec = OpenSpec(5000, 100);
  Open(spec).arrivals = ArrivalKind::kPoisson;
  spec.connections = 8;
  ExpectNoAllocations(spec, 5 * 1900);
}

TEST(EngineAllocationTest, TheCountOfAllocationsCounts) {
  const uint64_t before = AllocationsOfThisThread();
  int* volatile memory = new int(1);  // volatile: the compiler may leave out the pair
  delete memory;
  EXPECT_EQ(AllocationsOfThisThread() - before, 1U);
}

}  // namespace
}  // namespace muster

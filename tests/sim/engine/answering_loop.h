// One engine in a loop of whole milliseconds, its deltas recycled at once and every request
// answered 1 ms after it was sent, without an allocation of the loop's own after it has warmed up.
#pragma once

#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/worker/engine/fake_transport.h"
#include "tests/worker/engine/test_plans.h"
#include "worker/engine/engine.h"

namespace muster {

inline constexpr std::string_view kOkResponse = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

class AnsweringLoop {
 public:
  explicit AnsweringLoop(PlanSpec spec)
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
        engine_.OnData(sent.id, kOkResponse, now_);
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

}  // namespace muster

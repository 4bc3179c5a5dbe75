// AsioExecutor: an Executor over one boost::asio::io_context, on the thread that calls Run. The
// clock is CLOCK_MONOTONIC, the same as the engine threads'.
//
// Other adapters of the same thread (signals, sockets) share io_context(). Timers wait behind one
// asio timer, in a TimerQueue, so that their order is the contract's and not Asio's.
//
// Owner: the thread that calls Run; before that, the one that constructs it. Post and Stop may be
// called from any thread. What is still scheduled when it is destroyed is destroyed unrun.
#pragma once

#include <functional>
#include <memory>

#include "common/time/executor.h"

namespace boost::asio {
class io_context;
}

namespace muster {

class AsioExecutor : public Executor {
 public:
  AsioExecutor();
  ~AsioExecutor() override;
  AsioExecutor(const AsioExecutor&) = delete;
  AsioExecutor& operator=(const AsioExecutor&) = delete;

  MonoTime Now() const override;
  TimerId ScheduleAt(MonoTime when, std::function<void()> fn) override;
  void Cancel(TimerId id) override;
  void Post(std::function<void()> fn) override;

  // Runs functions until Stop. May be called again afterwards: what was scheduled goes on.
  void Run();
  // Run returns after the function that runs now. Without effect when Run is not running.
  void Stop();

  boost::asio::io_context& io_context();

 private:
  class Impl;
  const std::unique_ptr<Impl> impl_;
};

}  // namespace muster

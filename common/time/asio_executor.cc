#include "common/time/asio_executor.h"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <utility>

#include "common/time/timer_queue.h"

namespace muster {
namespace {

using SteadyClock = std::chrono::steady_clock;  // CLOCK_MONOTONIC

}  // namespace

class AsioExecutor::Impl {
 public:
  MonoTime Now() const {
    return MonoTime::FromNanos(
        std::chrono::nanoseconds(SteadyClock::now().time_since_epoch()).count());
  }

  // Waits for the first of the queue, unless that is what is waited for already.
  void Arm() {
    const MonoTime next = queue_.NextTime();
    if (next == armed_for_) return;
    armed_for_ = next;
    if (next == MonoTime::Max()) {
      timer_.cancel();
      return;
    }
    timer_.expires_at(SteadyClock::time_point(std::chrono::nanoseconds(next.nanos())));
    timer_.async_wait([this](const boost::system::error_code& error) {
      if (!error) RunDue();
    });
  }

  void RunDue() {
    armed_for_ = MonoTime::Max();
    // Not more than are waiting now: a function that schedules itself for the past must not keep
    // posted functions and signals out.
    size_t left = queue_.size();
    while (left-- > 0 && !queue_.empty() && queue_.NextTime() <= Now() && !io_.stopped()) {
      queue_.PopFirst()();
    }
    Arm();
  }

  boost::asio::io_context io_{1};
  TimerQueue queue_;

 private:
  boost::asio::steady_timer timer_{io_};
  MonoTime armed_for_ = MonoTime::Max();
};

AsioExecutor::AsioExecutor() : impl_(std::make_unique<Impl>()) {}

AsioExecutor::~AsioExecutor() = default;

MonoTime AsioExecutor::Now() const { return impl_->Now(); }

TimerId AsioExecutor::ScheduleAt(MonoTime when, std::function<void()> fn) {
  const TimerId id = impl_->queue_.Add(when, std::move(fn));
  impl_->Arm();
  return id;
}

void AsioExecutor::Cancel(TimerId id) {
  impl_->queue_.Cancel(id);
  impl_->Arm();
}

void AsioExecutor::Post(std::function<void()> fn) { boost::asio::post(impl_->io_, std::move(fn)); }

void AsioExecutor::Run() {
  const auto work = boost::asio::make_work_guard(impl_->io_);
  impl_->io_.restart();
  impl_->io_.run();
}

void AsioExecutor::Stop() { impl_->io_.stop(); }

boost::asio::io_context& AsioExecutor::io_context() { return impl_->io_; }

}  // namespace muster

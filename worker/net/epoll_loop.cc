#include "worker/net/epoll_loop.h"

#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <ctime>
#include <utility>

#include "common/base/check.h"

namespace muster {
namespace {

// How much before a deadline sleeping ends: what an exact sleep may be late, and a little more.
constexpr Duration kSpin = Duration::Micros(60);
// A time-out of the wait itself is for what is nearer than this.
constexpr Duration kNear = Duration::Millis(1);

Duration ThreadCpu() {
  timespec used;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
  return Duration::Nanos(used.tv_sec * 1'000'000'000 + used.tv_nsec);
}

}  // namespace

StatusOr<std::unique_ptr<EpollLoop>> EpollLoop::Create(bool frugal) {
  ASSIGN_OR_RETURN(std::unique_ptr<EpollTransport> transport, EpollTransport::Create());
  const int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (fd < 0) return Unavailable(std::string("eventfd: ") + std::strerror(errno));
  const int timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
  if (timer < 0) {
    close(fd);
    return Unavailable(std::string("timerfd_create: ") + std::strerror(errno));
  }
  std::unique_ptr<EpollLoop> loop(new EpollLoop(fd, timer, frugal, std::move(transport)));
  RETURN_IF_ERROR(loop->transport_->WatchWakeup(fd));
  RETURN_IF_ERROR(loop->transport_->WatchTimer(timer));
  return loop;
}

EpollLoop::EpollLoop(int wakeup_fd, int timer_fd, bool frugal,
                     std::unique_ptr<EpollTransport> transport)
    : wakeup_fd_(wakeup_fd),
      timer_fd_(timer_fd),
      spin_(frugal ? Duration() : kSpin),
      transport_(std::move(transport)) {}

EpollLoop::~EpollLoop() {
  close(wakeup_fd_);
  close(timer_fd_);
}

void EpollLoop::Run(const std::function<MonoTime(MonoTime now)>& advance) {
  // The kernel's leave to end a sleep up to 50 us late, which is all that we spin.
  prctl(PR_SET_TIMERSLACK, 1);
  usage_since_ = MonotonicNow();
  cpu_since_ = ThreadCpu();
  for (;;) {
    const MonoTime start = MonotonicNow();
    // The time given to `advance` is read after what posted functions may have read.
    const MonoTime now = RunPosted() ? MonotonicNow() : start;
    const MonoTime wake = advance(now);
    own_handler_time_ += MonotonicNow() - start;
    if (wake == MonoTime::Max() && finish_.load() && !woken_.load()) return;
    WaitUntil(wake);
  }
}

void EpollLoop::WaitUntil(MonoTime wake) {
  // Events have their turn even when `wake` has always passed.
  for (bool polled = false; !woken_.load(); polled = true) {
    if (wake == MonoTime::Max()) {
      if (transport_->Poll(std::nullopt) > 0) return;
      continue;
    }
    const MonoTime now = MonotonicNow();
    const Duration left = wake - now;
    if (left <= Duration() && polled) return;
    std::optional<Duration> timeout = std::max(left - spin_, Duration());
    if (*timeout > kNear) {
      SetTimer(wake - spin_, now);
      timeout.reset();
    }
    if (transport_->Poll(timeout) > 0) return;
  }
}

void EpollLoop::SetTimer(MonoTime at, MonoTime now) {
  if (timer_at_ > now && timer_at_ <= at) return;
  timer_at_ = at;
  itimerspec spec = {};
  spec.it_value.tv_sec = at.nanos() / 1'000'000'000;
  spec.it_value.tv_nsec = at.nanos() % 1'000'000'000;
  CHECK_EQ(timerfd_settime(timer_fd_, TFD_TIMER_ABSTIME, &spec, nullptr), 0)
      << std::strerror(errno);
}

void EpollLoop::Post(std::function<void()> fn) {
  {
    const MutexLock lock(mutex_);
    posted_.push_back(std::move(fn));
  }
  Wake();
}

void EpollLoop::Finish() {
  finish_.store(true);
  Wake();
}

void EpollLoop::Wake() {
  // One write until the loop has seen it. It can't fail: the counter would need 2^64 of them.
  if (woken_.exchange(true)) return;
  const uint64_t one = 1;
  CHECK_EQ(write(wakeup_fd_, &one, sizeof(one)), static_cast<ssize_t>(sizeof(one)));
}

bool EpollLoop::RunPosted() {
  // Cleared before the functions are taken: one posted from here on wakes the loop again.
  if (!woken_.exchange(false)) return false;
  {
    const MutexLock lock(mutex_);
    running_.swap(posted_);
  }
  for (const std::function<void()>& fn : running_) fn();
  running_.clear();
  return true;
}

LoopUsage EpollLoop::TakeUsage() {
  const MonoTime now = MonotonicNow();
  const Duration cpu = ThreadCpu();
  const Duration handlers = own_handler_time_ + transport_->handler_time();
  LoopUsage usage;
  usage.handlers = handlers - std::exchange(taken_handlers_, handlers);
  usage.span = now - std::exchange(usage_since_, now);
  usage.cpu = cpu - std::exchange(cpu_since_, cpu);
  return usage;
}

}  // namespace muster

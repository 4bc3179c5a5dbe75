// EpollLoop: drives one engine thread. It waits for the transport's events, for the engine's next
// wake-up time and for functions posted by other threads, and decides nothing.
//
//   loop->transport()->SetHandler(&engine);
//   loop->Run([&](MonoTime now) { return engine.Advance(now); });
//
// Precision: it sleeps to 60 us before the wake-up time and spins from there, polling without
// waiting; a sleep alone ends 40 to 70 us late. Spinning is not time in handlers. A frugal loop
// does not spin: it is late by as much, and costs nothing while it waits.
//
// A wake-up time that is far off is left to a timerfd, which is set anew only when the time has
// come or moved before it: events that come meanwhile are waited for without a time-out, because
// setting and clearing a timer at each wait costs more than the wait.
//
// Owner: the thread that calls Run; constructed anywhere before. Post and Finish may be called from
// any thread.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <vector>

#include "common/base/mutex.h"
#include "common/base/status.h"
#include "worker/net/epoll_transport.h"

namespace muster {

// What the loop used since the last TakeUsage, or since Run began.
struct LoopUsage {
  Duration handlers;  // advance, handlers and posted functions
  Duration span;      // wall time
  Duration cpu;       // of this thread, spinning included
};

class EpollLoop {
 public:
  // Fails when this host gives no descriptors.
  static StatusOr<std::unique_ptr<EpollLoop>> Create(bool frugal = false);
  ~EpollLoop();
  EpollLoop(const EpollLoop&) = delete;
  EpollLoop& operator=(const EpollLoop&) = delete;

  EpollTransport* transport() { return transport_.get(); }

  // Calls `advance` with the time, after every batch of events and posted functions and not later
  // than the time that it returned (MonoTime::Max(): only when something happens). Returns when it
  // has returned Max after Finish was called and no posted function is left. To end a loop at once,
  // post what makes advance return Max, then call Finish. Call it once.
  void Run(const std::function<MonoTime(MonoTime now)>& advance);

  // Runs `fn` on the loop's thread, before its next `advance`; functions of one thread in order.
  // Posted after Run has returned: destroyed with the loop, not run. Any thread.
  void Post(std::function<void()> fn) EXCLUDES_LOCK(mutex_);
  // Any thread.
  void Finish();

  // Within Run, on its thread.
  LoopUsage TakeUsage();

 private:
  EpollLoop(int wakeup_fd, int timer_fd, bool frugal, std::unique_ptr<EpollTransport> transport);

  void Wake();
  bool RunPosted() EXCLUDES_LOCK(mutex_);  // true when it was woken up
  void WaitUntil(MonoTime wake);
  // Has the timer end a wait at `at` or before; what has passed by `now` needs no end.
  void SetTimer(MonoTime at, MonoTime now);

  const int wakeup_fd_;
  const int timer_fd_;
  const Duration spin_;  // how much before a deadline sleeping ends
  MonoTime timer_at_;    // what the timer was set to last
  const std::unique_ptr<EpollTransport> transport_;
  Mutex mutex_;
  std::vector<std::function<void()>> posted_ GUARDED_BY(mutex_);
  std::vector<std::function<void()>> running_;
  std::atomic<bool> woken_{
      false};  // something was posted, or Finish called, since it was last cleared
  std::atomic<bool> finish_{false};
  Duration own_handler_time_;
  Duration taken_handlers_;
  MonoTime usage_since_;
  Duration cpu_since_;
};

}  // namespace muster

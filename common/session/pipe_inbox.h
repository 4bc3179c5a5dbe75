// PipeInbox: the receiving half of a pipe end in one process: keeps what arrives until the end is
// opened, then hands it to the handlers in order, the close last and once. For memory_pipe.cc and
// tests/sim.
//
// Owner: the end's executor; every function is called on it. Shared by the end and by functions on
// their way to the executor, so that it outlives an end that is destroyed inside its own handler.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <utility>

#include "common/base/check.h"
#include "common/base/status.h"
#include "common/time/executor.h"

namespace muster {

template <typename In>
class PipeInbox {
 public:
  explicit PipeInbox(Executor& executor) : executor_(executor) {}

  Executor& executor() { return executor_; }

  // No handler is called inside; `self` keeps this alive until what waited is handed over.
  void Open(std::shared_ptr<PipeInbox> self, std::function<void(In)> on_message,
            std::function<void(Status)> on_closed) {
    CHECK(!open_) << "a pipe is opened once";
    open_ = true;
    on_message_ = std::move(on_message);
    on_closed_ = std::move(on_closed);
    executor_.Post([self = std::move(self)] { self->Drain(); });
  }
  void Arrive(In message) {
    if (closed_ || why_ended_) return;
    waiting_.push_back(std::move(message));
    Drain();
  }
  // Nothing more arrives.
  void EndWith(Status why) {
    if (!why_ended_) why_ended_ = std::move(why);
    Drain();
  }
  // No handler is called from now on.
  void Close() {
    closed_ = true;
    waiting_.clear();
  }

 private:
  void Drain() {
    if (!open_) return;
    while (!closed_ && !waiting_.empty()) {
      In message = std::move(waiting_.front());
      waiting_.pop_front();
      on_message_(std::move(message));
    }
    if (closed_ || !why_ended_) return;
    closed_ = true;
    on_closed_(*why_ended_);
  }

  Executor& executor_;
  std::function<void(In)> on_message_;
  std::function<void(Status)> on_closed_;
  std::deque<In> waiting_;
  std::optional<Status> why_ended_;
  bool open_ = false;
  bool closed_ = false;  // closed here, or the close was told
};

}  // namespace muster

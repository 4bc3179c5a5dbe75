// GrpcStreamCore: the part of a gRPC stream that outlives whichever of its two sides goes first,
// the pipe or the reactor. It queues what is written, counts what is unread, and posts what arrives
// to the owner's executor; it decides nothing about load testing. `OutProto` is what this end
// writes, `In` what it hands over.
//
// Threads: the reactor's part is called on gRPC's threads, the pipe's part on the executor, which
// must outlive the stream; what both touch is under one mutex. gRPC never calls a reactor inside
// the call that starts an operation, so starting one under the mutex is safe. One write is in
// flight at a time (a second would abort the process), and nothing is started once the reactor may
// be gone.
//
// Limits: kMaxQueuedBytes of messages not yet written, beyond which the stream is cancelled, so
// that a peer that has stopped reading cannot fill our memory. At kMaxUnreadBytes of messages that
// the owner has not yet taken nothing more is read, until it takes them: the peer waits. After
// Close() what was sent before is still written, for kCloseLimit.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <utility>

#include "common/base/check.h"
#include "common/base/mutex.h"
#include "common/base/status.h"
#include "common/time/executor.h"

namespace muster {

template <typename OutProto, typename In>
class GrpcStreamCore : public std::enable_shared_from_this<GrpcStreamCore<OutProto, In>> {
 public:
  static constexpr size_t kMaxQueuedBytes = 128 << 20;
  static constexpr size_t kMaxUnreadBytes = 16 << 20;
  static constexpr size_t kOverheadBytes = 256;  // of a message in a queue, beside its encoding
  static constexpr Duration kCloseLimit = Duration::Seconds(5);

  explicit GrpcStreamCore(Executor& executor) : executor_(executor) {}

  // What the reactor offers while its stream is alive.
  struct Stream {
    std::function<void()> start_read;
    std::function<void(const OutProto*)> start_write;
    std::function<void()> finish;  // after the last write: half-close (client) or finish (server)
    std::function<void()> cancel;
    bool nothing_after_finish = false;  // the server's end, where it also ends the reads
  };

  // --- from the reactor, any gRPC thread

  // Before anything else; starts the first read.
  void Attach(Stream stream) EXCLUDES_LOCK(mutex_) {
    MutexLock lock(mutex_);
    stream_ = std::move(stream);
    ReadNext();
  }
  // A message was read, of so many bytes; goes on to the next.
  void Deliver(In message, size_t bytes) EXCLUDES_LOCK(mutex_) {
    const size_t cost = bytes + kOverheadBytes;
    {
      MutexLock lock(mutex_);
      unread_bytes_ += cost;
    }
    // Posted before the next read starts, which may end on another thread.
    executor_.Post([core = this->shared_from_this(), message = std::move(message), cost]() mutable {
      core->Arrived({std::move(message), cost});
    });
    MutexLock lock(mutex_);
    ReadNext();
  }
  void OnWriteDone(bool ok) EXCLUDES_LOCK(mutex_) {
    MutexLock lock(mutex_);
    writing_ = false;
    queued_bytes_ -= queue_.front().cost;
    queue_.pop_front();
    if (!ok) DropQueue();
    WriteNext();
  }
  // Nothing more will be read: what is queued is dropped, and the stream finished once the write in
  // flight is over. `detach`: start no further operation at all (the client's reactor is about to
  // go).
  void OnReadsEnded(bool detach) EXCLUDES_LOCK(mutex_) {
    MutexLock lock(mutex_);
    finishing_ = true;
    DropQueue();
    if (detach) stream_ = Stream();
    WriteNext();
  }
  // The stream was cancelled by somebody: a reader that had paused reads on, to its end.
  void OnCancelled() EXCLUDES_LOCK(mutex_) {
    MutexLock lock(mutex_);
    cancelled_ = true;
    if (paused_) ReadNext();
  }
  // The reactor is going, and calls nothing more.
  void OnStreamDone(Status why) EXCLUDES_LOCK(mutex_) {
    {
      MutexLock lock(mutex_);
      done_ = true;
      stream_ = Stream();
      DropQueue();
    }
    executor_.Post([core = this->shared_from_this(), why = std::move(why)]() mutable {
      core->Ended(std::move(why));
    });
  }

  // --- any thread

  // Ends the stream soon, whatever is queued.
  void Cancel() EXCLUDES_LOCK(mutex_) {
    MutexLock lock(mutex_);
    CancelStream();
  }
  bool closing() EXCLUDES_LOCK(mutex_) {
    MutexLock lock(mutex_);
    return finishing_;
  }

  // --- from the pipe, on the executor

  void Open(std::function<void(In)> on_message, std::function<void(Status)> on_closed) {
    CHECK(!opened_) << "a pipe is opened once";
    opened_ = true;
    if (closed_) return;
    on_message_ = std::move(on_message);
    on_closed_ = std::move(on_closed);
    executor_.Post([core = this->shared_from_this()] { core->Flush(); });
  }
  void Write(OutProto message) EXCLUDES_LOCK(mutex_) {
    const size_t cost = message.ByteSizeLong() + kOverheadBytes;
    MutexLock lock(mutex_);
    if (finishing_ || cancelled_ || done_) return;
    queued_bytes_ += cost;
    queue_.push_back({std::move(message), cost});
    if (queued_bytes_ > kMaxQueuedBytes) CancelStream();
    WriteNext();
  }
  // No handler is called from now on. Harmless when repeated.
  void Close() EXCLUDES_LOCK(mutex_) {
    if (closed_) return;
    closed_ = true;
    on_message_ = nullptr;
    on_closed_ = nullptr;
    size_t dropped = 0;
    for (const Arrival& arrival : inbox_) dropped += arrival.cost;
    inbox_.clear();
    if (Finish(dropped)) return;
    close_timer_ =
        executor_.ScheduleAfter(kCloseLimit, [core = this->shared_from_this()] { core->Cancel(); });
  }

 private:
  struct Arrival {
    In message;
    size_t cost;
  };
  struct Queued {
    OutProto message;
    size_t cost;
  };

  // True when the stream is over already.
  bool Finish(size_t dropped_bytes) EXCLUDES_LOCK(mutex_) {
    MutexLock lock(mutex_);
    finishing_ = true;
    WriteNext();
    Taken(dropped_bytes);
    return done_;
  }
  void CancelStream() REQUIRES_LOCK(mutex_) {
    cancelled_ = true;
    DropQueue();
    if (stream_.cancel) stream_.cancel();
    if (paused_) ReadNext();
  }
  // All but the message that is being written.
  void DropQueue() REQUIRES_LOCK(mutex_) {
    while (queue_.size() > (writing_ ? 1U : 0U)) {
      queued_bytes_ -= queue_.back().cost;
      queue_.pop_back();
    }
  }
  void WriteNext() REQUIRES_LOCK(mutex_) {
    if (writing_) return;
    if (!queue_.empty()) {
      if (!stream_.start_write) return;
      writing_ = true;
      stream_.start_write(&queue_.front().message);
    } else if (finishing_ && stream_.finish) {
      const auto finish = std::exchange(stream_.finish, nullptr);
      if (stream_.nothing_after_finish) stream_.start_read = nullptr;
      finish();
    }
  }
  // No read is in flight.
  void ReadNext() REQUIRES_LOCK(mutex_) {
    paused_ = unread_bytes_ >= kMaxUnreadBytes && !cancelled_;
    if (!paused_ && stream_.start_read) stream_.start_read();
  }
  void Taken(size_t bytes) REQUIRES_LOCK(mutex_) {
    unread_bytes_ -= bytes;
    if (paused_) ReadNext();
  }
  void Take(size_t bytes) EXCLUDES_LOCK(mutex_) {
    MutexLock lock(mutex_);
    Taken(bytes);
  }

  void Arrived(Arrival arrival) {
    if (closed_) return Take(arrival.cost);
    inbox_.push_back(std::move(arrival));
    Flush();
  }
  void Ended(Status why) {
    executor_.Cancel(close_timer_);
    if (closed_) return;
    ended_ = true;
    why_ = std::move(why);
    Flush();
  }
  // Hands over what has arrived, in order, then the end.
  void Flush() {
    while (on_message_ && !inbox_.empty()) {
      Arrival arrival = std::move(inbox_.front());
      inbox_.pop_front();
      Take(arrival.cost);
      const auto handler = on_message_;  // the handler may close this pipe
      handler(std::move(arrival.message));
    }
    if (ended_ && inbox_.empty() && on_closed_) {
      closed_ = true;
      on_message_ = nullptr;
      std::exchange(on_closed_, nullptr)(why_);
    }
  }

  Executor& executor_;

  // Executor only.
  std::function<void(In)> on_message_;
  std::function<void(Status)> on_closed_;
  std::deque<Arrival> inbox_;
  bool opened_ = false;
  bool closed_ = false;  // closed here, or the close was told
  bool ended_ = false;
  Status why_;
  TimerId close_timer_ = 0;

  Mutex mutex_;
  Stream stream_ GUARDED_BY(mutex_);
  std::deque<Queued> queue_ GUARDED_BY(mutex_);
  size_t queued_bytes_ GUARDED_BY(mutex_) = 0;
  size_t unread_bytes_ GUARDED_BY(mutex_) = 0;
  bool writing_ GUARDED_BY(mutex_) = false;
  bool paused_ GUARDED_BY(mutex_) = false;  // no read is in flight
  bool finishing_ GUARDED_BY(mutex_) = false;
  bool cancelled_ GUARDED_BY(mutex_) = false;
  bool done_ GUARDED_BY(mutex_) = false;
};

}  // namespace muster

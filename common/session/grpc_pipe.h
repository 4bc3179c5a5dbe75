// GrpcPipe: a Pipe over one bidirectional gRPC stream, for either end. It translates, posts and
// queues, and decides nothing about load testing.
//
// Threads: gRPC calls the reactor on threads of its own; handlers run on the owner's executor. The
// outgoing queue is shared under a mutex; one write is in flight at a time (a second StartWrite
// before OnWriteDone would abort the process). Limit: kMaxQueuedBytes of messages not yet written,
// beyond which the stream is cancelled, so that a peer that has stopped reading cannot fill our
// memory.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "common/base/mutex.h"
#include "common/session/pipe.h"
#include "common/time/executor.h"

namespace muster {

// The part of a stream that outlives whichever of its two sides goes first, the pipe or the
// reactor. `OutProto` is what this end writes.
template <typename OutProto, typename In>
class GrpcStreamCore {
 public:
  static constexpr size_t kMaxQueuedBytes = 128 << 20;

  explicit GrpcStreamCore(Executor& executor) : executor_(executor) {}

  // What the reactor offers while its stream is alive; all null after OnStreamDone.
  struct Stream {
    std::function<void(const OutProto*)> start_write;
    std::function<void()> finish;  // after the last write: half-close (client) or finish (server)
    std::function<void()> cancel;
  };

  // --- from the reactor, any gRPC thread
  void Attach(Stream stream) EXCLUDES_LOCK(mutex_) {
    MutexLock lock(mutex_);
    stream_ = std::move(stream);
    WriteNext();
  }
  void OnWriteDone(bool ok) EXCLUDES_LOCK(mutex_) {
    MutexLock lock(mutex_);
    writing_ = false;
    queued_bytes_ -= queue_.front().ByteSizeLong();
    queue_.pop_front();
    if (!ok) DropQueue();
    WriteNext();
  }
  // Nothing more will be read: what is queued is dropped, and the stream finished once the write in
  // flight is over. `detach`: offer no further calls at all (the client's reactor is about to go).
  void OnReadsEnded(bool detach) EXCLUDES_LOCK(mutex_) {
    MutexLock lock(mutex_);
    finishing_ = true;
    DropQueue();
    if (detach) stream_ = Stream();
    WriteNext();
  }
  static void Deliver(const std::shared_ptr<GrpcStreamCore>& core, In message) {
    core->executor_.Post(
        [core, message = std::move(message)]() mutable { core->Arrived(std::move(message)); });
  }
  static void OnStreamDone(const std::shared_ptr<GrpcStreamCore>& core, Status why) {
    {
      MutexLock lock(core->mutex_);
      core->stream_ = Stream();
    }
    core->executor_.Post([core, why = std::move(why)] { core->Ended(why); });
  }

  // --- from the pipe, on the executor
  void Open(std::function<void(In)> on_message, std::function<void(Status)> on_closed) {
    on_message_ = std::move(on_message);
    on_closed_ = std::move(on_closed);
    executor_.Post([core = this->self()] { core->Flush(); });
  }
  void Write(OutProto message) EXCLUDES_LOCK(mutex_) {
    MutexLock lock(mutex_);
    if (finishing_) return;
    queued_bytes_ += message.ByteSizeLong();
    queue_.push_back(std::move(message));
    if (queued_bytes_ > kMaxQueuedBytes && stream_.cancel) stream_.cancel();
    WriteNext();
  }
  void Close() EXCLUDES_LOCK(mutex_) {
    closed_ = true;
    on_message_ = nullptr;
    on_closed_ = nullptr;
    MutexLock lock(mutex_);
    finishing_ = true;
    WriteNext();
  }
  void set_self(std::weak_ptr<GrpcStreamCore> self) { self_ = std::move(self); }

 private:
  std::shared_ptr<GrpcStreamCore> self() { return self_.lock(); }

  // All but the message that is being written.
  void DropQueue() REQUIRES_LOCK(mutex_) {
    while (queue_.size() > (writing_ ? 1U : 0U)) {
      queued_bytes_ -= queue_.back().ByteSizeLong();
      queue_.pop_back();
    }
  }
  void WriteNext() REQUIRES_LOCK(mutex_) {
    if (writing_ || !stream_.start_write) return;
    if (!queue_.empty()) {
      writing_ = true;
      stream_.start_write(&queue_.front());
    } else if (finishing_ && stream_.finish) {
      std::exchange(stream_.finish, nullptr)();
    }
  }
  void Arrived(In message) {
    if (closed_) return;
    inbox_.push_back(std::move(message));
    Flush();
  }
  void Ended(Status why) {
    if (closed_) return;
    ended_ = true;
    why_ = std::move(why);
    Flush();
  }
  // Hands over what came before Open, in order, then the end.
  void Flush() {
    while (on_message_ && !inbox_.empty()) {
      In message = std::move(inbox_.front());
      inbox_.pop_front();
      auto handler = on_message_;  // the handler may close this pipe
      handler(std::move(message));
    }
    if (ended_ && inbox_.empty() && on_closed_) {
      closed_ = true;
      on_message_ = nullptr;
      std::exchange(on_closed_, nullptr)(why_);
    }
  }

  Executor& executor_;
  std::weak_ptr<GrpcStreamCore> self_;

  // Executor only.
  std::function<void(In)> on_message_;
  std::function<void(Status)> on_closed_;
  std::deque<In> inbox_;
  bool closed_ = false;
  bool ended_ = false;
  Status why_;

  Mutex mutex_;
  Stream stream_ GUARDED_BY(mutex_);
  std::deque<OutProto> queue_ GUARDED_BY(mutex_);
  size_t queued_bytes_ GUARDED_BY(mutex_) = 0;
  bool writing_ GUARDED_BY(mutex_) = false;
  bool finishing_ GUARDED_BY(mutex_) = false;
};

// The owner's end. `Encode` turns a value into its message.
template <typename Out, typename In, typename OutProto>
class GrpcPipe : public Pipe<Out, In> {
 public:
  using Core = GrpcStreamCore<OutProto, In>;
  GrpcPipe(std::shared_ptr<Core> core, std::function<OutProto(const Out&)> encode, std::string peer)
      : core_(std::move(core)), encode_(std::move(encode)), peer_(std::move(peer)) {}
  ~GrpcPipe() override { core_->Close(); }

  void Open(typename Pipe<Out, In>::Handlers handlers) override {
    core_->Open(std::move(handlers.on_message), std::move(handlers.on_closed));
  }
  void Send(Out message) override { core_->Write(encode_(message)); }
  void Close() override { core_->Close(); }
  std::string Peer() const override { return peer_; }

 private:
  std::shared_ptr<Core> core_;
  std::function<OutProto(const Out&)> encode_;
  std::string peer_;
};

template <typename OutProto, typename In>
std::shared_ptr<GrpcStreamCore<OutProto, In>> MakeGrpcStreamCore(Executor& executor) {
  auto core = std::make_shared<GrpcStreamCore<OutProto, In>>(executor);
  core->set_self(core);
  return core;
}

}  // namespace muster

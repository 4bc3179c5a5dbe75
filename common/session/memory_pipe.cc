#include "common/session/memory_pipe.h"

#include <deque>
#include <utility>

#include "common/base/check.h"

namespace muster {
namespace {

// What one end receives. Shared by the end itself and by functions on their way to its executor;
// all members but `executor` are touched on that executor alone.
template <typename In>
struct Inbox {
  explicit Inbox(Executor& e) : executor(e) {}

  Executor& executor;
  std::function<void(In)> on_message;
  std::function<void(Status)> on_closed;
  std::deque<In> waiting;
  bool open = false;
  bool peer_closed = false;
  bool closed = false;  // this end closed, or was told of the close: no handler is called any more

  void Drain() {
    if (!open) return;
    while (!closed && !waiting.empty()) {
      In message = std::move(waiting.front());
      waiting.pop_front();
      on_message(std::move(message));
    }
    if (closed || !peer_closed) return;
    closed = true;
    on_closed(Unavailable("the other end closed the pipe"));
  }
};

template <typename Out, typename In>
class MemoryPipe : public Pipe<Out, In> {
 public:
  MemoryPipe(std::shared_ptr<Inbox<In>> inbox, std::shared_ptr<Inbox<Out>> peer)
      : inbox_(std::move(inbox)), peer_(std::move(peer)) {}
  ~MemoryPipe() override { Close(); }

  void Open(typename Pipe<Out, In>::Handlers handlers) override {
    CHECK(!inbox_->on_message) << "a pipe is opened once";
    inbox_->on_message = std::move(handlers.on_message);
    inbox_->on_closed = std::move(handlers.on_closed);
    inbox_->open = true;
    inbox_->executor.Post([inbox = inbox_] { inbox->Drain(); });
  }

  void Send(Out message) override {
    if (inbox_->closed) return;
    peer_->executor.Post([peer = peer_, message = std::move(message)]() mutable {
      if (peer->closed) return;
      peer->waiting.push_back(std::move(message));
      peer->Drain();
    });
  }

  void Close() override {
    if (told_) return;
    told_ = true;
    inbox_->closed = true;
    peer_->executor.Post([peer = peer_] {
      peer->peer_closed = true;
      peer->Drain();
    });
  }

  std::string Peer() const override { return "embedded"; }

 private:
  std::shared_ptr<Inbox<In>> inbox_;
  std::shared_ptr<Inbox<Out>> peer_;
  bool told_ = false;  // the peer was told that this end closed
};

}  // namespace

MemoryPipes MakeMemoryPipes(Executor& worker, Executor& master) {
  auto to_worker = std::make_shared<Inbox<MasterMessage>>(worker);
  auto to_master = std::make_shared<Inbox<WorkerMessage>>(master);
  return {std::make_unique<MemoryPipe<WorkerMessage, MasterMessage>>(to_worker, to_master),
          std::make_unique<MemoryPipe<MasterMessage, WorkerMessage>>(to_master, to_worker)};
}

}  // namespace muster

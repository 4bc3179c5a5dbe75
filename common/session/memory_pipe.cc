#include "common/session/memory_pipe.h"

#include <utility>

#include "common/session/pipe_inbox.h"

namespace muster {
namespace {

template <typename Out, typename In>
class MemoryPipe : public Pipe<Out, In> {
 public:
  MemoryPipe(std::shared_ptr<PipeInbox<In>> inbox, std::shared_ptr<PipeInbox<Out>> peer)
      : inbox_(std::move(inbox)), peer_(std::move(peer)) {}
  ~MemoryPipe() override { Close(); }

  void Open(typename Pipe<Out, In>::Handlers handlers) override {
    inbox_->Open(inbox_, std::move(handlers.on_message), std::move(handlers.on_closed));
  }

  void Send(Out message) override {
    if (told_) return;
    peer_->executor().Post([peer = peer_, message = std::move(message)]() mutable {
      peer->Arrive(std::move(message));
    });
  }

  void Close() override {
    if (told_) return;
    told_ = true;
    inbox_->Close();
    peer_->executor().Post(
        [peer = peer_] { peer->EndWith(Unavailable("the other end closed the pipe")); });
  }

  std::string Peer() const override { return "embedded"; }

 private:
  std::shared_ptr<PipeInbox<In>> inbox_;
  std::shared_ptr<PipeInbox<Out>> peer_;
  bool told_ = false;  // the peer was told that this end closed
};

}  // namespace

MemoryPipes MakeMemoryPipes(Executor& worker, Executor& master) {
  auto to_worker = std::make_shared<PipeInbox<MasterMessage>>(worker);
  auto to_master = std::make_shared<PipeInbox<WorkerMessage>>(master);
  return {std::make_unique<MemoryPipe<WorkerMessage, MasterMessage>>(to_worker, to_master),
          std::make_unique<MemoryPipe<MasterMessage, WorkerMessage>>(to_master, to_worker)};
}

}  // namespace muster

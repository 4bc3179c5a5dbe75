#include "tests/sim/sim_link.h"

#include <algorithm>
#include <utility>

#include "common/base/random.h"
#include "common/session/pipe_inbox.h"

namespace muster {
namespace {

// One direction's receiving end and its order.
template <typename Message>
struct Way {
  explicit Way(Executor& receiver) : inbox(std::make_shared<PipeInbox<Message>>(receiver)) {}
  std::shared_ptr<PipeInbox<Message>> inbox;
  std::function<bool(Message*)> tap;
  MonoTime last_arrival;
};

}  // namespace

class SimLinkState : public std::enable_shared_from_this<SimLinkState> {
 public:
  SimLinkState(SimExecutor* b, Executor* worker, Executor* master, SimLinkOptions o)
      : base(b), options(o), to_worker(*worker), to_master(*master) {}

  template <typename Message>
  void Send(Way<Message>* way, Message message) {
    if (way->tap && !way->tap(&message)) return;
    way->last_arrival = std::max({way->last_arrival, base->Now() + Delay(), healed_at});
    ++on_the_way;
    base->ScheduleAt(way->last_arrival, [self = shared_from_this(), way,
                                         message = std::move(message)]() mutable {
      --self->on_the_way;
      if (self->broken) {
        ++self->lost;
        return;
      }
      way->inbox->executor().Post([inbox = way->inbox, message = std::move(message)]() mutable {
        inbox->Arrive(std::move(message));
      });
    });
  }

  void Break(const char* why) {
    if (broken) return;
    broken = true;
    const MonoTime told = std::max(base->Now() + Delay(), healed_at);
    Tell(&to_worker, told, why);
    Tell(&to_master, told, why);
  }

  // An end closed in order: what it sent before still arrives, then the other end is told.
  template <typename Message>
  void CloseTowards(Way<Message>* way) {
    if (broken) return;
    const MonoTime told = std::max({way->last_arrival, base->Now() + options.delay, healed_at});
    Tell(way, told, "closed by the other end");
  }

  template <typename Message>
  void Tell(Way<Message>* way, MonoTime when, const char* why) {
    base->ScheduleAt(when, [inbox = way->inbox, why] {
      inbox->executor().Post([inbox, why] { inbox->EndWith(Unavailable(why)); });
    });
  }

  Duration Delay() {
    const uint64_t bits = MixBits(options.seed ^ MixBits(++delays));
    const auto jitter = static_cast<uint64_t>(options.jitter.nanos()) + 1;
    return options.delay + Duration::Nanos(static_cast<int64_t>(RandomBelow(jitter, bits)));
  }

  SimExecutor* const base;
  const SimLinkOptions options;
  Way<MasterMessage> to_worker;
  Way<WorkerMessage> to_master;
  MonoTime healed_at;
  bool broken = false;
  uint64_t delays = 0;
  uint64_t on_the_way = 0;
  uint64_t lost = 0;
};

namespace {

template <typename Out, typename In>
class SimLinkEnd : public Pipe<Out, In> {
 public:
  SimLinkEnd(std::shared_ptr<SimLinkState> state, Way<Out>* out, Way<In>* in, std::string peer)
      : state_(std::move(state)), out_(out), in_(in), peer_(std::move(peer)) {}
  ~SimLinkEnd() override { Close(); }

  void Open(typename Pipe<Out, In>::Handlers handlers) override {
    in_->inbox->Open(in_->inbox, std::move(handlers.on_message), std::move(handlers.on_closed));
  }
  void Send(Out message) override {
    if (!closed_) state_->Send(out_, std::move(message));
  }
  void Close() override {
    if (closed_) return;
    closed_ = true;
    in_->inbox->Close();
    state_->CloseTowards(out_);
  }
  std::string Peer() const override { return peer_; }

 private:
  const std::shared_ptr<SimLinkState> state_;
  Way<Out>* const out_;
  Way<In>* const in_;
  const std::string peer_;
  bool closed_ = false;
};

}  // namespace

SimLink::SimLink(SimExecutor* base, Executor* worker, Executor* master, SimLinkOptions options)
    : state_(std::make_shared<SimLinkState>(base, worker, master, options)),
      worker_end_(std::make_unique<SimLinkEnd<WorkerMessage, MasterMessage>>(
          state_, &state_->to_master, &state_->to_worker, "master")),
      master_end_(std::make_unique<SimLinkEnd<MasterMessage, WorkerMessage>>(
          state_, &state_->to_worker, &state_->to_master, "worker")) {}

void SimLink::Break() { state_->Break("link broken"); }
void SimLink::Partition(MonoTime until) { state_->healed_at = std::max(state_->healed_at, until); }
bool SimLink::broken() const { return state_->broken; }
uint64_t SimLink::lost() const { return state_->lost; }
void SimLink::SetToMasterTap(std::function<bool(WorkerMessage*)> tap) {
  state_->to_master.tap = std::move(tap);
}
void SimLink::SetToWorkerTap(std::function<bool(MasterMessage*)> tap) {
  state_->to_worker.tap = std::move(tap);
}
void SimLink::ForgeToWorker(MasterMessage message) {
  auto inbox = state_->to_worker.inbox;
  inbox->executor().Post(
      [inbox, message = std::move(message)]() mutable { inbox->Arrive(std::move(message)); });
}
void SimLink::ForgeToMaster(WorkerMessage message) {
  auto inbox = state_->to_master.inbox;
  inbox->executor().Post(
      [inbox, message = std::move(message)]() mutable { inbox->Arrive(std::move(message)); });
}

}  // namespace muster

#include "common/session/grpc_client.h"

#include <grpc/support/log.h>
#include <grpcpp/grpcpp.h>
#include <spdlog/spdlog.h>

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <set>
#include <string_view>
#include <utility>
#include <vector>

#include "common/session/grpc_pipe.h"
#include "common/wire/session_codec.h"
#include "muster/v1/session.grpc.pb.h"

namespace muster {
namespace {

using Core = GrpcStreamCore<v1::WorkerToMaster, MasterMessage>;
constexpr int kMaxMessageBytes = static_cast<int>(kMaxSessionMessageBytes);

v1::WorkerToMaster Encode(const WorkerMessage& message) {
  v1::WorkerToMaster out;
  ToProto(message, &out);
  return out;
}

// How long a closed pipe may go on delivering what was sent when the connector goes.
constexpr auto kFlushLimit = std::chrono::seconds(1);

// One call and the channel it alone uses.
struct Call {
  Call(std::shared_ptr<grpc::Channel> used, std::shared_ptr<Core> its_core)
      : channel(std::move(used)), stub(v1::Session::NewStub(channel)), core(std::move(its_core)) {}
  void Cancel() {
    context.TryCancel();
    core->OnCancelled();
  }
  std::shared_ptr<grpc::Channel> channel;
  std::unique_ptr<v1::Session::Stub> stub;
  std::shared_ptr<Core> core;
  grpc::ClientContext context;
};

// The calls that are alive, so that the connector can end and await them, and those that ended.
// gRPC's callback threads live as long as any channel and are joined when the last one goes: no
// channel may go in one of their own callbacks, so the ended ones wait for the owner's thread.
struct Calls {
  std::set<std::shared_ptr<Call>> Live() {
    const std::lock_guard lock(mutex);
    return live;
  }
  std::mutex mutex;
  std::condition_variable changed;
  std::set<std::shared_ptr<Call>> live;
  std::vector<std::shared_ptr<Call>> ended;
};

// gRPC says "Socket closed" or "failed to connect" for a missing certificate, another CA's, plain
// text against TLS and a wrong address alike, so the message names all of them.
Status ExplainEnd(const grpc::Status& status, const std::string& address, bool tls, bool spoke) {
  if (status.ok()) return Unavailable("the master closed the connection");
  if (spoke) return Unavailable("connection to the master lost: " + status.error_message());
  const std::string causes =
      tls ? "is a master listening there, does it use TLS, and do both sides trust each other's CA "
            "(--tls-ca), with the certificate's name equal to the address or --tls-server-name?"
          : "is a master listening there, and does it want TLS (--tls-ca, --tls-cert, --tls-key)?";
  return Unavailable("cannot reach a master at " + address + ": " + status.error_message() + "; " +
                     causes);
}

// One stream to the master. Deletes itself in OnDone; the core outlives it.
class ClientStream : public grpc::ClientBidiReactor<v1::WorkerToMaster, v1::MasterToWorker> {
 public:
  ClientStream(std::shared_ptr<Call> call, std::string address, bool tls,
               std::shared_ptr<Calls> calls)
      : core_(call->core),
        call_(std::move(call)),
        address_(std::move(address)),
        tls_(tls),
        calls_(std::move(calls)) {
    {
      const std::lock_guard lock(calls_->mutex);
      calls_->live.insert(call_);
    }
    call_->stub->async()->Run(&call_->context, this);
    // Reads and writes also start on the executor's thread, outside this object's reactions: the
    // hold keeps it until its reads have ended.
    AddHold();
    core_->Attach({.start_read = [this] { StartRead(&incoming_); },
                   .start_write = [this](const v1::WorkerToMaster* m) { StartWrite(m); },
                   .finish = [this] { StartWritesDone(); },
                   .cancel = [this] { call_->context.TryCancel(); },
                   .nothing_after_finish = false});
    StartCall();
  }

  void OnReadDone(bool ok) override {
    if (!ok) return EndReads();
    spoke_ = true;
    StatusOr<MasterMessage> message = FromProto(incoming_);
    if (!message.ok()) {
      refused_ = Message(message.status());
      call_->context.TryCancel();
      return EndReads();
    }
    core_->Deliver(*std::move(message), incoming_.ByteSizeLong());
  }
  void OnWriteDone(bool ok) override { core_->OnWriteDone(ok); }
  void OnDone(const grpc::Status& status) override {
    core_->OnStreamDone(refused_.empty()
                            ? ExplainEnd(status, address_, tls_, spoke_)
                            : DataLoss("the master sent what is no message: " + refused_));
    const std::shared_ptr<Calls> calls = calls_;
    {
      const std::lock_guard lock(calls->mutex);
      calls->ended.push_back(call_);
      calls->live.erase(call_);
      delete this;  // before the connector may go on
    }
    calls->changed.notify_all();
  }

 private:
  void EndReads() {
    core_->OnReadsEnded(/*detach=*/true);
    RemoveHold();
  }

  const std::shared_ptr<Core> core_;
  const std::shared_ptr<Call> call_;
  const std::string address_;
  const bool tls_;
  const std::shared_ptr<Calls> calls_;
  bool spoke_ = false;
  std::string refused_;  // why a message was
  v1::MasterToWorker incoming_;
};

}  // namespace

class GrpcConnector::Impl {
 public:
  Impl(std::string address, const ControlSecurity& security,
       std::shared_ptr<grpc::ChannelCredentials> credentials, Executor& executor)
      : address_(std::move(address)),
        security_(security),
        credentials_(std::move(credentials)),
        executor_(executor) {}

  ~Impl() {
    // Cancelled without the lock: OnDone takes it.
    for (const auto& call : calls_->Live()) {
      if (!call->core->closing()) call->Cancel();
    }
    if (!AwaitEnds(kFlushLimit)) {
      for (const auto& call : calls_->Live()) call->Cancel();
      while (!AwaitEnds(kFlushLimit)) continue;
    }
    Bury();
  }

  std::unique_ptr<WorkerPipe> Connect() {
    grpc::ChannelArguments arguments;
    arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
    arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    arguments.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, 2000);
    arguments.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, 2000);
    arguments.SetInt(GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA, 0);
    arguments.SetMaxReceiveMessageSize(kMaxMessageBytes);
    if (!security_.tls_server_name.empty()) {
      arguments.SetSslTargetNameOverride(security_.tls_server_name);
    }
    Bury();
    auto core = std::make_shared<Core>(executor_);
    auto call =
        std::make_shared<Call>(grpc::CreateCustomChannel(address_, credentials_, arguments), core);
    new ClientStream(std::move(call), address_, security_.uses_tls(), calls_);
    return std::make_unique<GrpcPipe<WorkerMessage, MasterMessage, v1::WorkerToMaster>>(
        core, Encode, address_);
  }

 private:
  // False when some go on after `limit`.
  bool AwaitEnds(std::chrono::seconds limit) {
    std::unique_lock lock(calls_->mutex);
    return calls_->changed.wait_for(lock, limit, [this] { return calls_->live.empty(); });
  }
  // Destroys what ended.
  void Bury() {
    std::vector<std::shared_ptr<Call>> ended;
    const std::lock_guard lock(calls_->mutex);
    ended.swap(calls_->ended);
  }

  std::string address_;
  ControlSecurity security_;
  std::shared_ptr<grpc::ChannelCredentials> credentials_;
  Executor& executor_;
  std::shared_ptr<Calls> calls_ = std::make_shared<Calls>();
};

GrpcConnector::GrpcConnector() = default;
GrpcConnector::~GrpcConnector() = default;

StatusOr<std::unique_ptr<GrpcConnector>> GrpcConnector::Create(const std::string& address,
                                                               const ControlSecurity& security,
                                                               Executor& executor) {
  RETURN_IF_ERROR(CheckControlAddress("--master", address, security));
  ASSIGN_OR_RETURN(auto credentials, ChannelCredentialsFor(security));
  std::unique_ptr<GrpcConnector> connector(new GrpcConnector());
  connector->impl_ = std::make_unique<Impl>(address, security, std::move(credentials), executor);
  return connector;
}

std::unique_ptr<WorkerPipe> GrpcConnector::Connect() { return impl_->Connect(); }

void RouteGrpcLogs() {
  gpr_set_log_function([](gpr_log_func_args* args) {
    // What gRPC calls an error is mostly the other side's doing, and reaches the user as a status.
    // Its own failed assertions end the process: they must be seen.
    const bool fatal = std::string_view(args->message).rfind("assertion failed", 0) == 0;
    spdlog::log(fatal ? spdlog::level::critical : spdlog::level::debug, "grpc: {} ({}:{})",
                args->message, args->file, args->line);
  });
}

}  // namespace muster

#include "common/session/grpc_client.h"

#include <grpc/support/log.h>
#include <grpcpp/grpcpp.h>
#include <spdlog/spdlog.h>

#include <condition_variable>
#include <mutex>
#include <set>
#include <utility>

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

// The calls that are alive, so that the connector can end and await them.
struct LiveCalls {
  std::mutex mutex;
  std::condition_variable changed;
  std::set<std::shared_ptr<grpc::ClientContext>> contexts;
};

// gRPC says "Socket closed" or "failed to connect" for a missing certificate, another CA's, plain text
// against TLS and a wrong address alike, so the message names all of them.
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
  ClientStream(std::shared_ptr<Core> core, std::shared_ptr<grpc::Channel> channel,
               std::string address, bool tls, std::shared_ptr<LiveCalls> live)
      : core_(std::move(core)),
        channel_(std::move(channel)),
        stub_(v1::Session::NewStub(channel_)),
        address_(std::move(address)),
        tls_(tls),
        live_(std::move(live)) {
    {
      std::lock_guard lock(live_->mutex);
      live_->contexts.insert(context_);
    }
    stub_->async()->Run(context_.get(), this);
    AddHold();  // writes start from the executor's thread, outside this object's reactions
    core_->Attach({.start_write = [this](const v1::WorkerToMaster* m) { StartWrite(m); },
                   .finish = [this] { StartWritesDone(); },
                   .cancel = [this] { context_->TryCancel(); }});
    StartRead(&incoming_);
    StartCall();
  }

  void OnReadDone(bool ok) override {
    if (!ok) return EndReads();
    spoke_ = true;
    StatusOr<MasterMessage> message = FromProto(incoming_);
    if (!message.ok()) {
      context_->TryCancel();
      return EndReads();
    }
    Core::Deliver(core_, *std::move(message));
    StartRead(&incoming_);
  }
  void OnWriteDone(bool ok) override { core_->OnWriteDone(ok); }
  void OnDone(const grpc::Status& status) override {
    Core::OnStreamDone(core_, ExplainEnd(status, address_, tls_, spoke_));
    const std::shared_ptr<LiveCalls> live = live_;
    const std::shared_ptr<grpc::ClientContext> context = context_;
    delete this;
    std::lock_guard lock(live->mutex);
    live->contexts.erase(context);
    live->changed.notify_all();
  }

 private:
  void EndReads() {
    core_->OnReadsEnded(/*detach=*/true);
    RemoveHold();
  }

  std::shared_ptr<Core> core_;
  std::shared_ptr<grpc::Channel> channel_;
  std::unique_ptr<v1::Session::Stub> stub_;
  std::shared_ptr<grpc::ClientContext> context_ = std::make_shared<grpc::ClientContext>();
  std::string address_;
  bool tls_;
  bool spoke_ = false;
  std::shared_ptr<LiveCalls> live_;
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
    std::unique_lock lock(live_->mutex);
    const auto contexts = live_->contexts;  // cancelled without the lock: OnDone takes it
    lock.unlock();
    for (const auto& context : contexts) context->TryCancel();
    lock.lock();
    live_->changed.wait(lock, [this] { return live_->contexts.empty(); });
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
    auto core = MakeGrpcStreamCore<v1::WorkerToMaster, MasterMessage>(executor_);
    new ClientStream(core, grpc::CreateCustomChannel(address_, credentials_, arguments), address_,
                     security_.uses_tls(), live_);
    return std::make_unique<GrpcPipe<WorkerMessage, MasterMessage, v1::WorkerToMaster>>(
        core, Encode, address_);
  }

 private:
  std::string address_;
  ControlSecurity security_;
  std::shared_ptr<grpc::ChannelCredentials> credentials_;
  Executor& executor_;
  std::shared_ptr<LiveCalls> live_ = std::make_shared<LiveCalls>();
};

GrpcConnector::GrpcConnector() = default;
GrpcConnector::~GrpcConnector() = default;

StatusOr<std::unique_ptr<GrpcConnector>> GrpcConnector::Create(const std::string& address,
                                                               const ControlSecurity& security,
                                                               Executor& executor) {
  RETURN_IF_ERROR(CheckControlAddress("--master", address, security));
  ASSIGN_OR_RETURN(auto credentials, ChannelCredentialsFor(security));
  std::unique_ptr<GrpcConnector> connector(new GrpcConnector());
  connector->impl_ =
      std::make_unique<Impl>(address, security, std::move(credentials), executor);
  return connector;
}

std::unique_ptr<WorkerPipe> GrpcConnector::Connect() { return impl_->Connect(); }

void RouteGrpcLogs() {
  gpr_set_log_function([](gpr_log_func_args* args) {
    spdlog::debug("grpc: {} ({}:{})", args->message, args->file, args->line);
  });
}

}  // namespace muster

#include "common/session/grpc_server.h"

#include <grpcpp/grpcpp.h>

#include <chrono>
#include <string_view>
#include <utility>

#include "common/session/grpc_pipe.h"
#include "common/wire/session_codec.h"
#include "muster/v1/session.grpc.pb.h"

namespace muster {
namespace {

using Core = GrpcStreamCore<v1::MasterToWorker, WorkerMessage>;
constexpr int kMaxMessageBytes = static_cast<int>(kMaxSessionMessageBytes);
// A connection that is no worker's: not through TLS and HTTP/2's greetings, or without a stream.
constexpr int kHandshakeLimitMs = 10'000;
constexpr int kIdleLimitMs = 10'000;

v1::MasterToWorker Encode(const MasterMessage& message) {
  v1::MasterToWorker out;
  ToProto(message, &out);
  return out;
}

// One worker's stream. Deletes itself in OnDone; the core outlives it.
class ServerStream : public grpc::ServerBidiReactor<v1::WorkerToMaster, v1::MasterToWorker> {
 public:
  ServerStream(std::shared_ptr<Core> core, grpc::CallbackServerContext* context)
      : core_(std::move(core)), context_(context) {
    core_->Attach({.start_read = [this] { StartRead(&incoming_); },
                   .start_write = [this](const v1::MasterToWorker* m) { StartWrite(m); },
                   .finish = [this] { Finish(grpc::Status::OK); },
                   .cancel = [this] { context_->TryCancel(); },
                   .nothing_after_finish = true});
  }

  void OnReadDone(bool ok) override {
    if (!ok) return core_->OnReadsEnded(/*detach=*/false);
    StatusOr<WorkerMessage> message = FromProto(incoming_);
    if (!message.ok()) {
      refused_ = Message(message.status());
      context_->TryCancel();
      return core_->OnReadsEnded(/*detach=*/false);
    }
    core_->Deliver(*std::move(message), incoming_.ByteSizeLong());
  }
  void OnWriteDone(bool ok) override { core_->OnWriteDone(ok); }
  void OnCancel() override { core_->OnCancelled(); }
  void OnDone() override {
    core_->OnStreamDone(Why());
    delete this;
  }

 private:
  Status Why() const {
    if (!refused_.empty()) return DataLoss("the worker sent what is no message: " + refused_);
    return Unavailable(context_->IsCancelled() ? "the connection to the worker is lost"
                                               : "the worker closed the connection");
  }

  const std::shared_ptr<Core> core_;
  grpc::CallbackServerContext* const context_;
  v1::WorkerToMaster incoming_;
  std::string refused_;  // why a message was
};

// "ipv4:127.0.0.1:4711" -> "127.0.0.1:4711", "ipv6:%5B::1%5D:4711" -> "[::1]:4711"; with the
// certificate's name when there is one.
std::string PeerName(const grpc::CallbackServerContext& context) {
  std::string peer = context.peer();
  if (peer.rfind("ipv4:", 0) == 0 || peer.rfind("ipv6:", 0) == 0) peer.erase(0, 5);
  for (const auto& [encoded, bracket] : {std::pair("%5B", "["), std::pair("%5D", "]")}) {
    if (const size_t at = peer.find(encoded); at != std::string::npos) peer.replace(at, 3, bracket);
  }
  if (const auto auth = context.auth_context(); auth && auth->IsPeerAuthenticated()) {
    for (const grpc::string_ref& identity : auth->GetPeerIdentity()) {
      return std::string(identity.data(), identity.size()) + " (" + peer + ")";
    }
  }
  return peer;
}

// Whether the worker's certificate bears `name` among its subject alternative names.
bool BearsName(const grpc::CallbackServerContext& context, const std::string& name) {
  const auto auth = context.auth_context();
  if (!auth || !auth->IsPeerAuthenticated()) return false;
  for (const grpc::string_ref& identity : auth->GetPeerIdentity()) {
    if (std::string_view(identity.data(), identity.size()) == name) return true;
  }
  return false;
}

// A stream that is turned away. Deletes itself in OnDone.
class RefusedStream : public grpc::ServerBidiReactor<v1::WorkerToMaster, v1::MasterToWorker> {
 public:
  explicit RefusedStream(const std::string& why) {
    Finish(grpc::Status(grpc::StatusCode::UNAUTHENTICATED, why));
  }
  void OnDone() override { delete this; }
};

}  // namespace

class GrpcSessionServer::Impl : public v1::Session::CallbackService {
 public:
  Impl(Executor& executor, std::string worker_name,
       std::function<void(std::unique_ptr<MasterPipe>)> on_session)
      : executor_(executor),
        worker_name_(std::move(worker_name)),
        on_session_(std::make_shared<std::function<void(std::unique_ptr<MasterPipe>)>>(
            std::move(on_session))) {}

  ~Impl() override {
    *on_session_ = nullptr;  // posted announcements find nobody
    if (server_) server_->Shutdown(std::chrono::system_clock::now() + std::chrono::seconds(1));
  }

  Status Listen(const std::string& address, std::shared_ptr<grpc::ServerCredentials> credentials) {
    grpc::ServerBuilder builder;
    builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
    builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, 2000);
    builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, 2000);
    builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
    builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS, 1000);
    builder.AddChannelArgument(GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA, 0);
    builder.AddChannelArgument(GRPC_ARG_SERVER_HANDSHAKE_TIMEOUT_MS, kHandshakeLimitMs);
    builder.AddChannelArgument(GRPC_ARG_MAX_CONNECTION_IDLE_MS, kIdleLimitMs);
    builder.AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, 1);
    builder.SetMaxReceiveMessageSize(kMaxMessageBytes);
    builder.AddListeningPort(address, std::move(credentials), &port_);
    builder.RegisterService(this);
    server_ = builder.BuildAndStart();
    if (!server_ || port_ == 0) {
      return FailedPrecondition("cannot listen on " + address +
                                ": the address is in use, or not one of this host's");
    }
    return absl::OkStatus();
  }

  grpc::ServerBidiReactor<v1::WorkerToMaster, v1::MasterToWorker>* Run(
      grpc::CallbackServerContext* context) override {
    if (!worker_name_.empty() && !BearsName(*context, worker_name_)) {
      return new RefusedStream("the master wants a certificate with the name " + worker_name_ +
                               " (its --tls-server-name)");
    }
    auto core = std::make_shared<Core>(executor_);
    auto* stream = new ServerStream(core, context);
    executor_.Post([core = std::move(core), peer = PeerName(*context), on_session = on_session_] {
      auto pipe = std::make_unique<GrpcPipe<MasterMessage, WorkerMessage, v1::MasterToWorker>>(
          core, Encode, peer);
      const auto announce = *on_session;  // it may destroy this server
      if (announce) announce(std::move(pipe));
    });
    return stream;
  }

  int port() const { return port_; }

 private:
  Executor& executor_;
  const std::string worker_name_;  // expected in every worker's certificate; empty: any
  std::shared_ptr<std::function<void(std::unique_ptr<MasterPipe>)>> on_session_;  // executor only
  std::unique_ptr<grpc::Server> server_;
  int port_ = 0;
};

GrpcSessionServer::GrpcSessionServer() = default;
GrpcSessionServer::~GrpcSessionServer() = default;

StatusOr<std::unique_ptr<GrpcSessionServer>> GrpcSessionServer::Start(
    const std::string& address, const ControlSecurity& security, Executor& executor,
    std::function<void(std::unique_ptr<MasterPipe>)> on_session) {
  RETURN_IF_ERROR(CheckControlAddress("--listen", address, security));
  ASSIGN_OR_RETURN(auto credentials, ServerCredentialsFor(security));
  std::unique_ptr<GrpcSessionServer> server(new GrpcSessionServer());
  server->impl_ = std::make_unique<Impl>(executor, security.tls_server_name, std::move(on_session));
  RETURN_IF_ERROR(server->impl_->Listen(address, std::move(credentials)));
  return server;
}

int GrpcSessionServer::port() const { return impl_->port(); }

}  // namespace muster

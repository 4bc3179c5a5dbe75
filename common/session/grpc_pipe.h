// GrpcPipe: a Pipe over one bidirectional gRPC stream, for either end. It encodes and forwards; the
// queues, threads and limits are GrpcStreamCore's. A destroyed pipe is a closed one.
//
// Owner: the thread of the core's executor.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "common/session/grpc_stream_core.h"
#include "common/session/pipe.h"

namespace muster {

// `encode` turns a value into its message.
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
  const std::shared_ptr<Core> core_;
  const std::function<OutProto(const Out&)> encode_;
  const std::string peer_;
};

}  // namespace muster

#include "tests/sim/sim_http2_server.h"

#include <algorithm>
#include <utility>

#include "common/base/check.h"

namespace muster {

SimHttp2Server::SimHttp2Server(SimExecutor* executor, SimHttp2ServerOptions options)
    : executor_(executor), options_(std::move(options)) {}

ConnectAnswer SimHttp2Server::OnSyn() {
  ++counts_.syns;
  const ConnectAnswer answer = options_.connect ? options_.connect(counts_.syns) : ConnectAnswer();
  if (answer.kind != ConnectAnswer::Kind::kAccept) ++counts_.not_accepted;
  return answer;
}

void SimHttp2Server::OnAccepted(const std::shared_ptr<SimConnection>& connection) {
  ++counts_.accepted;
  counts_.most_open = std::max(counts_.most_open, ++counts_.open);
  Session& session = sessions_[connection->number()];
  session.connection = connection;
  session.peer = std::make_unique<Http2Peer>(options_.settings);
  // A session's address in the map is its for life.
  session.peer->on_request = [&session](const Http2Peer::Request& request) {
    session.arrived.push_back(request);
  };
  session.peer->on_reset = [&session](int32_t stream, uint32_t) {
    session.cancelled.push_back(stream);
  };
  if (!options_.http1_only) Flush(connection->number());
}

void SimHttp2Server::OnBytes(const std::shared_ptr<SimConnection>& connection,
                             std::string_view bytes) {
  const uint64_t number = connection->number();
  Session* session = Find(number);
  if (session == nullptr) return;
  if (options_.http1_only) {
    connection->Send("HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
    End(number, /*reset=*/false);
    return;
  }
  const uint64_t refused = session->peer->refused();
  if (!session->peer->Feed(bytes)) {
    ++counts_.malformed;
    End(number, /*reset=*/true);
    return;
  }
  counts_.refused += session->peer->refused() - refused;
  for (const Http2Peer::Request& request : std::exchange(session->arrived, {})) {
    if (Find(number) != nullptr) Serve(number, request);
  }
  session = Find(number);
  if (session == nullptr) return;
  for (const int32_t stream : std::exchange(session->cancelled, {})) Cancelled(*session, stream);
  Flush(number);
}

void SimHttp2Server::Cancelled(Session& session, int32_t stream) {
  ++counts_.cancelled;
  if (session.in_service.erase(stream) == 0) return;
  --counts_.in_service;
  ++counts_.abandoned;
}

void SimHttp2Server::Serve(uint64_t connection, const Http2Peer::Request& arrived) {
  Session& session = *Find(connection);
  if (arrived.stream > session.last_stream.value_or(arrived.stream)) return;  // ignored
  SimHttp2Request request = {.number = ++counts_.requests,
                             .connection = connection,
                             .number_on_connection = ++session.requests,
                             .stream = arrived.stream,
                             .arrived = executor_->Now(),
                             .method = arrived.Field(":method"),
                             .path = arrived.Field(":path"),
                             .body = arrived.body};
  SimHttp2Response response = options_.respond ? options_.respond(request) : SimHttp2Response();
  if (session.requests == options_.goaway_requests) response.goaway = options_.goaway;
  if (options_.record_requests) requests_.push_back(std::move(request));
  if (response.goaway != SimGoAway::kAbrupt) {
    session.in_service.insert(arrived.stream);
    counts_.most_streams = std::max<uint64_t>(counts_.most_streams, session.in_service.size());
    counts_.most_in_service = std::max(counts_.most_in_service, ++counts_.in_service);
  }
  if (response.fault != Fault::kNone) ++counts_.faults[response.fault];
  if (response.goaway != SimGoAway::kNone) SayGoAway(connection, arrived.stream, response.goaway);
  if (response.goaway == SimGoAway::kAbrupt || response.fault == Fault::kNeverAnswer) return;
  const Duration need = response.service.value_or(options_.service);
  executor_->ScheduleAt(ServiceEnd(options_.stalls, executor_->Now(), need),
                        [this, connection, stream = arrived.stream,
                         response = std::move(response)] { Answer(connection, stream, response); });
}

void SimHttp2Server::SayGoAway(uint64_t connection, int32_t stream, SimGoAway how) {
  ++counts_.goaways;
  Session& session = *Find(connection);
  if (how == SimGoAway::kAnnounced) {
    session.peer->AnnounceGoAway();
    executor_->ScheduleAfter(options_.goaway_delay, [this, connection] {
      Session* leaving = Find(connection);
      if (leaving == nullptr) return;
      leaving->last_stream = leaving->peer->last_stream();
      leaving->peer->GoAway(*leaving->last_stream, NGHTTP2_NO_ERROR);
      Flush(connection);
    });
  } else if (how == SimGoAway::kPlain) {
    session.peer->GoAway(stream, NGHTTP2_NO_ERROR);
    session.last_stream = stream;
  } else {
    ++counts_.not_served;
    session.peer->GoAway(std::max(0, stream - 2), NGHTTP2_NO_ERROR);
    session.connection->Send(session.peer->TakeOutput());
    End(connection, /*reset=*/false);
  }
}

void SimHttp2Server::Answer(uint64_t connection, int32_t stream, const SimHttp2Response& response) {
  Session* session = Find(connection);
  if (session == nullptr || session->in_service.count(stream) == 0) return;
  if (response.fault == Fault::kCloseInstead || response.fault == Fault::kResetInstead) {
    End(connection, response.fault == Fault::kResetInstead);
    return;
  }
  session->in_service.erase(stream);
  --counts_.in_service;
  if (response.fault == Fault::kResetStream) {
    ++counts_.abandoned;
    session->peer->Reset(stream, response.reset_code);
  } else {
    ++counts_.responses;
    session->peer->Respond(stream, response.answer);
  }
  Flush(connection);
}

void SimHttp2Server::Flush(uint64_t connection) {
  Session& session = *Find(connection);
  const std::string bytes = session.peer->TakeOutput();
  if (!bytes.empty()) session.connection->Send(bytes);
  if (session.last_stream.has_value() && session.in_service.empty())
    End(connection, /*reset=*/false);
}

void SimHttp2Server::End(uint64_t connection, bool reset) {
  const std::shared_ptr<SimConnection> ending = Find(connection)->connection;
  EndSession(connection);
  reset ? ending->Reset() : ending->Close();
}

void SimHttp2Server::OnPeerClosed(const std::shared_ptr<SimConnection>& connection) {
  if (Find(connection->number()) != nullptr) EndSession(connection->number());
}

void SimHttp2Server::ResetAll() {
  while (!sessions_.empty()) End(sessions_.begin()->first, /*reset=*/true);
}

void SimHttp2Server::SendSettings(const Http2Peer::Settings& settings) {
  for (auto& [connection, session] : sessions_) {
    session.peer->SendSettings(settings);
    session.connection->Send(session.peer->TakeOutput());
  }
}

void SimHttp2Server::EndSession(uint64_t connection) {
  const Session& session = *Find(connection);
  CHECK_GE(counts_.in_service, session.in_service.size());
  counts_.in_service -= session.in_service.size();
  counts_.abandoned += session.in_service.size();
  --counts_.open;
  sessions_.erase(connection);
}

SimHttp2Server::Session* SimHttp2Server::Find(uint64_t connection) {
  const auto found = sessions_.find(connection);
  return found == sessions_.end() ? nullptr : &found->second;
}

}  // namespace muster

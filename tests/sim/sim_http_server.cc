#include "tests/sim/sim_http_server.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "common/base/check.h"

namespace muster {
namespace {

constexpr std::string_view kHeadEnd = "\r\n\r\n";

char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

// The value of Content-Length in `head`, 0 when there is none.
size_t ContentLength(std::string_view head) {
  std::string lower(head);
  std::transform(lower.begin(), lower.end(), lower.begin(), Lower);
  constexpr std::string_view kName = "\r\ncontent-length:";
  size_t at = lower.find(kName);
  if (at == std::string::npos) return 0;
  at = lower.find_first_not_of(' ', at + kName.size());
  size_t length = 0;
  std::from_chars(lower.data() + at, lower.data() + lower.size(), length);
  return length;
}

// Splits "GET /path HTTP/1.1" of `head` into the request; false when it is not of that form.
bool ParseRequestLine(const std::string& head, SimRequest* request) {
  const std::string_view line = std::string_view(head).substr(0, head.find("\r\n"));
  const size_t first = line.find(' ');
  const size_t last = line.rfind(' ');
  if (first == std::string_view::npos || last == first) return false;
  request->method = line.substr(0, first);
  request->path = line.substr(first + 1, last - first - 1);
  return line.substr(last + 1) == "HTTP/1.1";
}

std::string Serialise(const SimRequest& request, const SimResponse& response) {
  if (response.raw.has_value()) return *response.raw;
  std::string bytes = "HTTP/1.1 " + std::to_string(response.status) + " Scripted\r\n";
  if (response.close_after && !response.silent_close) bytes += "Connection: close\r\n";
  bytes += "Content-Length: " + std::to_string(response.body.size()) + "\r\n\r\n";
  if (request.method != "HEAD") bytes += response.body;
  return bytes;
}

bool EndsMidway(SimResponse::Fault fault) {
  return fault == SimResponse::Fault::kCloseMidway || fault == SimResponse::Fault::kResetMidway;
}

}  // namespace

SimHttpServer::SimHttpServer(SimExecutor* executor, SimHttpServerOptions options)
    : executor_(executor), options_(std::move(options)) {}

ConnectAnswer SimHttpServer::OnSyn() {
  ++counts_.syns;
  const ConnectAnswer answer = options_.connect ? options_.connect(counts_.syns) : ConnectAnswer();
  if (answer.kind != ConnectAnswer::Kind::kAccept) {
    ++counts_.not_accepted;
  } else if (answer.dropped_syns > 0) {
    ++counts_.slow_accepts;
  }
  return answer;
}

void SimHttpServer::OnAccepted(const std::shared_ptr<SimConnection>& connection) {
  ++counts_.accepted;
  counts_.most_open = std::max(counts_.most_open, ++counts_.open);
  Session& session = sessions_[connection->number()];
  session.connection = connection;
  WatchIdle(session);
}

void SimHttpServer::OnBytes(const std::shared_ptr<SimConnection>& connection,
                            std::string_view bytes) {
  const uint64_t number = connection->number();
  Session* session = Find(number);
  if (session == nullptr) return;
  session->received.append(bytes);
  executor_->Cancel(std::exchange(session->idle_timer, 0));
  for (SimRequest request; session != nullptr && TakeRequest(*session, &request);
       session = Find(number)) {
    Serve(*session, std::move(request));
  }
}

bool SimHttpServer::TakeRequest(Session& session, SimRequest* request) {
  const size_t end = session.received.find(kHeadEnd);
  if (end == std::string::npos) return false;
  const size_t head_size = end + kHeadEnd.size();
  *request = SimRequest();
  request->head = session.received.substr(0, head_size);
  if (!ParseRequestLine(request->head, request)) {
    ++counts_.malformed;
    const std::shared_ptr<SimConnection> connection = session.connection;
    EndSession(connection->number());
    connection->Reset();
    return false;
  }
  const size_t body_size = ContentLength(request->head);
  if (session.received.size() - head_size < body_size) return false;
  request->body = session.received.substr(head_size, body_size);
  session.received.erase(0, head_size + body_size);
  return true;
}

void SimHttpServer::Serve(Session& session, SimRequest request) {
  request.number = ++counts_.requests;
  request.connection = session.connection->number();
  request.number_on_connection = ++session.requests;
  request.arrived = executor_->Now();
  if (session.in_service > 0) ++counts_.pipelined;
  ++session.in_service;
  counts_.most_in_service = std::max(counts_.most_in_service, ++counts_.in_service);
  SimResponse response = options_.respond ? options_.respond(request) : SimResponse();
  if (session.requests == options_.keep_alive_requests) {
    response.close_after = true;
    response.silent_close = !options_.announce_close;
  }
  if (options_.record_requests) requests_.push_back(request);
  if (response.fault != Fault::kNone) ++counts_.faults[response.fault];
  if (response.fault == Fault::kNeverAnswer) return;
  const Duration need = response.service.value_or(options_.service);
  executor_->ScheduleAt(ServiceEnd(options_.stalls, executor_->Now(), need),
                        [this, request = std::move(request), response = std::move(response)] {
                          Answer(request.connection, request, response);
                        });
}

void SimHttpServer::Answer(uint64_t connection, const SimRequest& request,
                           const SimResponse& response) {
  Session* session = Find(connection);
  if (session == nullptr) return;
  if (response.fault == Fault::kCloseInstead || response.fault == Fault::kResetInstead) {
    const std::shared_ptr<SimConnection> ending = session->connection;
    EndSession(connection);
    response.fault == Fault::kCloseInstead ? ending->Close() : ending->Reset();
    return;
  }
  std::string bytes = Serialise(request, response);
  if (EndsMidway(response.fault)) bytes.resize(bytes.size() / 2);
  SendSegment(connection, std::move(bytes), 0, response);
}

void SimHttpServer::SendSegment(uint64_t connection, std::string bytes, size_t offset,
                                SimResponse response) {
  Session* session = Find(connection);
  if (session == nullptr) return;
  const size_t left = bytes.size() - offset;
  const size_t segments = std::max<size_t>(1, std::min(response.segments, left));
  const size_t size = left / segments;
  session->connection->Send(bytes.substr(offset, size));
  if (segments == 1) {
    FinishRequest(*session, response);
    return;
  }
  response.segments = segments - 1;
  const MonoTime next = ServiceEnd(options_.stalls, executor_->Now(), response.segment_gap);
  executor_->ScheduleAt(
      next, [this, connection, bytes = std::move(bytes), offset = offset + size,
             response = std::move(response)] { SendSegment(connection, bytes, offset, response); });
}

void SimHttpServer::FinishRequest(Session& session, const SimResponse& response) {
  const std::shared_ptr<SimConnection> connection = session.connection;
  if (EndsMidway(response.fault)) {
    EndSession(connection->number());
    response.fault == Fault::kCloseMidway ? connection->Close() : connection->Reset();
    return;
  }
  ++counts_.responses;
  --counts_.in_service;
  --session.in_service;
  if (response.close_after) {
    ++counts_.limit_closes;
    EndSession(connection->number());
    connection->Close();
    return;
  }
  WatchIdle(session);
}

void SimHttpServer::WatchIdle(Session& session) {
  if (options_.keep_alive_idle == Duration() || session.in_service > 0) return;
  const uint64_t number = session.connection->number();
  session.idle_timer = executor_->ScheduleAfter(options_.keep_alive_idle, [this, number] {
    Session* idle = Find(number);
    if (idle == nullptr) return;
    ++counts_.idle_closes;
    const std::shared_ptr<SimConnection> connection = idle->connection;
    EndSession(number);
    connection->Close();
  });
}

void SimHttpServer::OnPeerClosed(const std::shared_ptr<SimConnection>& connection) {
  EndSession(connection->number());
}

void SimHttpServer::ResetAll() {
  while (!sessions_.empty()) {
    const std::shared_ptr<SimConnection> connection = sessions_.begin()->second.connection;
    EndSession(connection->number());
    connection->Reset();
  }
}

void SimHttpServer::EndSession(uint64_t connection) {
  Session* session = Find(connection);
  if (session == nullptr) return;
  executor_->Cancel(session->idle_timer);
  CHECK_GE(counts_.in_service, session->in_service);
  counts_.in_service -= session->in_service;
  counts_.abandoned += session->in_service;
  --counts_.open;
  sessions_.erase(connection);
}

SimHttpServer::Session* SimHttpServer::Find(uint64_t connection) {
  const auto found = sessions_.find(connection);
  return found == sessions_.end() ? nullptr : &found->second;
}

}  // namespace muster

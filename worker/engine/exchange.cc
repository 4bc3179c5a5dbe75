#include "worker/engine/exchange.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "common/base/check.h"
#include "worker/engine/request_bytes.h"

namespace muster {
namespace {

// What is given to the transport at once, HTTP/2.
constexpr size_t kFlushBytes = size_t{64} << 10;

std::vector<Duration> ConnectTimeouts(const Plan& plan) {
  std::vector<Duration> all;
  for (const RequestSpec& request : plan.spec().requests) all.push_back(request.connect_timeout);
  return all;
}

// `any_bytes`: of the response. `served_before`: the connection was used for another one.
ErrorClass ErrorOfClose(CloseKind kind, bool any_bytes, bool served_before) {
  switch (kind) {
    case CloseKind::kLocal:
      return ErrorClass::kLocalOther;
    case CloseKind::kTlsAlert:
      return ErrorClass::kTlsRefused;
    case CloseKind::kTlsProtocol:
      return ErrorClass::kTlsProtocol;
    default:
      break;
  }
  if (served_before && !any_bytes) return ErrorClass::kReusedClosed;
  switch (kind) {
    case CloseKind::kReset:
      return ErrorClass::kReceiveReset;
    case CloseKind::kSendFailed:
      return ErrorClass::kSendReset;
    default:
      return ErrorClass::kEarlyClose;
  }
}

}  // namespace

Exchange::Exchange(const Plan& plan, const Limits& limits, std::vector<Endpoint> endpoints,
                   size_t first, Transport* transport, RunClock* clock, SlotPool<Request>* requests,
                   Recorder* recorder, ExchangeOwner* owner)
    : plan_(plan),
      transport_(transport),
      clock_(clock),
      requests_(*requests),
      recorder_(recorder),
      owner_(owner),
      own_connections_(plan.own_connections()),
      pool_(transport, std::move(endpoints), first, limits.connections, ConnectTimeouts(plan),
            OpenLimiter(limits.open_spacing)) {
  StatusOr<std::vector<std::string>> bytes = SerializeRequests(plan);
  CHECK(bytes.ok()) << Message(bytes.status());
  for (size_t i = 0; i < bytes->size(); ++i) {
    kinds_.push_back({std::move((*bytes)[i]), plan.spec().requests[i].method == "HEAD"});
  }
  if (plan.spec().http == HttpVersion::k11) return;
  auto prepared = PrepareHttp2(plan);
  CHECK(prepared.ok()) << Message(prepared.status());
  http2_requests_ = *std::move(prepared);
}

Exchange::~Exchange() = default;

uint32_t Exchange::SlotOf(ConnectionId id) {
  const auto slot = static_cast<uint32_t>(transport_->UserData(id));
  CHECK_EQ(pool_[slot].id, id);
  return slot;
}

// ---- Requests ----

void Exchange::Start(uint32_t index) {
  Request& request = requests_[index];
  const uint32_t user = own_connections_ ? request.user_slot : kNoIndex;
  const uint32_t slot = pool_.Acquire(index, {request.stage, request.name, user});
  request.waited = slot == kNoIndex;
  if (!request.waited) Send(slot, index);
}

void Exchange::Send(uint32_t slot, uint32_t index) {
  Request& request = requests_[index];
  Connection& connection = pool_[slot];
  request.connection = slot;
  if (connection.http2 != nullptr) {
    connection.http2->client.Submit(request.name, index);
    MarkDirty(slot);
    return;
  }
  connection.parser.Reset(kinds_[request.name].head);
  const std::optional<MonoTime> sent = transport_->Send(connection.id, kinds_[request.name].bytes);
  if (sent.has_value()) NoteFirstByte(&request, *sent);
}

// A request that waited for nothing is handled as it is sent: what the engine did since its clock
// was read, on other requests, is its own lag.
void Exchange::NoteFirstByte(Request* request, MonoTime at) {
  clock_->Tick(at);
  RequestTimes& times = request->times;
  times.sent = std::max(clock_->ToRun(at), times.handled);
  if (!request->waited) times.handled = times.sent;
}

ErrorClass Exchange::TakeBack(uint32_t index) {
  Request& request = requests_[index];
  const uint32_t slot = request.connection;
  if (slot == kNoIndex) {
    const uint32_t attempt = pool_.oldest_attempt();
    if (!pool_.StopWaiting(index)) return ErrorClass::kTimeout;
    const ErrorClass error = TimeoutOf(attempt);
    const uint32_t surplus = pool_.surplus_attempt();
    if (surplus != kNoIndex) GiveUpAttempt(surplus);
    return error;
  }
  if (pool_[slot].http2 == nullptr) {
    NoteSent(&request);
    NoteUnanswered(slot, request);
    pool_.Close(slot);
  } else {
    Withdraw(slot, index);
    MarkDirty(slot);
  }
  return ErrorClass::kTimeout;
}

void Exchange::Settle() {
  pool_.OpenWanted(clock_->now());
  if (http2_requests_ == nullptr) return;
  ServeWaiting();
  while (!dirty_.empty()) {
    flushing_.swap(dirty_);
    for (const uint32_t slot : flushing_) {
      // It may have ended since: then its slot is another's, or nobody's.
      if (pool_[slot].http2 == nullptr || !pool_[slot].http2->dirty) continue;
      pool_[slot].http2->dirty = false;
      Flush(slot, /*at_once=*/true);
    }
    flushing_.clear();
  }
}

void Exchange::CloseAll() {
  for (uint32_t slot; (slot = pool_.oldest_attempt()) != kNoIndex;) GiveUpAttempt(slot);
  pool_.CloseAll();
}

// ---- Connecting ----

bool Exchange::SpeaksHttp2(const ConnectReport& report) const {
  if (plan_.spec().http == HttpVersion::k11) return false;
  return report.tls ? report.alpn_http2 : plan_.spec().http == HttpVersion::k2;
}

void Exchange::OnConnected(ConnectionId id, const ConnectReport& report) {
  const uint32_t slot = SlotOf(id);
  Connection& connection = pool_[slot];
  const RunTime established = std::min(clock_->ToRun(report.established), clock_->now());
  recorder_->Connected(clock_->now(), connection.asker.stage, connection.asker.name,
                       established - connection.connect_start, report.retransmitted_syn);
  if (report.tls) {
    recorder_->Secured(clock_->now(), connection.asker.stage, connection.asker.name,
                       clock_->now() - established, report.resumed);
  }
  const bool http2 = SpeaksHttp2(report);
  if (!http2 && plan_.spec().http == HttpVersion::k2) {
    transport_->Close(id);
    return FailConnect(slot, ErrorClass::kH2Unsupported);
  }
  if (http2) {
    connection.http2 = std::make_unique<Http2Link>(http2_requests_, plan_.spec().streams,
                                                   static_cast<Http2Events*>(this));
    MarkDirty(slot);
  }
  const uint32_t request = pool_.Connected(slot, CapacityOf(connection), /*settled=*/!http2);
  if (request != kNoIndex) Send(slot, request);
}

void Exchange::OnConnectFailed(ConnectionId id, ErrorClass error) {
  FailConnect(SlotOf(id), error);
}

void Exchange::FailConnect(uint32_t slot, ErrorClass error) {
  NoteIfSlow(slot);
  const uint32_t request = pool_.ConnectFailed(slot);
  if (request != kNoIndex) owner_->OnRequestFailed(request, error);
}

// An attempt that ends without a connection may have been a slow one all the same.
// A connection that was never used says nothing about how long the target keeps idle ones.
void Exchange::NoteIdleClosed(uint32_t slot, CloseKind kind) {
  const Connection& connection = pool_[slot];
  if (!connection.served_before || kind == CloseKind::kLocal) return;
  recorder_->IdleClosed(clock_->now(), connection.asker.stage, connection.asker.name,
                        clock_->now() - connection.idle_since);
}

void Exchange::NoteIfSlow(uint32_t slot) {
  const Connection& connection = pool_[slot];
  if (clock_->now() - connection.connect_start < Recorder::kSlowConnect) return;
  recorder_->SlowConnect(clock_->now(), connection.asker.stage, connection.asker.name);
}

void Exchange::GiveUpAttempt(uint32_t slot) {
  NoteIfSlow(slot);
  pool_.Close(slot);
}

ErrorClass Exchange::TimeoutOf(uint32_t slot) const {
  const ConnectionId id = const_cast<ConnectionPool&>(pool_)[slot].id;
  return transport_->Handshaking(id) ? ErrorClass::kTlsTimeout : ErrorClass::kConnectTimeout;
}

void Exchange::ExpireConnects() {
  for (uint32_t slot; (slot = pool_.ExpiredConnect(clock_->now())) != kNoIndex;) {
    const ErrorClass error = TimeoutOf(slot);
    transport_->Close(pool_[slot].id);
    FailConnect(slot, error);
  }
}

// ---- Events of open connections ----

void Exchange::OnFirstByteSent(ConnectionId id, MonoTime at) {
  const Connection& connection = pool_[SlotOf(id)];
  if (connection.http2 == nullptr) {
    CHECK(!connection.idle());
    return NoteFirstByte(&requests_[connection.requests.head], at);
  }
  for (const uint32_t request : connection.http2->begun) NoteFirstByte(&requests_[request], at);
  connection.http2->begun.clear();
}

void Exchange::OnAllSent(ConnectionId id) {
  const uint32_t slot = SlotOf(id);
  if (pool_[slot].http2 != nullptr) Flush(slot, /*at_once=*/false);
}

void Exchange::OnData(ConnectionId id, std::string_view data) {
  const uint32_t slot = SlotOf(id);
  const Connection& connection = pool_[slot];
  if (connection.http2 != nullptr) {
    ReceiveHttp2(slot, data);
  } else if (connection.idle()) {
    pool_.Close(slot);  // nobody asked for these bytes: what comes next would not be ours either
  } else {
    Receive(slot, data);
  }
}

void Exchange::OnClosed(ConnectionId id, CloseKind kind) {
  const uint32_t slot = SlotOf(id);
  const Connection& connection = pool_[slot];
  if (connection.http2 != nullptr) {
    FailAllOn(slot, kind);
  } else if (connection.idle()) {
    NoteIdleClosed(slot, kind);
    pool_.Forget(slot);
  } else {
    EndBusy(slot, kind);
  }
}

// ---- HTTP/1.1 ----

void Exchange::Receive(uint32_t slot, std::string_view data) {
  Connection& connection = pool_[slot];
  Request& request = requests_[connection.requests.head];
  request.bytes_received += data.size();
  if (request.times.sent == RequestTimes::kNever) {
    // An answer to nothing: it was on its way before the request was.
    return FailBusy(slot, ErrorClass::kProtocol);
  }
  if (request.times.first_byte == RequestTimes::kNever) request.times.first_byte = clock_->now();
  const Http1ResponseParser::Result result = connection.parser.Feed(data, nullptr);
  if (result.state == Http1ResponseParser::State::kError) {
    FailBusy(slot, ErrorClass::kProtocol);
  } else if (result.state == Http1ResponseParser::State::kDone) {
    FinishResponse(slot, result.consumed < data.size());
  }
}

void Exchange::FinishResponse(uint32_t slot, bool more_bytes) {
  Connection& connection = pool_[slot];
  const uint32_t index = connection.requests.head;
  Request& request = requests_[index];
  NoteSent(&request);
  const bool all_sent = request.bytes_sent == kinds_[request.name].bytes.size();
  const bool reuse =
      connection.parser.keep_alive() && !more_bytes && plan_.spec().reuse_connections && all_sent;
  request.marks = connection.parser.marks();
  request.fields = connection.parser.fields();
  owner_->OnRequestCompleted(index, connection.parser.status());
  if (!reuse) return pool_.Close(slot);
  const uint32_t next = pool_.Release(slot, index);
  connection.idle_since = clock_->now();
  if (next != kNoIndex) Send(slot, next);
}

void Exchange::EndBusy(uint32_t slot, CloseKind kind) {
  Connection& connection = pool_[slot];
  const uint32_t index = connection.requests.head;
  const bool any_bytes = connection.parser.any_bytes();
  const bool served_before = connection.served_before;
  const bool whole = kind == CloseKind::kEnd && any_bytes &&
                     connection.parser.OnEof() == Http1ResponseParser::State::kDone;
  const int status = connection.parser.status();
  NoteSent(&requests_[index]);
  requests_[index].marks = connection.parser.marks();
  requests_[index].fields = connection.parser.fields();
  NoteUnanswered(slot, requests_[index]);
  pool_.Forget(slot);
  if (whole) {
    owner_->OnRequestCompleted(index, status);
  } else {
    owner_->OnRequestFailed(index, ErrorOfClose(kind, any_bytes, served_before));
  }
}

void Exchange::FailBusy(uint32_t slot, ErrorClass error) {
  const uint32_t index = pool_[slot].requests.head;
  NoteSent(&requests_[index]);
  NoteUnanswered(slot, requests_[index]);
  pool_.Close(slot);
  owner_->OnRequestFailed(index, error);
}

// The request's part on its connection is over. When it is we who end it, the news that the first
// byte was sent may still be on its way: the target may get the request.
void Exchange::NoteSent(Request* request) {
  request->bytes_sent =
      kinds_[request->name].bytes.size() - transport_->UnsentBytes(pool_[request->connection].id);
  const bool news = request->bytes_sent > 0 && request->times.sent == RequestTimes::kNever;
  if (news) request->times.sent = clock_->now();
}

void Exchange::NoteUnanswered(uint32_t slot, const Request& request) {
  const Connection& connection = pool_[slot];
  if (connection.served_before || request.bytes_received > 0 || request.bytes_sent == 0) return;
  recorder_->Unanswered(clock_->now(), request.stage, request.name);
}

// ---- HTTP/2 ----

uint32_t Exchange::CapacityOf(const Connection& connection) const {
  if (connection.http2 == nullptr) return 1;
  if (!plan_.spec().reuse_connections) return connection.served_before ? 0 : 1;
  return connection.http2->client.capacity();
}

void Exchange::ReceiveHttp2(uint32_t slot, std::string_view data) {
  Connection& connection = pool_[slot];
  Http2Link& link = *connection.http2;
  if (!link.client.Feed(data)) return Break(slot, link.client.error());
  if (link.client.goaway() && !std::exchange(link.goaway_counted, true)) {
    recorder_->GoneAway(clock_->now(), connection.asker.stage, connection.asker.name);
  }
  const uint32_t capacity = CapacityOf(connection);
  // The target's SETTINGS are the first it sends.
  if (capacity != connection.capacity || !connection.settled) pool_.SetCapacity(slot, capacity);
  MarkDirty(slot);
  ServeWaiting();
}

// Gives connections with room what waits, before anything new asks for them.
void Exchange::ServeWaiting() {
  uint32_t request = kNoIndex;
  for (uint32_t slot; (slot = pool_.ServeWaiting(&request)) != kNoIndex;) Send(slot, request);
}

void Exchange::MarkDirty(uint32_t slot) {
  if (!std::exchange(pool_[slot].http2->dirty, true)) dirty_.push_back(slot);
}

// `at_once`: right after the requests were submitted; else they have waited for room.
void Exchange::Flush(uint32_t slot, bool at_once) {
  Connection& connection = pool_[slot];
  Http2Link& link = *connection.http2;
  if (!transport_->AllSent(connection.id)) return;  // OnAllSent comes
  const bool finished = connection.capacity == 0 && connection.idle();
  do {
    output_.clear();
    output_.reserve(kFlushBytes);  // so that a swap leaves the bytes where they are
    begun_.clear();
    if (link.client.has_output()) link.client.TakeOutput(kFlushBytes, &output_, &begun_);
    if (output_.empty()) break;
    const std::optional<MonoTime> sent = transport_->Send(connection.id, output_);
    for (const uint32_t request : begun_) {
      requests_[request].waited |= !at_once || !sent.has_value();
      if (sent.has_value()) NoteFirstByte(&requests_[request], *sent);
    }
    if (!sent.has_value()) link.begun = begun_;
  } while (transport_->AllSent(connection.id));
  if (!transport_->AllSent(connection.id)) link.kept.swap(output_);
  if (finished) pool_.Close(slot);
}

// Takes a request off its connection, whatever state that is in.
void Exchange::Withdraw(uint32_t slot, uint32_t index) {
  const Http2Client::Bytes bytes = pool_[slot].http2->client.Cancel(index);
  EndStream(index, bytes.sent, bytes.received);
  pool_.Drop(slot, index);
}

// The connection has ended: what it carried fails, each by what it had of its response.
void Exchange::FailAllOn(uint32_t slot, CloseKind kind) {
  Connection& connection = pool_[slot];
  const bool served_before = connection.served_before;
  if (connection.idle()) NoteIdleClosed(slot, kind);
  std::vector<std::pair<uint32_t, ErrorClass>> failed;
  while (!connection.idle()) {
    const uint32_t index = connection.requests.head;
    const bool any_bytes = requests_[index].times.first_byte != RequestTimes::kNever;
    failed.emplace_back(index, ErrorOfClose(kind, any_bytes, served_before));
    Withdraw(slot, index);
  }
  pool_.Forget(slot);
  for (const auto& [index, error] : failed) owner_->OnRequestFailed(index, error);
}

// The connection can't be used any longer: we end it.
void Exchange::Break(uint32_t slot, ErrorClass error) {
  Connection& connection = pool_[slot];
  std::vector<uint32_t> failed;
  while (!connection.idle()) {
    failed.push_back(connection.requests.head);
    Withdraw(slot, connection.requests.head);
  }
  pool_.Close(slot);
  for (const uint32_t index : failed) owner_->OnRequestFailed(index, error);
}

void Exchange::OnResponseStart(uint32_t request) {
  RunTime& first = requests_[request].times.first_byte;
  if (first == RequestTimes::kNever) first = clock_->now();
}

void Exchange::OnResponse(uint32_t request, const Http2Answer& answer) {
  const uint32_t slot = requests_[request].connection;
  EndStream(request, answer.bytes_sent, answer.bytes_received);
  requests_[request].marks = answer.marks;
  requests_[request].fields = answer.fields;
  owner_->OnRequestCompleted(request, answer.status);
  pool_.Drop(slot, request);
  pool_[slot].served_before = true;
  pool_[slot].idle_since = clock_->now();
}

void Exchange::OnStreamFailed(uint32_t request, ErrorClass error, uint64_t bytes_sent,
                              uint64_t bytes_received) {
  const uint32_t slot = requests_[request].connection;
  EndStream(request, bytes_sent, bytes_received);
  owner_->OnRequestFailed(request, error);
  pool_.Drop(slot, request);
}

// A response may end its stream before the request's first byte is known to be sent: not before it
// was, so what is left to know is the time.
void Exchange::EndStream(uint32_t index, uint64_t bytes_sent, uint64_t bytes_received) {
  Request& request = requests_[index];
  request.bytes_sent = bytes_sent;
  request.bytes_received = bytes_received;
  std::erase(pool_[request.connection].http2->begun, index);
  if (bytes_sent > 0 && request.times.sent == RequestTimes::kNever) {
    request.times.sent = clock_->now();
  }
}

}  // namespace muster

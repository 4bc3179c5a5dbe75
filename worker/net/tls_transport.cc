#include "worker/net/tls_transport.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <cstring>
#include <tuple>
#include <utility>

#include "common/base/check.h"
#include "worker/net/tls_error.h"

namespace muster {
namespace {

constexpr size_t kRecordBytes = SSL3_RT_MAX_PLAIN_LENGTH;
constexpr size_t kPieceBytes = 4 * kRecordBytes;
constexpr size_t kPlainBytes = 4 * kRecordBytes;  // decrypted at a time
// Of a request and its record; a buffer grows where a piece is larger.
constexpr size_t kBufferBytes = 2048;
constexpr size_t kFreeBuffers = 256;
// Answers that OpenSSL wants to send (to KeyUpdate) and the target does not read.
constexpr size_t kMaxAnswerBytes = size_t{64} << 10;
constexpr int kGenerationShift = 32;

// A call has not failed but ended where the bytes did. Not SSL_get_error, which takes what may lie
// in the error queue for this call's.
bool WantsMore(const SSL* tls) { return SSL_want_read(tls) && BIO_should_read(SSL_get_rbio(tls)); }

}  // namespace

TlsTransport::TlsTransport(Transport* inner, TlsContext* context)
    : inner_(inner),
      context_(context),
      bio_method_(BIO_meth_new(BIO_TYPE_SOURCE_SINK, "lent bytes"), &BIO_meth_free),
      plain_(std::make_unique<char[]>(kPlainBytes)) {
  CHECK(bio_method_ != nullptr) << "out of memory";
  BIO_meth_set_read_ex(bio_method_.get(), &TlsTransport::BioRead);
  BIO_meth_set_write_ex(bio_method_.get(), &TlsTransport::BioWrite);
  BIO_meth_set_ctrl(bio_method_.get(), &TlsTransport::BioControl);
}

TlsTransport::~TlsTransport() = default;

// -- Connections and their ids.

bool TlsTransport::Alive(const Connection& connection, ConnectionId id) {
  return connection.generation == id >> kGenerationShift && connection.state != State::kFree;
}

const TlsTransport::Connection* TlsTransport::Find(ConnectionId id) const {
  const auto index = static_cast<uint32_t>(id);
  if (index >= connections_.size()) return nullptr;
  const Connection& connection = connections_[index];
  return Alive(connection, id) ? &connection : nullptr;
}

const TlsTransport::Connection& TlsTransport::Get(ConnectionId id) const {
  const Connection* connection = Find(id);
  CHECK(connection != nullptr) << "connection " << id << " has ended";
  return *connection;
}

TlsTransport::Connection& TlsTransport::Of(ConnectionId inner) {
  return connections_[inner_->UserData(inner)];
}

ConnectionId TlsTransport::IdOf(const Connection& connection) {
  return static_cast<uint64_t>(connection.generation) << kGenerationShift | connection.index;
}

TlsTransport::Connection& TlsTransport::Allocate() {
  if (free_.empty()) {
    free_.push_back(static_cast<uint32_t>(connections_.size()));
    connections_.emplace_back().index = free_.back();
  }
  Connection& connection = connections_[free_.back()];
  free_.pop_back();
  ++connection.generation;
  connection.state = State::kConnecting;
  return connection;
}

void TlsTransport::Release(Connection& connection) {
  TakeBack(&connection.sending);
  TakeBack(&connection.encrypted);
  const uint32_t index = connection.index;
  const uint32_t generation = connection.generation;
  connection = Connection();
  connection.index = index;
  connection.generation = generation;
  free_.push_back(index);
}

// -- What the owner asks for.

ConnectionId TlsTransport::Connect(const Endpoint& endpoint, uint64_t user_data) {
  Connection& connection = Allocate();
  connection.user_data = user_data;
  connection.inner = inner_->Connect(endpoint, connection.index);
  return IdOf(connection);
}

uint64_t TlsTransport::UserData(ConnectionId id) const { return Get(id).user_data; }

std::optional<MonoTime> TlsTransport::Send(ConnectionId id, std::string_view bytes) {
  Connection& connection = Get(id);
  CHECK(connection.state == State::kOpen);
  CHECK(!bytes.empty());
  CHECK_EQ(Unsent(connection), 0u) << "Send before the bytes of the last one were handed over";
  connection.plain = bytes;
  connection.first_piece = true;
  const std::optional<MonoTime> sent = Pump(connection);
  connection.owes_all_sent = Unsent(connection) > 0;
  return sent;
}

size_t TlsTransport::UnsentBytes(ConnectionId id) const { return Unsent(Get(id)); }

size_t TlsTransport::Unsent(const Connection& connection) const {
  if (!connection.inner_keeps) return connection.plain.size();
  return connection.plain.size() +
         std::min(connection.piece_bytes, inner_->UnsentBytes(connection.inner));
}

void TlsTransport::Close(ConnectionId id) {
  Connection* connection = Find(id);
  if (connection == nullptr) return;
  inner_->Close(connection->inner);
  Release(*connection);
}

bool TlsTransport::Handshaking(ConnectionId id) const {
  const Connection* connection = Find(id);
  return connection != nullptr && connection->state == State::kHandshaking;
}

// -- Sending.

std::optional<MonoTime> TlsTransport::Pump(Connection& connection) {
  std::optional<MonoTime> first_byte;
  while (!connection.inner_keeps) {
    if (!connection.plain.empty() && !connection.broken) EncryptPiece(connection);
    if (connection.encrypted.empty()) break;
    const bool first = connection.piece_bytes > 0 && std::exchange(connection.first_piece, false);
    const std::optional<MonoTime> sent = Give(connection);
    if (first) {
      first_byte = sent;
      connection.awaits_first_byte = !sent.has_value();
    }
  }
  return first_byte;
}

std::optional<MonoTime> TlsTransport::Give(Connection& connection) {
  std::swap(connection.sending, connection.encrypted);
  const std::optional<MonoTime> sent = inner_->Send(connection.inner, connection.sending);
  connection.inner_keeps = !inner_->AllSent(connection.inner);
  if (!connection.inner_keeps) TakeBackSent(connection);
  return sent;
}

void TlsTransport::TakeBackSent(Connection& connection) {
  connection.inner_keeps = false;
  connection.piece_bytes = 0;
  TakeBack(&connection.sending);
}

void TlsTransport::GiveAlert(Connection& connection) {
  if (!connection.encrypted.empty() && !connection.inner_keeps) std::ignore = Give(connection);
}

void TlsTransport::EncryptPiece(Connection& connection) {
  const size_t size = std::min(connection.plain.size(), kPieceBytes);
  SSL* tls = connection.tls.get();
  io_ = {nullptr, &connection.encrypted};
  size_t written = 0;
  if (SSL_write_ex(tls, connection.plain.data(), size, &written) == 1) {
    connection.piece_bytes = written;
    connection.plain.remove_prefix(written);
    return;
  }
  // It may first want the rest of a message of the peer's that came in two records; nothing else
  // keeps it but a lack of memory.
  if (WantsMore(tls)) return;
  ERR_clear_error();
  connection.broken = true;
  broken_.push_back(IdOf(connection));
}

void TlsTransport::Settle(Connection& connection, ConnectionId id, MonoTime now) {
  if (Alive(connection, id)) {
    if (!connection.encrypted.empty() || !connection.plain.empty()) {
      const std::optional<MonoTime> first_byte = Pump(connection);
      if (first_byte.has_value()) handler_->OnFirstByteSent(id, *first_byte);
    }
    if (connection.owes_all_sent) TellAllSent(connection, id, now);
    if (Alive(connection, id) && connection.encrypted.size() > kMaxAnswerBytes) {
      End(connection, CloseKind::kTlsProtocol, now);
    }
  }
  if (!broken_.empty()) EndBroken(now);
}

void TlsTransport::TellAllSent(Connection& connection, ConnectionId id, MonoTime now) {
  if (!Alive(connection, id) || Unsent(connection) > 0) return;
  connection.owes_all_sent = false;
  handler_->OnAllSent(id, now);
}

void TlsTransport::EndBroken(MonoTime now) {
  for (const ConnectionId id : std::exchange(broken_, {})) {
    Connection* connection = Find(id);
    if (connection != nullptr) End(*connection, CloseKind::kLocal, now);
  }
}

// -- What the inner transport tells.

void TlsTransport::OnConnected(ConnectionId inner, const ConnectReport& report, MonoTime now) {
  Connection& connection = Of(inner);
  connection.state = State::kHandshaking;
  connection.report = report;
  connection.tls = context_->NewConnection();
  BIO* bio = NewBio();
  SSL_set_bio(connection.tls.get(), bio, bio);
  const ConnectionId id = IdOf(connection);
  std::string_view nothing;
  Shake(connection, &nothing, now);
  Settle(connection, id, now);
}

void TlsTransport::OnConnectFailed(ConnectionId inner, ErrorClass error, MonoTime now) {
  FailConnect(Of(inner), error, now);
}

void TlsTransport::OnFirstByteSent(ConnectionId inner, MonoTime now) {
  Connection& connection = Of(inner);
  if (!std::exchange(connection.awaits_first_byte, false)) return;  // the handshake's own
  handler_->OnFirstByteSent(IdOf(connection), now);
}

void TlsTransport::OnAllSent(ConnectionId inner, MonoTime now) {
  Connection& connection = Of(inner);
  TakeBackSent(connection);
  Settle(connection, IdOf(connection), now);
}

void TlsTransport::OnData(ConnectionId inner, std::string_view data, MonoTime now) {
  Connection& connection = Of(inner);
  const ConnectionId id = IdOf(connection);
  if (connection.state == State::kHandshaking) Shake(connection, &data, now);
  while (!data.empty() && Alive(connection, id) && connection.state == State::kOpen) {
    ReadRecords(connection, &data, now);
  }
  Settle(connection, id, now);
}

void TlsTransport::Shake(Connection& connection, std::string_view* in, MonoTime now) {
  SSL* tls = connection.tls.get();
  io_ = {in, &connection.encrypted};
  ERR_clear_error();
  if (SSL_do_handshake(tls) != 1) {
    if (WantsMore(tls)) return;
    const ErrorClass error = HandshakeErrorOf(tls);
    GiveAlert(connection);
    return FailConnect(connection, error, now);
  }
  ERR_clear_error();
  connection.state = State::kOpen;
  ConnectReport report = connection.report;
  report.tls = true;
  report.resumed = SSL_session_reused(tls) == 1;
  const unsigned char* protocol = nullptr;
  unsigned size = 0;
  SSL_get0_alpn_selected(tls, &protocol, &size);
  report.alpn_http2 = size == 2 && std::memcmp(protocol, "h2", 2) == 0;
  handler_->OnConnected(IdOf(connection), report, now);
}

// What came together is handed over together: whoever answers to it can do so in one send.
void TlsTransport::ReadRecords(Connection& connection, std::string_view* in, MonoTime now) {
  SSL* tls = connection.tls.get();
  io_ = {in, &connection.encrypted};
  size_t read = 0;
  std::optional<CloseKind> end;
  do {
    size_t size = 0;
    if (SSL_read_ex(tls, plain_.get() + read, kRecordBytes, &size) == 1) {
      read += size;
      continue;
    }
    if (WantsMore(tls)) break;  // it has taken all bytes
    const bool orderly =
        (SSL_get_shutdown(tls) & SSL_RECEIVED_SHUTDOWN) != 0 && ERR_peek_error() == 0;
    end = orderly ? CloseKind::kEnd : ReadErrorOf();
    if (!orderly) GiveAlert(connection);
  } while (!end && !in->empty() && read + kRecordBytes <= kPlainBytes);
  const ConnectionId id = IdOf(connection);
  if (read > 0) handler_->OnData(id, {plain_.get(), read}, now);
  if (end && Alive(connection, id) && connection.state == State::kOpen) End(connection, *end, now);
}

void TlsTransport::FailConnect(Connection& connection, ErrorClass error, MonoTime now) {
  const ConnectionId id = IdOf(connection);
  connection.state = State::kEnding;
  handler_->OnConnectFailed(id, error, now);
  Close(id);
}

void TlsTransport::End(Connection& connection, CloseKind kind, MonoTime now) {
  const ConnectionId id = IdOf(connection);
  connection.state = State::kEnding;
  handler_->OnClosed(id, kind, now);
  Close(id);
}

void TlsTransport::OnClosed(ConnectionId inner, CloseKind kind, MonoTime now) {
  Connection& connection = Of(inner);
  if (connection.state == State::kHandshaking) {
    const bool local = kind == CloseKind::kLocal;
    FailConnect(connection, local ? ErrorClass::kLocalOther : ErrorClass::kTlsClosed, now);
  } else {
    // With close_notify the connection would have ended then.
    End(connection, kind == CloseKind::kEnd ? CloseKind::kTruncated : kind, now);
  }
}

// -- OpenSSL's side.

BIO* TlsTransport::NewBio() {
  BIO* bio = BIO_new(bio_method_.get());
  CHECK(bio != nullptr) << "out of memory";
  BIO_set_data(bio, this);
  BIO_set_init(bio, 1);
  return bio;
}

int TlsTransport::BioRead(BIO* bio, char* data, size_t size, size_t* read) {
  const Io& io = static_cast<TlsTransport*>(BIO_get_data(bio))->io_;
  BIO_clear_retry_flags(bio);
  if (io.in == nullptr || io.in->empty()) {
    BIO_set_retry_read(bio);
    return 0;
  }
  *read = std::min(size, io.in->size());
  std::memcpy(data, io.in->data(), *read);
  io.in->remove_prefix(*read);
  return 1;
}

int TlsTransport::BioWrite(BIO* bio, const char* data, size_t size, size_t* written) {
  auto* self = static_cast<TlsTransport*>(BIO_get_data(bio));
  BIO_clear_retry_flags(bio);
  if (self->io_.out->empty()) self->Lend(self->io_.out);
  self->io_.out->append(data, size);
  *written = size;
  return 1;
}

long TlsTransport::BioControl(BIO* /*bio*/, int command, long /*number*/, void* /*pointer*/) {
  return command == BIO_CTRL_FLUSH ? 1 : 0;
}

void TlsTransport::Lend(std::string* buffer) {
  if (free_buffers_.empty()) {
    buffer->reserve(kBufferBytes);
  } else {
    *buffer = std::move(free_buffers_.back());
    free_buffers_.pop_back();
  }
}

void TlsTransport::TakeBack(std::string* buffer) {
  if (buffer->capacity() < kBufferBytes) return;
  std::string taken;
  taken.swap(*buffer);
  if (free_buffers_.size() >= kFreeBuffers) return;
  taken.clear();
  free_buffers_.push_back(std::move(taken));
}

}  // namespace muster

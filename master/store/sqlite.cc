#include "master/store/sqlite.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace muster {
namespace {

Status SqliteError(sqlite3* database) {
  const std::string text = sqlite3_errmsg(database);
  switch (sqlite3_errcode(database) & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return Unavailable(text);
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return DataLoss(text);
    default:
      return FailedPrecondition(text);
  }
}

// As the path of a "file:" URI, which alone can be opened as immutable.
std::string UriOf(const std::string& path) {
  std::string uri = "file:";
  for (const char c : path) {
    if (c == '%' || c == '?' || c == '#') {
      constexpr std::string_view kHex = "0123456789ABCDEF";
      const auto byte = static_cast<unsigned char>(c);
      uri += {'%', kHex[byte >> 4U], kHex[byte & 15U]};
    } else {
      uri += c;
    }
  }
  return uri + "?immutable=1";
}

}  // namespace

Statement& Statement::Bind(int parameter, int64_t value) {
  sqlite3_bind_int64(statement_.get(), parameter, value);
  return *this;
}
Statement& Statement::Bind(int parameter, double value) {
  sqlite3_bind_double(statement_.get(), parameter, value);
  return *this;
}
Statement& Statement::Bind(int parameter, std::string_view text) {
  sqlite3_bind_text64(statement_.get(), parameter, text.data(), text.size(), SQLITE_TRANSIENT,
                      SQLITE_UTF8);
  return *this;
}
Statement& Statement::BindBytes(int parameter, std::string_view bytes) {
  sqlite3_bind_blob64(statement_.get(), parameter, bytes.data(), bytes.size(), SQLITE_TRANSIENT);
  return *this;
}

StatusOr<bool> Statement::Step() {
  const int result = sqlite3_step(statement_.get());
  if (result == SQLITE_ROW) return true;
  if (result == SQLITE_DONE) return false;
  return SqliteError(sqlite3_db_handle(statement_.get()));
}

Status Statement::Run() { return Step().status(); }

std::string Statement::Text(int column) const {
  const void* bytes = sqlite3_column_blob(statement_.get(), column);
  const auto size = static_cast<size_t>(sqlite3_column_bytes(statement_.get(), column));
  return bytes == nullptr ? "" : std::string(static_cast<const char*>(bytes), size);
}

StatusOr<Database> Database::OpenAs(const std::string& name, int flags, Duration patience) {
  sqlite3* raw = nullptr;
  const int result = sqlite3_open_v2(name.c_str(), &raw, flags | SQLITE_OPEN_NOMUTEX, nullptr);
  if (raw == nullptr) return FailedPrecondition("out of memory");
  Database database(raw);
  if (result != SQLITE_OK) return SqliteError(raw);
  sqlite3_busy_timeout(raw, static_cast<int>(patience.nanos() / 1'000'000));
  return database;
}

StatusOr<Database> Database::Open(const std::string& path, Mode mode, Duration patience) {
  const int create = mode == Mode::kCreate ? O_CREAT : 0;
  const int fd =
      ::open(path.c_str(), (mode == Mode::kRead ? O_RDONLY : O_RDWR) | create | O_CLOEXEC, 0600);
  if (fd < 0) {
    const std::string why = std::strerror(errno);
    return errno == ENOENT ? NotFound(why) : FailedPrecondition(why);
  }
  ::close(fd);
  // A name that SQLite would take for something else ("", ":memory:") is a path here.
  const std::string name = path.starts_with('/') ? path : "./" + path;
  if (mode != Mode::kRead) return OpenAs(name, SQLITE_OPEN_READWRITE, patience);
  ASSIGN_OR_RETURN(Database database, OpenAs(name, SQLITE_OPEN_READONLY, patience));
  const Status first = database.Number("SELECT count(*) FROM sqlite_schema").status();
  // A write-ahead log's index can't be made in a folder that one may only read. Without a log the
  // file is whole by itself.
  if (absl::IsFailedPrecondition(first) && ::access((name + "-wal").c_str(), F_OK) != 0) {
    return OpenAs(UriOf(name), SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, patience);
  }
  return database;
}

Status Database::Execute(const std::string& sql) {
  const int result = sqlite3_exec(database_.get(), sql.c_str(), nullptr, nullptr, nullptr);
  return result == SQLITE_OK ? absl::OkStatus() : SqliteError(database_.get());
}

StatusOr<Statement> Database::Prepare(std::string_view sql) {
  sqlite3_stmt* raw = nullptr;
  const int result =
      sqlite3_prepare_v2(database_.get(), sql.data(), static_cast<int>(sql.size()), &raw, nullptr);
  if (result != SQLITE_OK) return SqliteError(database_.get());
  return Statement(raw);
}

StatusOr<int64_t> Database::Number(std::string_view sql) {
  ASSIGN_OR_RETURN(Statement statement, Prepare(sql));
  ASSIGN_OR_RETURN(const bool row, statement.Step());
  return row ? statement.Int(0) : 0;
}

}  // namespace muster

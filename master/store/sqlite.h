// SQLite, as little of it as the run store needs: a connection, its statements, and errors as
// Status that say what SQLite said. Blocking; one owner each; a statement does not outlive its
// database.
#pragma once

#include <sqlite3.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "common/base/status.h"
#include "common/time/time.h"

namespace muster {

class Statement {
 public:
  // Parameters count from 1. Text and bytes are copied.
  Statement& Bind(int parameter, int64_t value);
  Statement& Bind(int parameter, double value);
  Statement& Bind(int parameter, std::string_view text);
  Statement& BindBytes(int parameter, std::string_view bytes);
  // nullopt: NULL, as what was not bound is.
  template <typename T>
  Statement& Bind(int parameter, const std::optional<T>& value) {
    return value ? Bind(parameter, *value) : *this;
  }

  // Whether there is a row, the first or the next one; false: done.
  StatusOr<bool> Step();
  // For what gives no rows.
  Status Run();

  // Of the row, columns from 0.
  int64_t Int(int column) const { return sqlite3_column_int64(statement_.get(), column); }
  double Double(int column) const { return sqlite3_column_double(statement_.get(), column); }
  bool IsNull(int column) const {
    return sqlite3_column_type(statement_.get(), column) == SQLITE_NULL;
  }
  std::string Text(int column) const;

 private:
  friend class Database;
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
  };
  explicit Statement(sqlite3_stmt* statement) : statement_(statement) {}
  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
};

class Database {
 public:
  enum class Mode : uint8_t {
    kRead,    // the file must be there; nothing is written
    kWrite,   // the file must be there
    kCreate,  // the file is made when it is missing, for its owner alone
  };

  // `patience`: how long to wait for locks of others.
  static StatusOr<Database> Open(const std::string& path, Mode mode, Duration patience);

  // Statements without rows or parameters, with ';' between.
  Status Execute(const std::string& sql);
  StatusOr<Statement> Prepare(std::string_view sql);
  // The first column of the first row; 0 without one.
  StatusOr<int64_t> Number(std::string_view sql);
  // Rows that the last statement changed.
  int changes() const { return sqlite3_changes(database_.get()); }

 private:
  struct Close {
    void operator()(sqlite3* database) const { sqlite3_close_v2(database); }
  };
  explicit Database(sqlite3* database) : database_(database) {}
  static StatusOr<Database> OpenAs(const std::string& name, int flags, Duration patience);
  std::unique_ptr<sqlite3, Close> database_;
};

}  // namespace muster

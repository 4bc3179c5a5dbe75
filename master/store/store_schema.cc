#include "master/store/store_schema.h"

#include <string>

namespace muster {
namespace {

constexpr const char* kSteps[] = {
    "CREATE TABLE run ("
    "  id TEXT PRIMARY KEY NOT NULL,"
    "  started_at_ns INTEGER NOT NULL,"
    "  finished INTEGER NOT NULL,"  // 0: it goes on, or its master ended without a result
    "  pinned INTEGER NOT NULL DEFAULT 0,"
    "  name TEXT NOT NULL,"
    "  model TEXT NOT NULL,"
    "  asked TEXT NOT NULL,"
    "  target TEXT NOT NULL,"
    "  rate_per_s REAL,"
    "  p50_ns INTEGER,"  // response over all that was due; NULL: no data, or among the failed
    "  p99_ns INTEGER,"
    "  error_rate REAL,"
    "  outcome INTEGER,"  // exit code of its kind
    "  exit_code INTEGER,"
    "  bytes INTEGER NOT NULL,"
    "  summary BLOB NOT NULL"  // EncodeSummary; last, so that a list need not read it
    ");"
    "CREATE INDEX run_by_start ON run (started_at_ns, id);",
};

StatusOr<int64_t> VersionOf(Database& database, std::span<const char* const> steps) {
  ASSIGN_OR_RETURN(const int64_t application, database.Number("PRAGMA application_id"));
  ASSIGN_OR_RETURN(const int64_t version, database.Number("PRAGMA user_version"));
  ASSIGN_OR_RETURN(const int64_t tables, database.Number("SELECT count(*) FROM sqlite_schema"));
  const bool fresh = application == 0 && version == 0 && tables == 0;
  if (!fresh && application != kStoreApplicationId) {
    return FailedPrecondition("it is a database, but no run store");
  }
  if (version > static_cast<int64_t>(steps.size()) || version < 0) {
    return FailedPrecondition("it was written by a newer Muster (version " +
                              std::to_string(version) + ", this one reads " +
                              std::to_string(steps.size()) + ")");
  }
  return version;
}

Status TakeSteps(Database& database, std::span<const char* const> steps) {
  // Anew, within the transaction: another master may have been faster.
  ASSIGN_OR_RETURN(const int64_t version, VersionOf(database, steps));
  for (auto i = static_cast<size_t>(version); i < steps.size(); ++i) {
    RETURN_IF_ERROR(database.Execute(steps[i]));
  }
  RETURN_IF_ERROR(
      database.Execute("PRAGMA application_id = " + std::to_string(kStoreApplicationId)));
  return database.Execute("PRAGMA user_version = " + std::to_string(steps.size()));
}

}  // namespace

std::span<const char* const> StoreSteps() { return kSteps; }

Status MakeCurrent(Database& database, std::span<const char* const> steps) {
  ASSIGN_OR_RETURN(const int64_t version, VersionOf(database, steps));
  if (version == static_cast<int64_t>(steps.size())) return absl::OkStatus();
  RETURN_IF_ERROR(database.Execute("BEGIN IMMEDIATE"));
  Status status = TakeSteps(database, steps);
  if (status.ok()) return database.Execute("COMMIT");
  database.Execute("ROLLBACK").IgnoreError();  // what went wrong first is what matters
  return status;
}

Status CheckCurrent(Database& database, std::span<const char* const> steps) {
  ASSIGN_OR_RETURN(const int64_t version, VersionOf(database, steps));
  if (version == static_cast<int64_t>(steps.size())) return absl::OkStatus();
  if (version == 0) return NotFound("it is empty");
  return FailedPrecondition("it was written by an older Muster; the next muster run brings it up");
}

}  // namespace muster

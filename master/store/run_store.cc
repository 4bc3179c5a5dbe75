#include "master/store/run_store.h"

#include <sys/stat.h>

#include <algorithm>
#include <charconv>

#include "master/store/store_schema.h"
#include "master/store/summary_codec.h"

namespace muster {
namespace {

constexpr std::string_view kLatest = "latest";
constexpr size_t kMaxIdDigits = 16;
constexpr size_t kShownIds = 5;

bool IsHex(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789abcdef") == text.npos;
}

// "latest" -> 0, "latest~3" -> 3.
std::optional<uint64_t> StepsBack(std::string_view word) {
  if (!word.starts_with(kLatest)) return std::nullopt;
  word.remove_prefix(kLatest.size());
  if (word.empty()) return 0;
  uint64_t steps = 0;
  const char* const end = word.data() + word.size();
  if (word[0] != '~' || word.size() < 2 || word.size() > 7) return std::nullopt;
  const auto [at, error] = std::from_chars(word.data() + 1, end, steps);
  if (error != std::errc() || at != end) return std::nullopt;
  return steps;
}

// The folders above `path` that are missing, for their owner alone. What goes wrong shows when the
// file is opened.
void MakeFoldersOf(const std::string& path) {
  for (size_t at = path.find('/', 1); at != path.npos; at = path.find('/', at + 1)) {
    ::mkdir(path.substr(0, at).c_str(), 0700);
  }
}

Status MakeWritable(Database& database) {
  // Of effect in an empty file alone.
  RETURN_IF_ERROR(database.Execute("PRAGMA auto_vacuum = INCREMENTAL"));
  RETURN_IF_ERROR(MakeCurrent(database));
  // Readers and one writer then don't wait for each other. Where a file system can't do that, or
  // another master is just here, SQLite's own journal stays, which is as safe.
  const Status log = database.Execute("PRAGMA journal_mode = WAL");
  if (!log.ok() && !absl::IsUnavailable(log)) return log;
  return database.Execute("PRAGMA synchronous = NORMAL");
}

std::optional<double> ErrorRateOf(const Counts& counts) {
  const uint64_t ended = counts.completed + counts.failed;
  if (ended == 0) return std::nullopt;
  return static_cast<double>(counts.failed + counts.unexpected) / static_cast<double>(ended);
}

// Characters that LIKE would read as wildcards are looked for as they are.
std::string LikePattern(const std::string& part) {
  std::string pattern = "%";
  for (const char c : part) {
    if (c == '%' || c == '_' || c == '\\') pattern += '\\';
    pattern += c;
  }
  return pattern + "%";
}

constexpr const char* kMatching =
    " FROM run WHERE started_at_ns >= ?1 AND name LIKE ?2 ESCAPE '\\'"
    " AND (?3 IS NULL OR (finished AND outcome = ?3))";

Statement& BindFilter(Statement& statement, const RunFilter& filter) {
  std::optional<int64_t> outcome;
  if (filter.outcome) outcome = static_cast<int64_t>(*filter.outcome);
  return statement.Bind(1, filter.since ? filter.since->nanos() : INT64_MIN)
      .Bind(2, std::string_view(LikePattern(filter.name)))
      .Bind(3, outcome);
}

StoredRun RowOf(const Statement& row) {
  StoredRun run;
  run.id = row.Text(0);
  run.started_at = WallTime::FromNanos(row.Int(1));
  run.finished = row.Int(2) != 0;
  run.pinned = row.Int(3) != 0;
  run.name = row.Text(4);
  run.model = row.Text(5);
  run.asked = row.Text(6);
  run.target = row.Text(7);
  run.rate_per_s = row.Double(8);
  if (!row.IsNull(9)) run.p50_ns = row.Int(9);
  if (!row.IsNull(10)) run.p99_ns = row.Int(10);
  if (!row.IsNull(11)) run.error_rate = row.Double(11);
  run.outcome = static_cast<Outcome>(row.Int(12));
  run.exit_code = static_cast<int>(row.Int(13));
  run.bytes = static_cast<uint64_t>(row.Int(14));
  return run;
}

}  // namespace

bool IsRunReference(std::string_view word) {
  return (IsHex(word) && word.size() <= kMaxIdDigits) || StepsBack(word).has_value();
}

StatusOr<RunStore> RunStore::Open(const std::string& path, Access access, Duration patience) {
  if (access == Access::kKeep) MakeFoldersOf(path);
  const Database::Mode mode = access == Access::kRead     ? Database::Mode::kRead
                              : access == Access::kChange ? Database::Mode::kWrite
                                                          : Database::Mode::kCreate;
  auto database = Database::Open(path, mode, patience);
  Status status = database.status();
  if (status.ok()) {
    status = access == Access::kRead ? CheckCurrent(*database) : MakeWritable(*database);
  }
  if (!status.ok())
    return absl::Status(status.code(), "run store " + path + ": " + Message(status));
  return RunStore(path, *std::move(database));
}

Status RunStore::Named(const Status& status) const {
  if (status.ok()) return status;
  return absl::Status(status.code(), "run store " + path_ + ": " + Message(status));
}

Status RunStore::Write(const RunSummary& summary, bool finished) {
  ASSIGN_OR_RETURN(const std::string bytes, EncodeSummary(summary));
  // Pins outlive the beginning's row.
  ASSIGN_OR_RETURN(
      Statement insert,
      database_.Prepare(
          "INSERT INTO run (id, started_at_ns, finished, name, model, asked, target, rate_per_s,"
          " p50_ns, p99_ns, error_rate, outcome, exit_code, bytes, summary)"
          " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)"
          " ON CONFLICT (id) DO UPDATE SET started_at_ns = ?2, finished = ?3, name = ?4,"
          " model = ?5, asked = ?6, target = ?7, rate_per_s = ?8, p50_ns = ?9, p99_ns = ?10,"
          " error_rate = ?11, outcome = ?12, exit_code = ?13, bytes = ?14, summary = ?15"));
  const LatencySummary& response = summary.latency.response_all;
  insert.Bind(1, std::string_view(summary.id))
      .Bind(2, summary.started_at.nanos())
      .Bind(3, int64_t{finished})
      .Bind(4, std::string_view(summary.name))
      .Bind(5, std::string_view(summary.model))
      .Bind(6, std::string_view(summary.asked))
      .Bind(7, std::string_view(summary.target))
      .Bind(8, summary.load_rate_per_s)
      .Bind(9, response.p50_ns)
      .Bind(10, response.p99_ns)
      .Bind(11, ErrorRateOf(summary.counts))
      .Bind(12, static_cast<int64_t>(summary.verdict.outcome))
      .Bind(13, int64_t{summary.exit_code})
      .Bind(14, static_cast<int64_t>(bytes.size()))
      .BindBytes(15, bytes);
  return insert.Run();
}

Status RunStore::Begin(const RunSummary& summary) { return Named(Write(summary, false)); }

Status RunStore::Finish(const RunSummary& summary, const StoreLimits& limits) {
  RETURN_IF_ERROR(Named(Write(summary, true)));
  return Named(Prune(summary.id, limits));
}

Status RunStore::Prune(const std::string& keep, const StoreLimits& limits) {
  // From the newest on, pinned ones counted: what no longer fits goes, but for pins and `keep`.
  ASSIGN_OR_RETURN(
      Statement prune,
      database_.Prepare(
          "DELETE FROM run WHERE pinned = 0 AND id <> ?1 AND id IN (SELECT id FROM ("
          " SELECT id, row_number() OVER newest AS runs, sum(bytes) OVER newest AS total FROM run"
          " WINDOW newest AS (ORDER BY pinned DESC, id = ?1 DESC, started_at_ns DESC, id DESC"
          " ROWS UNBOUNDED PRECEDING)) WHERE runs > ?2 OR total > ?3)"));
  prune.Bind(1, std::string_view(keep))
      .Bind(2, static_cast<int64_t>(limits.runs))
      .Bind(3, static_cast<int64_t>(limits.bytes));
  RETURN_IF_ERROR(prune.Run());
  if (database_.changes() == 0) return absl::OkStatus();
  return database_.Execute("PRAGMA incremental_vacuum");
}

StatusOr<RunList> RunStore::List(const RunFilter& filter) {
  StatusOr<RunList> list = ListRows(filter);
  if (!list.ok()) return Named(list.status());
  return list;
}

StatusOr<RunList> RunStore::ListRows(const RunFilter& filter) {
  RunList list;
  ASSIGN_OR_RETURN(Statement count, database_.Prepare(std::string("SELECT count(*)") + kMatching));
  RETURN_IF_ERROR(BindFilter(count, filter).Step().status());
  list.matching = static_cast<uint64_t>(count.Int(0));
  ASSIGN_OR_RETURN(
      Statement rows,
      database_.Prepare(std::string("SELECT id, started_at_ns, finished, pinned, name, model,"
                                    " asked, target, rate_per_s, p50_ns, p99_ns, error_rate,"
                                    " outcome, exit_code, bytes") +
                        kMatching + " ORDER BY started_at_ns DESC, id DESC LIMIT ?4"));
  BindFilter(rows, filter).Bind(4, static_cast<int64_t>(filter.limit));
  while (true) {
    ASSIGN_OR_RETURN(const bool row, rows.Step());
    if (!row) return list;
    list.runs.push_back(RowOf(rows));
  }
}

StatusOr<std::string> RunStore::Resolve(std::string_view reference) {
  if (!IsRunReference(reference)) {
    return InvalidArgument("'" + std::string(reference) +
                           "' is no run; write an id, its beginning, latest or latest~1");
  }
  const std::optional<uint64_t> back = StepsBack(reference);
  auto id = back ? Latest(*back) : ByPrefix(reference);
  if (!id.ok()) return Named(id.status());
  return id;
}

StatusOr<std::string> RunStore::Latest(uint64_t before) {
  ASSIGN_OR_RETURN(Statement rows,
                   database_.Prepare("SELECT id FROM run WHERE finished"
                                     " ORDER BY started_at_ns DESC, id DESC LIMIT 1 OFFSET ?1"));
  rows.Bind(1, static_cast<int64_t>(before));
  ASSIGN_OR_RETURN(const bool row, rows.Step());
  if (row) return rows.Text(0);
  return NotFound(before == 0 ? "it has no finished run"
                              : "it has no " + std::to_string(before + 1) + " finished runs");
}

StatusOr<std::string> RunStore::ByPrefix(std::string_view prefix) {
  ASSIGN_OR_RETURN(Statement rows,
                   database_.Prepare("SELECT id FROM run WHERE substr(id, 1, ?2) = ?1"
                                     " ORDER BY id LIMIT ?3"));
  rows.Bind(1, prefix)
      .Bind(2, static_cast<int64_t>(prefix.size()))
      .Bind(3, static_cast<int64_t>(kShownIds));
  std::vector<std::string> ids;
  while (true) {
    ASSIGN_OR_RETURN(const bool row, rows.Step());
    if (!row) break;
    ids.push_back(rows.Text(0));
  }
  if (ids.empty()) return NotFound("it has no run '" + std::string(prefix) + "'");
  // An id that is the beginning of another one is that run.
  if (ids.size() == 1 || ids[0] == prefix) return ids[0];
  std::string text = "'" + std::string(prefix) + "' could be any of";
  for (const std::string& id : ids) text += " " + id;
  return InvalidArgument(text + (ids.size() == kShownIds ? " ..." : ""));
}

StatusOr<RunSummary> RunStore::Load(const std::string& id) {
  auto rows = database_.Prepare("SELECT finished, summary FROM run WHERE id = ?1");
  if (!rows.ok()) return Named(rows.status());
  const auto row = rows->Bind(1, std::string_view(id)).Step();
  if (!row.ok()) return Named(row.status());
  if (!*row) return Named(NotFound("it has no run '" + id + "'"));
  if (rows->Int(0) == 0) {
    return Named(FailedPrecondition("run " + id +
                                    " has no result: it still goes on, or its master ended without "
                                    "one"));
  }
  auto summary = DecodeSummary(rows->Text(1));
  if (!summary.ok()) {
    return Named(absl::Status(summary.status().code(),
                              "run " + id + " can't be read: " + Message(summary.status())));
  }
  return summary;
}

Status RunStore::SetPinned(const std::string& id, bool pinned) {
  auto update = database_.Prepare("UPDATE run SET pinned = ?2 WHERE id = ?1");
  if (!update.ok()) return Named(update.status());
  RETURN_IF_ERROR(Named(update->Bind(1, std::string_view(id)).Bind(2, int64_t{pinned}).Run()));
  if (database_.changes() > 0) return absl::OkStatus();
  return Named(NotFound("it has no run '" + id + "'"));
}

Status RunStore::Delete(const std::string& id) {
  auto remove = database_.Prepare("DELETE FROM run WHERE id = ?1");
  if (!remove.ok()) return Named(remove.status());
  RETURN_IF_ERROR(Named(remove->Bind(1, std::string_view(id)).Run()));
  if (database_.changes() == 0) return Named(NotFound("it has no run '" + id + "'"));
  return Named(database_.Execute("PRAGMA incremental_vacuum"));
}

}  // namespace muster

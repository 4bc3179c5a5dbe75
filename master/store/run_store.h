// RunStore: the runs of this user, in one SQLite file: of each its whole summary (plan text and
// environment in it), what a list shows of it, and whether it is pinned.
//
// A run is entered when it begins, as unfinished, and again with its result. Several masters may
// use one store at once: each change is a transaction of its own, and waits up to kPatience for
// others. The store is bounded: when a run is finished, the oldest ones that are not pinned go
// until both limits hold; the run itself stays.
//
// Blocking file access: before and after a run, never during it. One owner. Errors name the file.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/status.h"
#include "common/time/time.h"
#include "master/results/summary.h"
#include "master/store/sqlite.h"

namespace muster {

struct StoreLimits {
  uint64_t runs = 200;
  uint64_t bytes = uint64_t{1} << 30;  // of all summaries, as stored
};

// What a list shows of a run.
struct StoredRun {
  std::string id, name, model, asked, target;
  WallTime started_at;
  bool finished = false;  // false: it goes on, or its master ended without a result
  bool pinned = false;
  uint64_t bytes = 0;
  // Of finished ones.
  double rate_per_s = 0;                  // as RunSummary::load_rate_per_s
  std::optional<int64_t> p50_ns, p99_ns;  // response over all due; nullopt: none, or "failed"
  std::optional<double> error_rate;       // nullopt: nothing ended
  Outcome outcome = Outcome::kPassed;
  int exit_code = 0;
};

struct RunFilter {
  std::optional<WallTime> since;
  std::string name;                // a part of the name, ASCII letters in any case; empty: all
  std::optional<Outcome> outcome;  // of finished ones
  size_t limit = 50;               // the newest
};

struct RunList {
  std::vector<StoredRun> runs;  // newest first
  uint64_t matching = 0;        // to the filter, those beyond its limit included
};

class RunStore {
 public:
  enum class Access : uint8_t {
    kRead,
    kChange,  // an existing store
    kKeep,    // makes the file and its folders, for their owner alone
  };
  static constexpr Duration kPatience = Duration::Seconds(5);

  // NotFound: there is no store at `path`.
  static StatusOr<RunStore> Open(const std::string& path, Access access,
                                 Duration patience = kPatience);

  // A run that begins: identity, plan and environment alone.
  Status Begin(const RunSummary& summary);
  // Its result, whether or not the store still has its beginning; then prunes.
  Status Finish(const RunSummary& summary, const StoreLimits& limits = StoreLimits{});

  StatusOr<RunList> List(const RunFilter& filter);
  // A reference as people write it: an id, its beginning if no other run's begins so, "latest" (of
  // the finished ones) or "latest~1", the one before. NotFound: there is none; InvalidArgument:
  // several, or no reference.
  StatusOr<std::string> Resolve(std::string_view reference);
  // Of a whole id. NotFound: none; FailedPrecondition: unfinished; DataLoss: can't be read.
  StatusOr<RunSummary> Load(const std::string& id);
  // NotFound: there is no such run.
  Status SetPinned(const std::string& id, bool pinned);
  Status Delete(const std::string& id);

  const std::string& path() const { return path_; }

 private:
  RunStore(std::string path, Database database)
      : path_(std::move(path)), database_(std::move(database)) {}
  Status Named(const Status& status) const;
  Status Write(const RunSummary& summary, bool finished);
  Status Prune(const std::string& keep, const StoreLimits& limits);
  StatusOr<RunList> ListRows(const RunFilter& filter);
  StatusOr<std::string> Latest(uint64_t before);
  StatusOr<std::string> ByPrefix(std::string_view prefix);

  std::string path_;
  Database database_;
};

// Whether `word` has the form of a reference, rather than of a file's name: 1 to 16 lower-case hex
// digits, "latest", or "latest~N".
bool IsRunReference(std::string_view word);

}  // namespace muster

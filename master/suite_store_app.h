// The results folder of a suite: one file a cell, and beside it what the run and the target wrote.
// Used by one suite at a time. Adapter.
#pragma once

#include <optional>
#include <string>

#include "common/base/status.h"
#include "master/suite/cell_record.h"
#include "master/suite/suite_schedule.h"

namespace muster {

struct CellFiles {
  std::string record;      // of the cell
  std::string result;      // the run's JSON
  std::string run_log;     // what the run printed
  std::string target_log;  // what the target printed
};

class SuiteStore {
 public:
  // Makes the folder where it is missing. Errors: it can't be used, or another suite uses it.
  static StatusOr<SuiteStore> Open(const std::string& folder);
  // To look at what is kept, while another suite may use it; there may be no such folder.
  static SuiteStore Look(const std::string& folder) { return SuiteStore(folder, -1); }
  SuiteStore(SuiteStore&& other) noexcept;
  SuiteStore& operator=(SuiteStore&&) = delete;
  ~SuiteStore();

  const std::string& folder() const { return folder_; }
  CellFiles FilesOf(const SuiteSpec& suite, const SuiteCell& cell) const;
  // Makes the folder that these files stand in, and removes what is there of them.
  Status Prepare(const CellFiles& files) const;
  // What was kept of the cell; absent where there is nothing that can be read.
  std::optional<CellRecord> Kept(const SuiteSpec& suite, const SuiteCell& cell) const;
  Status Keep(const CellFiles& files, const CellRecord& record) const;

 private:
  SuiteStore(std::string folder, int lock) : folder_(std::move(folder)), lock_(lock) {}
  std::string folder_;
  int lock_;
};

// The last lines of a file that is text, on one line; empty: there are none.
std::string LastLines(const std::string& path);
// Keeps the end of a log that has grown large: servers that log each request write a lot.
void TrimLog(const std::string& path);

}  // namespace muster

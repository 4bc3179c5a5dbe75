// OutputFile: where one report goes: a file, or standard output for "-" (or /dev/stdout). Opened
// before a run, so that a report that can't be written is known before the load is; written to a
// temporary beside the target and renamed, so that a reader sees the old file or the whole new one.
// Plain blocking file I/O, done by the app before and after a run, never during it. Not
// thread-safe: one owner.
#pragma once

#include <string>

#include "common/base/status.h"

namespace muster {

class OutputFile {
 public:
  // Opens the temporary (same folder, name + ".part-" + process id). Errors name the path and say
  // why.
  static StatusOr<OutputFile> Open(const std::string& path);

  OutputFile(OutputFile&& other) noexcept;
  OutputFile& operator=(OutputFile&& other) noexcept;
  OutputFile(const OutputFile&) = delete;
  OutputFile& operator=(const OutputFile&) = delete;
  // Removes the temporary when nothing was written.
  ~OutputFile();

  // Writes everything, syncs it to the disk and renames it over the target. Standard output is only
  // written. Once.
  Status Write(const std::string& text);

  const std::string& path() const { return path_; }
  bool is_stdout() const { return path_ == "-"; }

 private:
  OutputFile(std::string path, std::string temporary, int fd)
      : path_(std::move(path)), temporary_(std::move(temporary)), fd_(fd) {}
  void Discard();

  std::string path_;
  std::string temporary_;  // empty: nothing to remove
  int fd_ = -1;
};

}  // namespace muster

// The files of every --out of a capacity search, opened before it and written after it: json,
// junit, csv (one file, a row a level), markdown and html. Others are refused by the command line.
// Not thread-safe: one owner.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "common/base/status.h"
#include "master/capacity_report/capacity_result.h"
#include "master/plan/flags.h"
#include "master/report/output_file.h"

namespace muster {

// What stands in the file. Requires a format of a search.
std::string RenderedCapacity(OutputFormat format, const CapacityResult& result);

class CapacityOutputs {
 public:
  // Refuses a file that is named twice, or that can't be written.
  static StatusOr<CapacityOutputs> Open(std::span<const OutputSpec> specs);

  bool to_stdout() const;
  // Once. Goes on after an error, and returns the first.
  Status Write(const CapacityResult& result);

 private:
  struct Output {
    OutputFormat format;
    OutputFile file;
  };
  std::vector<Output> outputs_;
};

}  // namespace muster

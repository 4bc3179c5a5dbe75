// Outputs: the files of every --out, opened before a run and written after it. Decides which files
// an output is made of; what stands in them is master/report's. Not thread-safe: one owner.
//
//   json, junit, markdown, html, hlog, openmetrics   FILE
//   csv    PREFIX_stats.csv, PREFIX_stats_history.csv, PREFIX_failures.csv
//   hgrm   FILE for the whole run, and with several request names one for each of them, its name
//          before FILE's ending: result.hgrm, result.home.hgrm. What is no letter, digit, '.', '-'
//          or '_' of a name becomes '_'; names that are then alike get a number. Standard output,
//          /dev/... and /proc/... take the whole run alone.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "common/base/status.h"
#include "master/plan/flags.h"
#include "master/report/output_file.h"
#include "master/results/summary.h"

namespace muster {

// The files that `spec` is made of, for a plan with these request names, in the order of Rendered.
std::vector<std::string> PathsOf(const OutputSpec& spec, std::span<const std::string> names);

// What stands in the files of `format`; of hgrm only the whole run's unless `each_name`.
std::vector<std::string> Rendered(OutputFormat format, const RunSummary& summary, bool each_name);

class Outputs {
 public:
  // Opens every file, so that one that can't be written is known before the run. Refuses one that
  // is named twice; `taken`: names of other files that are written, empty ones left out.
  static StatusOr<Outputs> Open(std::span<const OutputSpec> specs,
                                std::span<const std::string> names,
                                std::span<const std::string> taken);

  bool to_stdout() const;
  // Once. Goes on after an error, and returns the first.
  Status Write(const RunSummary& summary);

 private:
  struct Output {
    OutputFormat format;
    std::vector<OutputFile> files;
  };
  std::vector<Output> outputs_;
};

}  // namespace muster

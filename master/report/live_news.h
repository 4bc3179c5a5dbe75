// LiveNews: what has changed in a run since the last look, as lines for a log: each stage as it
// begins, a hold by hand as it begins and ends, each class of errors as it comes up, each worker
// that is lost or leaves, the drain. Each once. Owner: the run thread.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "master/report/text_style.h"
#include "master/results/live.h"

namespace muster {

class LiveNews {
 public:
  // Lines without line ends and codes.
  std::vector<std::string> Take(const LiveSnapshot& live, const TextOptions& options);

 private:
  size_t stage_ = 0;  // number of the last one told
  bool held_ = false;
  bool draining_ = false;
  std::set<std::string> errors_;   // at most all classes and statuses
  std::set<std::string> workers_;  // gone
};

}  // namespace muster

#include "master/report/threshold_remarks.h"

#include "master/results/format.h"

namespace muster {

std::vector<std::string> RemarksOn(const ThresholdResult& result) {
  std::vector<std::string> remarks;
  if (const auto& worst = result.worst_window) {
    remarks.push_back("worst " + FormatRunClock(worst->from) + " to " + FormatRunClock(worst->to) +
                      ": " + worst->observed_text);
  }
  if (result.aborted_at) {
    remarks.push_back("ended the run at " + FormatRunClock(*result.aborted_at));
  }
  if (!result.remark.empty()) remarks.push_back(result.remark);
  return remarks;
}

}  // namespace muster

#include "master/report/threshold_remarks.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace muster {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(ThresholdRemarksTest, SaysWhatTheFiguresDoNot) {
  ThresholdResult result;
  EXPECT_THAT(RemarksOn(result), IsEmpty());
  result.worst_window = WorstWindow{RunTime::FromNanos(40'000'000'000),
                                    RunTime::FromNanos(50'000'000'000), 612e6, "612ms"};
  result.aborted_at = RunTime::FromNanos(61'000'000'000);
  result.remark = "not enough samples in 3 windows";
  EXPECT_THAT(RemarksOn(result), ElementsAre("worst 0:40 to 0:50: 612ms", "ended the run at 1:01",
                                             "not enough samples in 3 windows"));
}

}  // namespace
}  // namespace muster

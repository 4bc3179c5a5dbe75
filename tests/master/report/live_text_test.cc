#include "master/report/live_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/master/report/sample_live.h"

namespace muster {
namespace {

using ::testing::ElementsAre;

const TextStyle kPlainText({.color = false, .width = 80, .unicode = true});

TEST(LiveTextTest, TimeLeftIsRoundedUp) {
  EXPECT_EQ(LiveLeft(Duration::Millis(1)), "1s left");
  EXPECT_EQ(LiveLeft(Duration::Seconds(83)), "1m23s left");
  EXPECT_EQ(LiveLeft(Duration()), "0s left");
  EXPECT_EQ(LiveLeft(Duration::Seconds(-1)), "0s left");
}

TEST(LiveTextTest, ProgressIsOfTheTimeOrOfTheLimitWhicheverIsFurther) {
  LiveSnapshot live = SampleLive();
  live.elapsed = Duration::Seconds(13);
  EXPECT_DOUBLE_EQ(LiveProgress(live), 0.1);
  live.limit = 2 * live.due;
  EXPECT_DOUBLE_EQ(LiveProgress(live), 0.5);
  live.limit.reset();
  live.elapsed = Duration::Seconds(-1);
  EXPECT_EQ(LiveProgress(live), 0);
  live.elapsed = Duration::Seconds(500);
  EXPECT_EQ(LiveProgress(live), 1);
}

TEST(LiveTextTest, AStageHoldsOrRamps) {
  LiveSnapshot live = SampleLive();
  EXPECT_EQ(LiveLevel(live, kPlainText), "hold 2,000/s");
  live.stage.from = 0;
  EXPECT_EQ(LiveLevel(live, kPlainText), "0/s → 2,000/s");
  live.open = false;
  EXPECT_EQ(LiveLevel(live, TextStyle({.unicode = false})), "0 to 2,000 users");
}

TEST(LiveTextTest, EveryStateOfAWorkerHasItsWords) {
  LiveWorker worker = SampleWorker("a", WorkerColour::kGreen, 0, 0.414);
  EXPECT_THAT(LiveHealth(worker, kPlainText), ElementsAre("✓ ok", "lag under 1ms", "busy 41 %"));
  worker = SampleWorker("a", WorkerColour::kAmber, 1'300'000, 0.9);
  EXPECT_THAT(LiveHealth(worker, kPlainText),
              ElementsAre("! strained", "lag p99 1.30ms", "busy 90 %"));
  worker = SampleWorker("a", WorkerColour::kRed, 0, 0.2, 0.25);
  worker.latest->second.throttled = 0.5;
  worker.latest->second.steal = 0.06;
  EXPECT_THAT(LiveHealth(worker, kPlainText),
              ElementsAre("✗ saturated", "lag under 1ms", "busy 20 %", "waits for a core 25 %",
                          "throttled 50 %", "steal 6 %"));
  worker.latest.reset();
  EXPECT_THAT(LiveHealth(worker, kPlainText), ElementsAre("-"));
  worker.state = LiveState::kDone;
  EXPECT_THAT(LiveHealth(worker, kPlainText), ElementsAre("done"));
  worker.state = LiveState::kLeft;
  EXPECT_THAT(LiveHealth(worker, kPlainText), ElementsAre("✗ left early"));
  worker.state = LiveState::kLost;
  EXPECT_THAT(LiveHealth(worker, kPlainText), ElementsAre("✗ lost"));
}

TEST(LiveTextTest, WorkersAreCountedByTheirTrouble) {
  LiveSnapshot live = SampleLive();
  EXPECT_THAT(LiveWorkerCounts(live, kPlainText), ElementsAre("3/3", "1 saturated", "1 strained"));
  live.workers[1].state = LiveState::kLost;
  live.workers[2].state = LiveState::kLeft;
  EXPECT_THAT(LiveWorkerCounts(live, kPlainText), ElementsAre("1/3", "1 lost", "1 left early"));
  live.workers.clear();
  EXPECT_THAT(LiveWorkerCounts(live, kPlainText), ElementsAre("0/0"));
}

TEST(LiveTextTest, FiguresAreBehindWhenASecondIsMissing) {
  LiveSnapshot live = SampleLive();  // the last point ends at 46 s
  live.elapsed = Duration::Seconds(49);
  EXPECT_FALSE(LiveIsBehind(live));
  live.elapsed = Duration::Millis(49'001);
  EXPECT_TRUE(LiveIsBehind(live));
  live.draining = true;
  EXPECT_FALSE(LiveIsBehind(live)) << "nothing more is expected then";
}

}  // namespace
}  // namespace muster

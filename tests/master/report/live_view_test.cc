#include "master/report/live_view.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>

namespace muster {
namespace {

LiveSnapshot Sample() {
  LiveSnapshot live;
  live.name = "shop";
  live.elapsed = Duration::Millis(47'300);
  live.load_length = Duration::Seconds(130);
  live.stage = "steady";
  live.asked_per_s = 2000;
  live.started_per_s = 1998;
  live.completed_per_s = 1990;
  live.workers_ready = live.workers_total = 3;
  live.in_flight = 24;
  live.due = 93'161;
  live.completed = 93'120;
  live.errors = 41;
  live.p50_ns = 12'100'000;
  live.p99_ns = 271'000'000;
  return live;
}

TEST(LiveViewTest, ThePlainLineSaysItAll) {
  EXPECT_EQ(RenderLiveLine(Sample(), {false, 80, true}),
            "0:47 of 2m10s · stage steady · asked 2,000/s · started 1,998/s · in flight 24 · "
            "errors 41 · p50 12.1ms p99 271ms · workers 3/3\n");
}

TEST(LiveViewTest, ThePlainLineNeverHasCodes) {
  LiveSnapshot live = Sample();
  live.workers_lost = 1;
  const std::string line = RenderLiveLine(live, {true, 80, true});
  EXPECT_EQ(line.find('\x1b'), std::string::npos);
  EXPECT_NE(line.find("1 lost"), std::string::npos);
}

TEST(LiveViewTest, TheBlockShowsAllOfThePlan) {
  const LiveBlock block = RenderLiveBlock(Sample(), {false, 80, true}, 0);
  EXPECT_EQ(block.lines, 5u);
  EXPECT_EQ(block.text,
            "shop  0:47 of 2m10s · stage steady  █████████████░░░░░░░░░░░░░░░░░░░░░░░░  36 %\n"
            "  rate      asked 2,000/s · started 1,998/s · completed 1,990/s\n"
            "  response  p50 12.1ms · p99 271ms · completed in the last second\n"
            "  so far    completed 93,120 · in flight 24 · errors 41 · not started 0\n"
            "  workers   3/3\n");
}

TEST(LiveViewTest, ABlockGoesBackOverTheOneBefore) {
  EXPECT_TRUE(RenderLiveBlock(Sample(), {}, 5).text.starts_with("\x1b[5A\r\x1b[J"));
  EXPECT_EQ(EraseLiveBlock(0), "");
}

// A line that wraps would break the way back.
TEST(LiveViewTest, NoLineReachesTheTerminalsWidthAndTheHeightIsTrue) {
  for (size_t width : {1u, 10u, 40u, 79u, 80u, 200u}) {
    const LiveBlock block = RenderLiveBlock(Sample(), {true, width, true}, 0);
    std::istringstream lines(block.text);
    size_t count = 0;
    for (std::string line; std::getline(lines, line); ++count) {
      EXPECT_LE(TextWidth(line), std::max<size_t>(1, width - 1)) << width;
    }
    EXPECT_EQ(count, block.lines);
  }
}

TEST(LiveViewTest, BeforeTheStartAndInTheDrainItSaysSo) {
  LiveSnapshot live = Sample();
  live.elapsed = Duration::Millis(-400);
  EXPECT_NE(RenderLiveLine(live, {}).find("starts in 0.4s"), std::string::npos);
  live.elapsed = Duration::Seconds(131);
  live.draining = true;
  const std::string text = RenderLiveBlock(live, {}, 0).text;
  EXPECT_NE(text.find("draining"), std::string::npos);
  EXPECT_NE(text.find("100 %"), std::string::npos);
}

TEST(LiveViewTest, AClosedRunShowsUsersAndAnInsecureChannelIsStated) {
  LiveSnapshot live = Sample();
  live.open = false;
  live.users = 50;
  live.insecure_control = true;
  live.insecure_target = true;
  live.p50_ns.reset();
  const std::string text = RenderLiveBlock(live, {false, 80, true}, 0).text;
  EXPECT_NE(text.find("50 users"), std::string::npos);
  EXPECT_NE(text.find("p50 - "), std::string::npos);
  EXPECT_NE(text.find("control channel without TLS"), std::string::npos);
  EXPECT_NE(text.find("target not verified"), std::string::npos);
  EXPECT_NE(RenderLiveLine(live, {false, 80, true}).find("target not verified"), std::string::npos);
}

}  // namespace
}  // namespace muster

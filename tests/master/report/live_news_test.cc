#include "master/report/live_news.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/master/report/sample_live.h"

namespace muster {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(LiveNewsTest, EachThingIsToldOnce) {
  LiveNews news;
  LiveSnapshot live = SampleLive();
  live.errors.pop_back();
  EXPECT_THAT(news.Take(live, {}), ElementsAre("0:47 · stage steady begins: hold 2,000/s for 1m",
                                               "0:47 · new error: timeout, since 0:38"));
  ++live.errors[0].count;
  EXPECT_THAT(news.Take(live, {}), IsEmpty());
  live.errors.push_back({"status 503", 1, RunTime() + Duration::Millis(4'200)});
  live.workers[0].state = LiveState::kLost;
  live.workers[2].state = LiveState::kLeft;
  EXPECT_THAT(news.Take(live, {}),
              ElementsAre("0:47 · new error: status 503, since 0:04.2",
                          "0:47 · worker berlin is lost", "0:47 · worker zurich left early"));
  EXPECT_THAT(news.Take(live, {}), IsEmpty());
  live.stage.number = 3;
  live.stage.name = "cool";
  live.stage.to = 0;
  EXPECT_THAT(news.Take(live, {.unicode = false}),
              ElementsAre("0:47 | stage cool begins: 2,000/s to 0/s for 1m"));
  live.draining = true;
  EXPECT_THAT(news.Take(live, {}), ElementsAre("0:47 · draining: nothing new is started"));
  EXPECT_THAT(news.Take(live, {}), IsEmpty());
}

TEST(LiveNewsTest, AHoldIsToldWhenItBeginsAndWhenItEnds) {
  LiveNews news;
  LiveSnapshot live = SampleLive();
  live.errors.clear();
  news.Take(live, {});
  live.hold = LiveHold{RunTime() + Duration::Seconds(48), RunTime() + Duration::Seconds(51)};
  EXPECT_THAT(news.Take(live, {}), IsEmpty());
  live.elapsed = Duration::Seconds(48);
  EXPECT_THAT(news.Take(live, {}),
              ElementsAre("0:48 · stage steady is held by hand: asked 2,000/s"));
  live.hold->until += Duration::Seconds(3);
  EXPECT_THAT(news.Take(live, {}), IsEmpty());
  live.elapsed = Duration::Seconds(54);
  live.hold.reset();
  EXPECT_THAT(news.Take(live, {}), ElementsAre("0:54 · stage steady goes on"));
  EXPECT_THAT(news.Take(live, {}), IsEmpty());
}

TEST(LiveNewsTest, NothingIsNewBeforeTheStart) {
  LiveNews news;
  LiveSnapshot live = SampleLive();
  live.elapsed = Duration::Millis(-1);
  EXPECT_THAT(news.Take(live, {}), IsEmpty());
  live.elapsed = Duration();
  EXPECT_FALSE(news.Take(live, {}).empty());
}

TEST(LiveNewsTest, LinesHaveNoCodes) {
  LiveNews news;
  LiveSnapshot live = SampleLive();
  live.stage.name = "a\x1b[1m";
  live.workers[0].name = "b\x1b[1m";
  live.workers[0].state = LiveState::kLost;
  for (const std::string& line : news.Take(live, {.color = true})) {
    EXPECT_EQ(line.find('\x1b'), std::string::npos) << line;
  }
}

}  // namespace
}  // namespace muster

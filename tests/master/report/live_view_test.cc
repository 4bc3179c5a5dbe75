#include "master/report/live_view.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>

#include "tests/master/report/golden.h"
#include "tests/master/report/sample_live.h"

namespace muster {
namespace {

LiveScreen Screen(size_t width, bool color = false, bool unicode = true) {
  return {
      .text = {.color = color, .width = width, .unicode = unicode}, .keys = true, .holds = true};
}

// As a terminal shows it: without the codes of the redraw.
std::string Shown(const LiveSnapshot& live, const LiveScreen& screen) {
  std::string text = RenderLiveBlock(live, screen, {}).text;
  for (const std::string code : {"\x1b[K", "\x1b[J"}) {
    for (size_t at; (at = text.find(code)) != std::string::npos;) text.erase(at, code.size());
  }
  return text;
}

std::vector<std::string> LinesOf(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

TEST(LiveViewTest, BlocksLookAsTheyDo) {
  const LiveSnapshot live = SampleLive();
  ExpectGolden("live_40.txt", Shown(live, Screen(40)));
  ExpectGolden("live_80.txt", Shown(live, Screen(80)));
  ExpectGolden("live_120.txt", Shown(live, Screen(120)));
  ExpectGolden("live_80_ascii.txt", Shown(live, Screen(80, false, false)));
  ExpectGolden("live_80_color.txt", Shown(live, Screen(80, true)));
  LiveSnapshot early = live;
  early.elapsed = Duration::Millis(-400);
  early.points.clear();
  early.errors.clear();
  early.not_started = early.failures = early.due = early.completed = 0;
  LiveScreen help = Screen(80);
  help.help = true;
  ExpectGolden("live_80_start.txt", Shown(early, help));
  help.confirming = true;
  EXPECT_TRUE(Shown(early, help).ends_with("\n  ! press s again to stop at once\n"));
}

TEST(LiveViewTest, WithoutColourOrUnicodeThereIsNone) {
  const std::string text = Shown(SampleLive(), Screen(120, false, false));
  EXPECT_TRUE(std::all_of(text.begin(), text.end(), [](char c) {
    return c == '\n' || (c >= 0x20 && c < 0x7f);
  })) << text;
}

// A line that wraps would break the way back.
TEST(LiveViewTest, NoLineReachesTheTerminalsWidthAndTheWidthsAreTrue) {
  LiveSnapshot live = SampleLive();
  live.name = std::string(300, 'n');
  live.stage.name = std::string(300, 's');
  live.workers[0].name = std::string(300, 'w');
  live.insecure_control = true;
  for (const LiveSnapshot& shown : {live, SampleLive()}) {
    for (size_t width = 1; width <= 200; ++width) {
      LiveScreen screen = Screen(width, width % 2 == 0, width % 3 == 0);
      screen.help = screen.confirming = width % 5 == 0;
      const LiveBlock block = RenderLiveBlock(shown, screen, {});
      const std::vector<std::string> lines = LinesOf(Shown(shown, screen));
      ASSERT_EQ(lines.size(), block.widths.size());
      for (size_t i = 0; i < lines.size(); ++i) {
        ASSERT_EQ(TextWidth(lines[i]), block.widths[i]);
        ASSERT_LE(block.widths[i], std::max<size_t>(1, width - 1)) << width << ": " << lines[i];
      }
    }
  }
}

TEST(LiveViewTest, TheBlockIsLowerThanTheTerminalAndKeepsWhatMattersMost) {
  const size_t whole = RenderLiveBlock(SampleLive(), Screen(80), {}).widths.size();
  ASSERT_GT(whole, 8u);
  for (size_t height = 1; height <= 2 * whole; ++height) {
    LiveScreen screen = Screen(80);
    screen.height = height;
    const std::string text = Shown(SampleLive(), screen);
    const std::vector<std::string> lines = LinesOf(text);
    EXPECT_EQ(lines.size(), std::clamp<size_t>(height - 1, 1, whole)) << height;
    EXPECT_NE(lines[0].find("0:47 of 2m10s"), std::string::npos);
    if (height >= 4) {
      EXPECT_NE(text.find("p99"), std::string::npos) << text;
    }
    if (height < whole) {
      EXPECT_EQ(text.find("keys:"), std::string::npos) << "the hint goes first";
    }
  }
  LiveScreen small = Screen(80);
  small.height = 9;
  EXPECT_NE(Shown(SampleLive(), small).find("workers"), std::string::npos);
  EXPECT_EQ(Shown(SampleLive(), small).find("berlin"), std::string::npos);
}

TEST(LiveViewTest, ABlockIsWrittenOverTheOneBefore) {
  const LiveBlock first = RenderLiveBlock(SampleLive(), Screen(80), {});
  EXPECT_EQ(first.text.find("\x1b["), first.text.find("\x1b[K"));
  const std::string rows = std::to_string(first.widths.size());
  const std::string second = RenderLiveBlock(SampleLive(), Screen(80), first.widths).text;
  EXPECT_TRUE(second.starts_with("\x1b[" + rows + "A\r")) << second;
  EXPECT_TRUE(second.ends_with("\x1b[J"));
  EXPECT_EQ(EraseLiveBlock(first.widths, 80), "\x1b[" + rows + "A\r\x1b[J");
  EXPECT_EQ(EraseLiveBlock({}, 80), "");
}

TEST(LiveViewTest, WhatANarrowerTerminalHasWrappedIsGoneBackOver) {
  EXPECT_EQ(EraseLiveBlock({79, 40, 0}, 40), "\x1b[4A\r\x1b[J");
  EXPECT_EQ(EraseLiveBlock({79, 41}, 30), "\x1b[5A\r\x1b[J");
}

TEST(LiveViewTest, BothSparklinesHaveTheirSecondsInTheSameColumns) {
  const std::vector<std::string> lines = LinesOf(Shown(SampleLive(), Screen(80, false, false)));
  const auto row = [&](const std::string& label) {
    return *std::find_if(lines.begin(), lines.end(),
                         [&](const std::string& line) { return line.starts_with("  " + label); });
  };
  // In the stalled second nothing was completed, and p99 is a cross.
  const size_t cross = row("p99").find('x', kLabelWidth);
  ASSERT_NE(cross, std::string::npos);
  EXPECT_EQ(row("completed")[cross], ' ');
  EXPECT_EQ(row("completed")[cross + 1], '@');
}

// What fits beside a sparkline is chosen so that one fits.
TEST(LiveViewTest, FromFortyColumnsOnThereAreSparklines) {
  for (size_t width = 40; width <= 200; ++width) {
    const std::string text = Shown(SampleLive(), Screen(width, false, false));
    EXPECT_NE(text.find("p99       "), std::string::npos);
    EXPECT_NE(text.find(".x@..."), std::string::npos) << width << ": " << text;
  }
}

TEST(LiveViewTest, FiguresThatAreOldAreMarked) {
  LiveSnapshot live = SampleLive();
  EXPECT_EQ(Shown(live, Screen(80)).find("as of"), std::string::npos);
  live.elapsed = Duration::Millis(49'100);
  const std::vector<std::string> lines = LinesOf(Shown(live, Screen(80)));
  EXPECT_EQ(std::count_if(lines.begin(), lines.end(),
                          [](const std::string& line) {
                            return line.find("as of 0:46") != std::string::npos;
                          }),
            2);
  EXPECT_NE(RenderLiveLine(live, {}).find("as of 0:46"), std::string::npos);
}

TEST(LiveViewTest, WithoutDataNoNumberIsShown) {
  LiveSnapshot live = SampleLive();
  live.points.clear();
  const std::string text = Shown(live, Screen(80));
  EXPECT_EQ(text.find("· started"), std::string::npos);
  EXPECT_EQ(text.find("in flight"), std::string::npos);
  EXPECT_EQ(text.find("p50"), std::string::npos);
  EXPECT_EQ(RenderLiveLine(live, {}).find("· started"), std::string::npos);
}

TEST(LiveViewTest, APercentileAmongTheFailedSaysSo) {
  LiveSnapshot live = SampleLive();
  live.points.back().p99_failed = true;
  EXPECT_NE(Shown(live, Screen(120)).find("failed · of completed 99.0ms"), std::string::npos);
  EXPECT_NE(RenderLiveLine(live, {}).find("p99 failed"), std::string::npos);
}

TEST(LiveViewTest, ErrorsThatDoNotFitAreCounted) {
  LiveSnapshot live = SampleLive();
  for (const char* name : {"connect_refused", "dns", "protocol", "early_close"}) {
    live.errors.push_back({name, 7, RunTime()});
  }
  EXPECT_NE(Shown(live, Screen(80)).find("timeout 30 since 0:38 · status 503 11 since 0:04.2 +4"),
            std::string::npos);
  EXPECT_NE(Shown(live, Screen(40)).find("timeout 30 since 0:38 +5"), std::string::npos);
  live.errors.resize(1);
  EXPECT_EQ(Shown(live, Screen(80)).find(" +"), std::string::npos);
}

TEST(LiveViewTest, KeysAreNamedOnlyWhereTheyWork) {
  LiveScreen screen = Screen(80);
  screen.keys = false;
  screen.help = true;
  EXPECT_EQ(Shown(SampleLive(), screen).find("drain"), std::string::npos);
  screen.keys = true;
  EXPECT_NE(Shown(SampleLive(), screen).find("let what is in flight finish"), std::string::npos);
  screen.help = false;
  EXPECT_NE(Shown(SampleLive(), screen).find("d drain"), std::string::npos);
}

TEST(LiveViewTest, AHoldIsShownWithTheKeyThatEndsIt) {
  LiveSnapshot live = SampleLive();
  LiveScreen screen = Screen(80);
  EXPECT_NE(Shown(live, screen).find("keys: d drain · h hold · s stop"), std::string::npos);
  live.stage.count = 1;
  EXPECT_EQ(Shown(live, screen).find("stage "), std::string::npos);
  live.hold = LiveHold{RunTime() + Duration::Seconds(49), RunTime() + Duration::Seconds(52)};
  EXPECT_NE(Shown(live, screen).find("to be held from 0:49, h goes on"), std::string::npos);
  live.hold->from = RunTime() + Duration::Seconds(47);
  EXPECT_NE(Shown(live, screen).find("held since 0:47, h goes on"), std::string::npos);
  EXPECT_NE(Shown(live, screen).find("keys: d drain · h go on · s stop"), std::string::npos);
  EXPECT_NE(RenderLiveLine(live, {}).find("held since 0:47"), std::string::npos);
  live.hold->wanted = false;
  EXPECT_NE(Shown(live, screen).find("held 0:47 to 0:52 · hold 2,000/s"), std::string::npos);
  EXPECT_NE(Shown(live, screen).find("keys: d drain · h hold"), std::string::npos);
  screen.holds = false;
  live.hold->wanted = true;
  EXPECT_EQ(Shown(live, screen).find("h go"), std::string::npos);
}

TEST(LiveViewTest, ThePlainLineSaysItAll) {
  EXPECT_EQ(RenderLiveLine(SampleLive(), {false, 80, true}),
            "0:47 of 2m10s · stage steady · asked 2,000/s · started 1,998/s · completed 1,990/s · "
            "p50 4.95ms p99 99.0ms · in flight 24 · errors 41 · not started 14 · workers 3/3 · "
            "1 saturated · 1 strained\n");
}

TEST(LiveViewTest, ThePlainLineNeverHasCodes) {
  LiveSnapshot live = SampleLive();
  live.workers[1].state = LiveState::kLost;
  live.stage.name = "a\x1b[2Jb";
  const std::string line = RenderLiveLine(live, {true, 80, true});
  EXPECT_EQ(line.find('\x1b'), std::string::npos);
  EXPECT_NE(line.find("workers 2/3 · 1 lost"), std::string::npos);
}

TEST(LiveViewTest, NoNameMovesTheCursor) {
  LiveSnapshot live = SampleLive();
  live.name = live.stage.name = live.workers[0].name = "a\x1b[2J\nb";
  EXPECT_EQ(Shown(live, Screen(80)).find('\x1b'), std::string::npos);
}

TEST(LiveViewTest, BeforeTheStartAndInTheDrainItSaysSo) {
  LiveSnapshot live = SampleLive();
  live.elapsed = Duration::Millis(-400);
  EXPECT_NE(RenderLiveLine(live, {}).find("starts in 0.4s"), std::string::npos);
  live.elapsed = Duration::Seconds(131);
  live.draining = true;
  const std::string text = Shown(live, Screen(80));
  EXPECT_NE(text.find("draining"), std::string::npos);
  EXPECT_NE(text.find("100 %"), std::string::npos);
  EXPECT_EQ(text.find("asked"), std::string::npos) << "nothing is, any more";
}

TEST(LiveViewTest, AClosedRunShowsUsersAndItsLimit) {
  LiveSnapshot live = SampleLive();
  live.open = false;
  live.users = 50;
  live.limit = 186'322;
  const std::string text = Shown(live, Screen(120));
  EXPECT_NE(text.find("50 users"), std::string::npos);
  EXPECT_NE(text.find("0:47 of at most 2m10s"), std::string::npos);
  EXPECT_NE(text.find("at most 186,322 iterations"), std::string::npos);
  EXPECT_NE(text.find("50 %"), std::string::npos) << "half of the iterations";
}

TEST(LiveViewTest, InsecurityIsStatedOnTheSmallestScreen) {
  LiveSnapshot live = SampleLive();
  live.insecure_control = true;
  live.insecure_target = true;
  LiveScreen screen = Screen(40);
  screen.height = 4;
  EXPECT_NE(Shown(live, screen).find("control channel without TLS"), std::string::npos);
  EXPECT_NE(Shown(live, screen).find("target not verified"), std::string::npos);
  EXPECT_NE(RenderLiveLine(live, {false, 80, true}).find("target not verified"), std::string::npos);
}

TEST(LiveViewTest, OfManyWorkersTheWorstAreShown) {
  LiveSnapshot live = SampleLive();
  live.workers.clear();
  for (int i = 0; i < 1'000; ++i) {
    live.workers.push_back(SampleWorker("w" + std::to_string(i), WorkerColour::kGreen, 0, 0.1));
  }
  live.workers[700] = SampleWorker("bad", WorkerColour::kRed, 9'000'000, 0.9);
  live.workers[900].state = LiveState::kLost;
  const std::vector<std::string> lines = LinesOf(Shown(live, Screen(80)));
  EXPECT_LT(lines.size(), 24u);
  const std::string text = Shown(live, Screen(80));
  EXPECT_NE(text.find("999/1000 · 1 lost · 1 saturated"), std::string::npos) << text;
  EXPECT_LT(text.find("w900"), text.find("bad"));
  EXPECT_LT(text.find("bad"), text.find("w0"));
}

}  // namespace
}  // namespace muster

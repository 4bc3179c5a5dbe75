#include "master/capacity_report/capacity_terminal.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "tests/master/capacity_report/sample_capacity.h"
#include "tests/master/report/golden.h"

namespace muster {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

const TextOptions kPlain{.color = false, .width = 100, .unicode = true, .by = {}};

TEST(CapacityTerminalTest, MatchesItsGoldenFiles) {
  ExpectGolden("capacity.txt", CapacityTerminal(SampleCapacity(), kPlain));
  ExpectGolden("capacity_users_ascii_80.txt",
               CapacityTerminal(SampleUsers(), {.color = false, .width = 80, .unicode = false}));
  ExpectGolden("capacity_generator.txt", CapacityTerminal(SampleGeneratorLimited(), kPlain));
}

TEST(CapacityTerminalTest, TheFirstLineIsTheVerdict) {
  EXPECT_THAT(CapacityTerminal(SampleCapacity(), kPlain),
              StartsWith("FOUND  shop · estimate 1,890/s (1,790 to 2,010) · exit 0"));
  CapacityResult wanted = SampleCapacity();
  wanted.wanted = 2'000;
  Conclude(&wanted);
  EXPECT_THAT(CapacityTerminal(wanted, kPlain), StartsWith("FAILED  shop · estimate 1,890/s"));
  wanted.wanted = 1'000;
  Conclude(&wanted);
  EXPECT_THAT(CapacityTerminal(wanted, kPlain), StartsWith("PASSED  shop"));
  EXPECT_THAT(CapacityTerminal(SampleGeneratorLimited(), kPlain),
              StartsWith("GENERATOR-LIMITED  shop · at least 12,000/s · exit 4"));
}

TEST(CapacityTerminalTest, NoLineIsWiderThanTheTerminal) {
  for (const size_t width : {80U, 100U, 200U}) {
    std::istringstream text(
        CapacityTerminal(SampleCapacity(), {.color = true, .width = width, .unicode = true}));
    for (std::string line; std::getline(text, line);) {
      const bool answer = line.find("for 60s") != line.npos;  // its parts are wrapped whole
      EXPECT_TRUE(answer || TextWidth(line) <= width) << line;
    }
  }
}

TEST(CapacityTerminalTest, EverySearchIsShown) {
  CapacityResult result = SampleCapacity();
  result.searches.push_back(result.searches[0]);
  Conclude(&result);
  const std::string text = CapacityTerminal(result, kPlain);
  EXPECT_THAT(text, HasSubstr("1: sustained 1,840/s"));
  EXPECT_THAT(text, HasSubstr("\nsearch 2\n"));
}

TEST(CapacityTerminalTest, NamesDoNotMoveTheCursor) {
  CapacityResult result = SampleCapacity();
  result.name = "a\x1b[2Jb";
  result.target = "http://h\n";
  EXPECT_THAT(CapacityTerminal(result, kPlain), Not(HasSubstr("\x1b")));
}

TEST(CapacityTerminalTest, ALineOfProgressSaysWhatTheLevelShowed) {
  const CapacityResult result = SampleCapacity();
  const auto& levels = result.searches[0].levels;
  EXPECT_EQ(LevelLine(result, levels[1], kPlain),
            "climb 1,500/s for 5s: held, within(100ms) 99.7 %; p50 12.1ms, p99 48.0ms");
  EXPECT_EQ(LevelLine(result, levels[5], kPlain),
            "beyond 3,375/s for 5s: failed, within(100ms) 0 %; p50 12.1ms, p99 failed");
}

}  // namespace
}  // namespace muster

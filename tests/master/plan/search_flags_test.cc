#include "master/plan/search_flags.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "master/plan/flag_table.h"
#include "master/plan/flags.h"

namespace muster {
namespace {

using ::testing::HasSubstr;

StatusOr<CommandLine> Search(std::vector<std::string> flags) {
  std::vector<std::string> args = {"find-capacity", "http://h/"};
  args.insert(args.end(), flags.begin(), flags.end());
  return ParseCommandLine(args, "1.2.3");
}

std::string SearchError(std::vector<std::string> flags) {
  const auto line = Search(std::move(flags));
  EXPECT_FALSE(line.ok());
  return Message(line.status());
}

TEST(SearchFlagsTest, EveryFlagReachesItsValue) {
  const auto line = Search({"--objective",
                            "within(100ms) >= 99%",
                            "--objective=dropped_syns == 0",
                            "--axis",
                            "users",
                            "--from",
                            "20",
                            "--max",
                            "500",
                            "--budget",
                            "10m",
                            "--confirm",
                            "30s",
                            "--repeat",
                            "3",
                            "--at-least",
                            "100",
                            "--think",
                            "1s",
                            "-c",
                            "9"});
  ASSERT_TRUE(line.ok()) << line.status();
  EXPECT_EQ(line->command, CommandLine::Command::kFindCapacity);
  const SearchFlags& search = *line->plan.search;
  ASSERT_EQ(search.objectives.size(), 2u);
  EXPECT_EQ(search.objectives[1].expression, "dropped_syns == 0");
  EXPECT_EQ(search.axis, LoadAxis::kUsers);
  EXPECT_EQ(search.from, (LoadFlag{20, false}));
  EXPECT_EQ(search.max, (LoadFlag{500, false}));
  EXPECT_EQ(search.at_least, (LoadFlag{100, false}));
  EXPECT_EQ(search.budget, Duration::Seconds(600));
  EXPECT_EQ(search.confirm, Duration::Seconds(30));
  EXPECT_EQ(search.repeat, 3u);
  EXPECT_EQ(line->plan.connections, 9u) << "a flag of run";
}

TEST(SearchFlagsTest, ALoadIsPerTimeOrPlain) {
  EXPECT_EQ(Search({"--from", "60/m"})->plan.search->from, (LoadFlag{1, true}));
  EXPECT_EQ(Search({"--from", "2.5"})->plan.search->from, (LoadFlag{2.5, false}));
  EXPECT_TRUE(LoadOn(LoadAxis::kRate, {2.5, false}).ok());
  EXPECT_EQ(*LoadOn(LoadAxis::kUsers, {20, false}), 20);
  EXPECT_FALSE(LoadOn(LoadAxis::kUsers, {2.5, false}).ok());
  EXPECT_FALSE(LoadOn(LoadAxis::kUsers, {2'000'000, false}).ok());
  EXPECT_THAT(Message(LoadOn(LoadAxis::kUsers, {20, true}).status()), HasSubstr("--axis rate"));
}

TEST(SearchFlagsTest, WrongOnesAreRefusedByName) {
  const std::vector<std::pair<std::vector<std::string>, const char*>> cases = {
      {{"--objective", "mean(response) < 1s"}, "--objective: a mean"},
      {{"--objective", "error_rate < 1%", "--objective", "error_rate < 1%"},
       "--objective: given twice"},
      {{"--axis", "rps"}, "--axis: 'rps' is no axis: write rate or users"},
      {{"--from", "0"}, "--from: 0 is no load"},
      {{"--from", "fast"}, "--from: "},
      {{"--budget", "1s"}, "--budget: 1s is not from 10s"},
      {{"--budget", "20s", "--confirm", "11s"},
       "--confirm: 11s is more than half of --budget, 20s"},
      {{"--repeat", "21"}, "--repeat: "},
      {{"--out", "hgrm=x"}, "--out: a search has no histogram"},
      {{"--out", "openmetrics=x"}, "--out: openmetrics is of one run"},
      {{"--objectiv", "x"}, "--objectiv: unknown flag; did you mean --objective?"},
      {{"-t", "4"}, "-t: wrk reads it as threads"},
  };
  for (const auto& [flags, error] : cases) {
    EXPECT_THAT(SearchError(flags), testing::StartsWith(error)) << flags[0];
  }
}

// Each refused flag is one of run, is refused with its reason, and is not in the help.
TEST(SearchFlagsTest, FlagsOfRunWithoutAMeaningSaySo) {
  const std::string help =
      ParseCommandLine(std::vector<std::string>{"find-capacity", "--help"}, "1")->text;
  size_t refused = 0;
  for (const FlagRow& row : FlagTable()) {
    const std::string reason(RefusedInSearch(row.name));
    const bool listed = help.find("  " + std::string(row.name) + " ") != help.npos ||
                        help.find("," + std::string(row.name) + " ") != help.npos;
    EXPECT_EQ(listed, reason.empty()) << row.name;
    if (reason.empty()) continue;
    ++refused;
    std::vector<std::string> flags = {row.name};
    if (*row.value != '\0') flags.push_back("1");
    EXPECT_EQ(SearchError(flags), std::string(row.name) + ": " + reason);
  }
  EXPECT_EQ(refused, 15u);
  EXPECT_THAT(SearchError({"-u", "5"}), testing::StartsWith("--users: the search chooses"));
}

TEST(SearchFlagsTest, ItsOwnFlagsAreUnknownToRun) {
  for (const FlagRow& row : SearchFlagTable()) {
    const auto line =
        ParseCommandLine(std::vector<std::string>{"run", "http://h/", row.name, "1"}, "1");
    EXPECT_THAT(Message(line.status()), HasSubstr("unknown flag")) << row.name;
  }
}

TEST(SearchFlagsTest, TheHelpNamesEveryFlagAndTheExitCodes) {
  const std::string help =
      ParseCommandLine(std::vector<std::string>{"find-capacity", "-h"}, "1")->text;
  for (const FlagRow& row : SearchFlagTable()) {
    EXPECT_THAT(help, HasSubstr(row.name));
    EXPECT_THAT(help, HasSubstr(row.help));
  }
  EXPECT_THAT(help, HasSubstr("Exit codes:"));
}

}  // namespace
}  // namespace muster

#include "master/cli/command_flags.h"

#include <gtest/gtest.h>

namespace muster {
namespace {

using Args = std::vector<std::string>;
using Times = CommandFlag::Times;

constexpr CommandFlag kFlags[] = {{"--limit", 0, "N", Times::kOnce, "so many"},
                                  {"--out", 'o', "FILE", Times::kRepeated, "there"},
                                  {"--base", 0, "RUN", Times::kMany, "these"},
                                  {"--json", 0, "", Times::kOnce, "as JSON"}};
constexpr CommandShape kShape = {"things", "Does things.", "[OPTIONS]", kFlags, "The end.\n"};

// "--limit=5 --out=a word"
std::string Read(const Args& words) {
  const auto given = ReadCommand(kShape, words);
  if (!given.ok()) return Message(given.status());
  std::string text;
  for (const GivenFlag& flag : given->flags) {
    text += std::string(flag.flag->name) + "=" + flag.value + " ";
  }
  for (const std::string& word : given->words) text += word + " ";
  return text + (given->help ? "help" : "");
}

TEST(CommandFlagsTest, ValuesFollowOrAreAttached) {
  EXPECT_EQ(Read({"--limit", "5", "a", "--json", "-", "-o", "x", "-oy", "--out=z=1"}),
            "--limit=5 --json= --out=x --out=y --out=z=1 a - ");
  EXPECT_EQ(Read({}), "");
  EXPECT_EQ(Read({"--limit", "--json"}), "--limit=--json ");
}

TEST(CommandFlagsTest, AFlagOfManyTakesWordsUpToTheNextFlag) {
  EXPECT_EQ(Read({"--base", "a", "b", "--json", "c", "--base=d", "e"}),
            "--base=a --base=b --json= --base=d --base=e c ");
}

TEST(CommandFlagsTest, HelpGoesOverEverything) {
  EXPECT_EQ(Read({"--nonsense", "--help"}), "help");
  EXPECT_EQ(Read({"-h"}), "help");
  const std::string help = HelpText(kShape);
  for (const char* part : {"Does things.\n", "Usage: muster things [OPTIONS]\n", "--limit N",
                           "-o,--out FILE ...", "--base RUN ...", "--json  ", "The end.\n"}) {
    EXPECT_NE(help.find(part), std::string::npos) << part;
  }
}

TEST(CommandFlagsTest, RefusalsNameTheFlagAndTheRemedy) {
  EXPECT_EQ(Read({"--limti", "5"}), "--limti: unknown flag; did you mean --limit?");
  EXPECT_EQ(Read({"--limti=5"}), "--limti: unknown flag; did you mean --limit?");
  EXPECT_EQ(Read({"--frobnicate"}), "--frobnicate: unknown flag; see muster things --help");
  EXPECT_EQ(Read({"-x"}), "-x: unknown flag; see muster things --help");
  EXPECT_EQ(Read({"--"}), "--: unknown flag; see muster things --help");
  EXPECT_EQ(Read({"--limit"}), "--limit: needs a value, N");
  EXPECT_EQ(Read({"--limit="}), "--limit: needs a value, N");
  EXPECT_EQ(Read({"--limit", ""}), "--limit: needs a value, N");
  EXPECT_EQ(Read({"--base"}), "--base: needs a value, RUN");
  EXPECT_EQ(Read({"--json=1"}), "--json: takes no value");
  EXPECT_EQ(Read({"--limit", "1", "--limit", "2"}), "--limit: given twice");
  EXPECT_EQ(Read({"--json", "--json"}), "--json: given twice");
}

}  // namespace
}  // namespace muster

#include "master/cli/result_commands.h"

#include <gtest/gtest.h>

namespace muster {
namespace {

using Args = std::vector<std::string>;

TEST(ResultCommandsTest, RunsTakesAFilter) {
  const auto command =
      ParseRunsCommand(Args{"--since", "7d", "--name", "shop", "--outcome", "generator-limited",
                            "--limit", "5", "--json", "--store", "s.db", "--color", "never"});
  ASSERT_TRUE(command.ok()) << command.status();
  EXPECT_EQ(command->since, Duration::Seconds(7 * 86'400));
  EXPECT_EQ(command->name, "shop");
  EXPECT_EQ(command->outcome, Outcome::kGeneratorLimited);
  EXPECT_EQ(command->limit, 5U);
  EXPECT_TRUE(command->json);
  EXPECT_EQ(command->options.store, "s.db");
  EXPECT_EQ(command->options.color, ColorMode::kNever);
  EXPECT_FALSE(command->changes());
  EXPECT_EQ(ParseRunsCommand(Args{})->limit, 50U);
}

TEST(RunsCommandTest, OutcomesAreReadAsTheScreenAndAsJsonSpellThem) {
  for (const auto& [text, outcome] : {std::pair("generator-limited", Outcome::kGeneratorLimited),
                                      std::pair("generator_limited", Outcome::kGeneratorLimited),
                                      std::pair("internal-error", Outcome::kInternalError),
                                      std::pair("internal_error", Outcome::kInternalError),
                                      std::pair("failed", Outcome::kThresholdFailed)}) {
    const auto command = ParseRunsCommand(Args{"--outcome", text});
    ASSERT_TRUE(command.ok()) << command.status();
    EXPECT_EQ(command->outcome, outcome) << text;
  }
}

TEST(ResultCommandsTest, RunsTakesChanges) {
  const auto command = ParseRunsCommand(
      Args{"--pin", "a", "--pin", "b", "--unpin", "c", "--delete", "d", "--store", "s.db"});
  ASSERT_TRUE(command.ok()) << command.status();
  EXPECT_EQ(command->pin, (Args{"a", "b"}));
  EXPECT_EQ(command->unpin, (Args{"c"}));
  EXPECT_EQ(command->remove, (Args{"d"}));
  EXPECT_TRUE(command->changes());
}

TEST(ResultCommandsTest, ReportTakesOneRunAndItsOutputs) {
  const auto command = ParseReportCommand(Args{"7f3a", "--out", "json=-", "-o", "junit=x.xml"});
  ASSERT_TRUE(command.ok()) << command.status();
  EXPECT_EQ(command->run, "7f3a");
  EXPECT_EQ(command->outputs,
            (std::vector<OutputSpec>{{OutputFormat::kJson, "-"}, {OutputFormat::kJunit, "x.xml"}}));
}

TEST(ResultCommandsTest, CompareTakesTwoWordsOrTwoSides) {
  const auto two = ParseCompareCommand(Args{"a.json", "latest"});
  ASSERT_TRUE(two.ok()) << two.status();
  EXPECT_EQ(two->base, (Args{"a.json"}));
  EXPECT_EQ(two->changed, (Args{"latest"}));
  EXPECT_EQ(two->compare.size, 0.05);
  EXPECT_EQ(two->compare.alpha, 0.05);
  const auto sides = ParseCompareCommand(Args{"--base", "a", "b", "--new", "c", "d", "--size", "3%",
                                              "--alpha", "0.01", "--force", "--out", "markdown=-"});
  ASSERT_TRUE(sides.ok()) << sides.status();
  EXPECT_EQ(sides->base, (Args{"a", "b"}));
  EXPECT_EQ(sides->changed, (Args{"c", "d"}));
  EXPECT_EQ(sides->compare.size, 0.03);
  EXPECT_EQ(sides->compare.alpha, 0.01);
  EXPECT_TRUE(sides->compare.force);
  EXPECT_EQ(sides->outputs.size(), 1U);
}

TEST(ResultCommandsTest, EachHasHelp) {
  EXPECT_NE(ParseRunsCommand(Args{"--help"})->options.help.find("--since AGE"), std::string::npos);
  EXPECT_NE(ParseReportCommand(Args{"-h"})->options.help.find("latest~1"), std::string::npos);
  EXPECT_NE(ParseCompareCommand(Args{"-h"})->options.help.find("Exit codes"), std::string::npos);
}

template <typename Parse>
void ExpectRefused(Parse parse, const Args& words, const std::string& error) {
  const std::string text = Message(parse(words).status());
  EXPECT_NE(text.find(error), std::string::npos) << error << "\n" << text;
  EXPECT_EQ(text.find('\n'), std::string::npos);
}

TEST(ResultCommandsTest, RunsRefusesInOneLine) {
  const auto refuse = [](const Args& words, const std::string& error) {
    ExpectRefused([](const Args& w) { return ParseRunsCommand(w); }, words, error);
  };
  refuse({"--since", "yesterday"}, "--since: 'yesterday' is no age; write 12h, 7d or 2w");
  refuse({"--since", "7"}, "--since: '7' is no age");
  refuse({"--since", "d"}, "--since: 'd' is no age");
  refuse({"--since", "99999d"}, "--since: '99999d' is no age");
  refuse({"--outcome", "good"}, "--outcome: 'good' is no outcome; write passed");
  refuse({"--limit", "0"}, "--limit: '0' is not a whole number");
  refuse({"--limit", "all"}, "--limit: 'all' is not a whole number");
  refuse({"--json", "--pin", "a"}, "--json: of no effect with --pin");
  refuse({"--color", "red"}, "--color: 'red' is no colour mode");
  refuse({"--pin"}, "--pin: needs a value, RUN");
  refuse({"--delet", "a"}, "--delet: unknown flag; did you mean --delete?");
  refuse({"latest"}, "'latest': muster runs lists; write muster report latest");
}

TEST(ResultCommandsTest, ReportRefusesInOneLine) {
  const auto refuse = [](const Args& words, const std::string& error) {
    ExpectRefused([](const Args& w) { return ParseReportCommand(w); }, words, error);
  };
  refuse({}, "a run is missing, as latest; see muster report --help");
  refuse({"a", "b"}, "'b': one run is enough, and 'a' is given already");
  refuse({"a", "--out", "x.json"}, "--out: 'x.json' names no format");
  refuse({"a", "--out", "xml=x"}, "--out: 'xml' is no known format");
  refuse({"a", "--out", "json=-", "--out", "junit=-"}, "only one result goes to standard output");
  refuse({"a", "--stroe", "x"}, "--stroe: unknown flag; did you mean --store?");
}

TEST(ResultCommandsTest, CompareRefusesInOneLine) {
  const auto refuse = [](const Args& words, const std::string& error) {
    ExpectRefused([](const Args& w) { return ParseCompareCommand(w); }, words, error);
  };
  refuse({}, "two runs are needed, BASE and NEW; see muster compare --help");
  refuse({"a"}, "two runs are needed");
  refuse({"a", "b", "c"}, "'c': for more than two runs write --base RUN... --new RUN...");
  refuse({"--base", "a", "--json", "b"}, "--json: unknown flag");
  refuse({"--base", "a"}, "--base: needs --new RUN... beside it");
  refuse({"--new", "a"}, "--new: needs --base RUN... beside it");
  refuse({"x", "--base", "a", "--new", "b"}, "'x': base or new?");
  refuse({"a", "b", "--size", "5"}, "--size: ");
  refuse({"a", "b", "--size", "100%"}, "--size: must be below 100%");
  refuse({"a", "b", "--alpha", "0"}, "--alpha: must be above 0% and below 100%");
  refuse({"a", "b", "--alpha", "often"}, "--alpha: ");
  refuse({"a", "b", "--out", "junit=x"}, "--out: a comparison is written as json or markdown");
  refuse({"a", "b", "--out", "x"}, "--out: 'x' names no format");
  Args many = {"--new", "a", "--base"};
  for (int i = 0; i < 101; ++i) many.push_back("b" + std::to_string(i));
  refuse(many, "--base: more than 100 runs");
}

TEST(ResultCommandsTest, AgesAreDaysAndWeeksToo) {
  EXPECT_EQ(*ParseAge("1d"), Duration::Seconds(86'400));
  EXPECT_EQ(*ParseAge("2w"), Duration::Seconds(14 * 86'400));
  EXPECT_EQ(*ParseAge("12h"), Duration::Seconds(12 * 3'600));
}

}  // namespace
}  // namespace muster

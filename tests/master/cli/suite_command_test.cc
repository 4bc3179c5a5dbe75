#include "master/cli/suite_command.h"

#include <gtest/gtest.h>

namespace muster {
namespace {

StatusOr<SuiteCommandLine> Parse(const std::vector<std::string>& args) {
  return ParseSuiteCommandLine(args);
}
std::string ErrorOf(const std::vector<std::string>& args) { return Message(Parse(args).status()); }

TEST(SuiteCommandTest, EveryFlagReachesItsValue) {
  const auto line = Parse({"s.yaml",      "--quick",   "--only",       "a",       "b c",
                           "--plans",     "p",         "--repeats",    "7",       "--results",
                           "r",           "--again",   "--list",       "--quiet", "--color=never",
                           "-o",          "csv=x.csv", "--out=json=-", "--out",   "html=h",
                           "-omarkdown=m"});
  ASSERT_TRUE(line.ok()) << line.status();
  EXPECT_EQ(line->file, "s.yaml");
  EXPECT_TRUE(line->choices.quick && line->again && line->list && line->quiet);
  EXPECT_EQ(line->choices.only, (std::vector<std::string>{"a", "b c"}));
  EXPECT_EQ(line->choices.plans, std::vector<std::string>{"p"});
  EXPECT_EQ(line->choices.repeats, 7u);
  EXPECT_EQ(line->results, "r");
  EXPECT_EQ(line->color, ColorMode::kNever);
  ASSERT_EQ(line->outputs.size(), 4u);
  EXPECT_EQ(line->outputs[0].format, SuiteFormat::kCsv);
  EXPECT_EQ(line->outputs[1].path, "-");
  EXPECT_EQ(line->outputs[3].format, SuiteFormat::kMarkdown);
}

TEST(SuiteCommandTest, WrongWordsAreNamed) {
  EXPECT_EQ(ErrorOf({}), "a suite file is missing; see muster suite --help");
  EXPECT_EQ(ErrorOf({"a", "b"}), "'b': one suite file is enough, and 'a' is given already");
  EXPECT_EQ(ErrorOf({"a", "--agian"}), "--agian: unknown flag; did you mean --again?");
  EXPECT_EQ(ErrorOf({"a", "--out", "junit=x"}),
            "--out: a suite's table is written as json=FILE, csv=FILE, markdown=FILE or html=FILE, "
            "found 'junit=x'");
  EXPECT_EQ(ErrorOf({"a", "--out", "csv="}), "--out: the file is missing; write csv=FILE");
  EXPECT_TRUE(Parse({"a", "--out", "csv=-"}).ok());
  EXPECT_EQ(ErrorOf({"a", "-o", "json=-", "-o", "csv=-"}),
            "--out: only one table goes to standard output");
  EXPECT_EQ(ErrorOf({"a", "--repeats", "101"}).substr(0, 11), "--repeats: ");
}

TEST(SuiteCommandTest, HelpNamesEveryFlag) {
  const auto line = Parse({"--help"});
  ASSERT_TRUE(line.ok());
  for (const char* flag : {"--quick", "--only", "--plans", "--repeats", "--results", "--again",
                           "--list", "--out", "--quiet", "--color"}) {
    EXPECT_NE(line->help.find(flag), std::string::npos) << flag;
  }
}

}  // namespace
}  // namespace muster

#include "master/suite/suite_yaml.h"

#include <gtest/gtest.h>

#include <array>
#include <functional>

namespace muster {
namespace {

constexpr std::array<std::string_view, 2> kKnown = {"name", "command"};

// What `read` says of the mapping in `text`.
std::string ErrorOf(const std::string& text, const std::function<void(const YamlMap&)>& read) {
  SourceErrors errors("s.yaml");
  const auto node = ReadYamlTree(text, errors);
  EXPECT_TRUE(node.has_value());
  read(YamlMap(*node, "a", "a thing", kKnown, errors));
  return Message(errors.ToStatus());
}

TEST(SuiteYamlTest, ACommandIsAListOfWords) {
  Words words;
  const auto read = [&](const YamlMap& map) { ReadSuiteCommand(map, "command", "[x]", &words); };
  EXPECT_EQ(ErrorOf("command: [python3, -m, x, {}]\n", read),
            "s.yaml:1:27: a.command[3]: expected a word, found a mapping");
  EXPECT_EQ(ErrorOf("command: python3 -m x\n", read),
            "s.yaml:1:10: a.command: expected a list of words, without a shell, such as [x], found "
            "'python3 -m x'");
  EXPECT_EQ(ErrorOf("command: []\n", read),
            "s.yaml:1:10: a.command: a command begins with a program, as in [x]");
  EXPECT_EQ(ErrorOf("command: [x, '{porr}']\n", read),
            "s.yaml:1:14: a.command[1]: unknown placeholder '{porr}'; did you mean '{port}'?");
  EXPECT_EQ(ErrorOf("command: [x, 1, '{port}']\n", read), "");
  EXPECT_EQ(words, (Words{"x", "1", "{port}"}));
  EXPECT_EQ(ErrorOf("name: x\n", read), "");
  EXPECT_EQ(words.size(), 3u);  // as it was
}

TEST(SuiteYamlTest, ANameIsThereAndNew) {
  std::string name;
  const auto read = [&](const YamlMap& map) { name = ReadSuiteName(map, {"taken"}); };
  EXPECT_EQ(ErrorOf("name: fresh\n", read), "");
  EXPECT_EQ(name, "fresh");
  EXPECT_EQ(ErrorOf("name: taken\n", read), "s.yaml:1:7: a.name: 'taken' is named twice");
  EXPECT_EQ(name, "");
  EXPECT_EQ(ErrorOf("command: [x]\n", read), "s.yaml:1:1: a: 'name' is missing");
  EXPECT_EQ(ErrorOf("name: a/b\n", read),
            "s.yaml:1:7: a.name: 'a/b' is no name here: 1 to 60 of letters, digits, blanks and "
            ". _ + ( ) -, beginning with a letter or digit");
}

TEST(SuiteYamlTest, PathsAreRelativeToTheSuite) {
  EXPECT_EQ(InSuiteFolder("/s", "plans/a.yaml"), "/s/plans/a.yaml");
  EXPECT_EQ(InSuiteFolder("/s", "/abs"), "/abs");
  EXPECT_EQ(InSuiteFolder("/s", ""), "");
}

}  // namespace
}  // namespace muster

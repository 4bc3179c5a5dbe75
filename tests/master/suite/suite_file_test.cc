#include "master/suite/suite_file.h"

#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <set>

#include "tests/master/suite/read_suite.h"

namespace muster {
namespace {

const std::string kWhole = R"(suite: 1
name: all of it
repeats: 5
seed: 9
pause: 2s
cores: {target: 0, generator: 1-2}
results: out
quick: {repeats: 2, pause: 0s, plans: [open]}
targets:
- {name: one, start: [a]}
- {name: two, start: [b]}
plans:
- {name: text, path: /text, flags: [--users, 5]}
- {name: open, plan: plans/open.yaml}
)";

std::vector<std::string> NamesOf(const auto& items) {
  std::vector<std::string> names;
  for (const auto& item : items) names.push_back(item.name);
  return names;
}

TEST(SuiteFileTest, EveryKeyReachesItsPlace) {
  const auto suite = ReadSuiteText(kWhole);
  ASSERT_TRUE(suite.ok()) << suite.status();
  EXPECT_EQ(suite->name, "all of it");
  EXPECT_EQ(suite->seed, 9u);
  EXPECT_EQ(suite->pause, Duration::Seconds(2));
  EXPECT_EQ(suite->target_cores, std::vector<int>{0});
  EXPECT_EQ(suite->generator_cores, (std::vector<int>{1, 2}));
  EXPECT_EQ(suite->results, "/s/out");
  EXPECT_EQ(NamesOf(suite->targets), (std::vector<std::string>{"one", "two"}));
  EXPECT_EQ(NamesOf(suite->plans), (std::vector<std::string>{"text", "open"}));
  EXPECT_EQ(suite->plans[0].repeats, 5u);
}

TEST(SuiteFileTest, TheShortestSuiteHasDefaults) {
  const auto suite = ReadSuiteText("suite: 1\n" + kOneTarget + kOnePlan);
  ASSERT_TRUE(suite.ok()) << suite.status();
  EXPECT_EQ(suite->name, "suite");
  EXPECT_EQ(suite->pause, Duration::Seconds(1));
  EXPECT_EQ(suite->plans[0].repeats, 1u);
  EXPECT_EQ(suite->results, "");
}

TEST(SuiteFileTest, QuickChangesWhatItNames) {
  SuiteChoices choices;
  choices.quick = true;
  auto suite = ReadSuiteText(kWhole, choices);
  ASSERT_TRUE(suite.ok()) << suite.status();
  EXPECT_EQ(NamesOf(suite->plans), std::vector<std::string>{"open"});
  EXPECT_EQ(suite->plans[0].repeats, 2u);
  EXPECT_EQ(suite->pause, Duration());
  EXPECT_EQ(suite->results, "/s/out.quick");
  choices.plans = {"text"};  // the command line goes over quick's choice
  suite = ReadSuiteText(kWhole, choices);
  ASSERT_TRUE(suite.ok());
  EXPECT_EQ(NamesOf(suite->plans), std::vector<std::string>{"text"});
}

TEST(SuiteFileTest, TheCommandLineChooses) {
  SuiteChoices choices;
  choices.only = {"two"};
  choices.plans = {"open"};
  choices.repeats = 7;
  const auto suite = ReadSuiteText(kWhole, choices);
  ASSERT_TRUE(suite.ok()) << suite.status();
  EXPECT_EQ(NamesOf(suite->targets), std::vector<std::string>{"two"});
  EXPECT_EQ(NamesOf(suite->plans), std::vector<std::string>{"open"});
  EXPECT_EQ(suite->plans[0].repeats, 7u);
  choices.only = {"tow"};
  EXPECT_EQ(SuiteErrors(kWhole, choices), "--only: no target is named 'tow'; did you mean 'two'?");
  choices.only = {"other"};
  EXPECT_EQ(SuiteErrors(kWhole, choices), "--only: no target is named 'other'; there are one, two");
}

TEST(SuiteFileTest, WhatDoesNotFitIsSaidAtItsPlace) {
  const std::string rest = kOneTarget + kOnePlan;
  const std::pair<std::string, std::string> cases[] = {
      {"", "suite.yaml:1:1: the suite is empty; it begins with 'suite: 1' (see docs/suite.md)"},
      {rest,
       "suite.yaml:1:1: 'suite: 1' is missing: the version of the suite's format comes first"},
      {"suite: 2\n" + rest,
       "suite.yaml:1:8: suite: this build reads version 1 of the format, found '2'"},
      {"suite: 1\ntarget: x\n" + rest,
       "suite.yaml:2:1: unknown key 'target' in the suite; did you mean 'targets'?"},
      {"suite: 1\npause: 1\n" + rest, "suite.yaml:2:8: pause: "},
      {"suite: 1\nrepeats: 101\n" + rest, "suite.yaml:2:10: repeats: "},
      {"suite: 1\ncores: {target: 0}\n" + rest,
       "suite.yaml:2:8: cores: give both, 'target' and 'generator', or none"},
      {"suite: 1\ncores: {target: 0-1, generator: 1}\n" + rest,
       "suite.yaml:2:8: cores: core 1 is the target's and the generator's: they would disturb each "
       "other"},
      {"suite: 1\nquick: {plans: [q]}\n" + rest,
       "suite.yaml:2:8: quick: plans: no plan is named 'q'"},
      {"suite: 1\n" + kOneTarget,
       "suite.yaml:1:1: 'plans' is missing: at least one plan is needed"},
      {"suite: [1\n", "suite.yaml:"}};
  for (const auto& [text, error] : cases) {
    EXPECT_EQ(SuiteErrors(text).substr(0, error.size()), error) << text;
  }
}

TEST(SuiteFileTest, TheSchemaHasTheKeysThatAreKnown) {
  std::ifstream file(std::string(MUSTER_SOURCE_DIR) + "/docs/suite.schema.json");
  const auto schema = nlohmann::json::parse(file);
  for (const KnownKeys& known : SuiteKnownKeys()) {
    const auto& properties =
        known.name == "suite"
            ? schema.at("properties")
            : schema.at("definitions").at(std::string(known.name)).at("properties");
    std::set<std::string> in_schema;
    for (const auto& [key, value] : properties.items()) in_schema.insert(key);
    EXPECT_EQ(in_schema, std::set<std::string>(known.keys.begin(), known.keys.end())) << known.name;
  }
}

}  // namespace
}  // namespace muster

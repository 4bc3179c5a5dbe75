#include "master/suite/suite_plans.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "common/base/version.h"
#include "tests/master/suite/read_suite.h"

namespace muster {
namespace {

SuitePlan OnePlan(const std::string& keys, const SuiteChoices& choices = {}) {
  const auto suite = ReadSuiteText(WithPlan(keys), choices);
  EXPECT_TRUE(suite.ok()) << suite.status();
  return suite.ok() ? suite->plans[0] : SuitePlan();
}
std::string PlanError(const std::string& keys) { return SuiteErrors(WithPlan(keys)); }

TEST(SuitePlansTest, APlanFileBringsItsLoad) {
  const SuitePlan plan = OnePlan("plan: plans/open.yaml");
  EXPECT_EQ(plan.plan_file, "/s/plans/open.yaml");
  EXPECT_EQ(plan.load, "50/s");
  EXPECT_EQ(plan.least, Duration::Seconds(10));
  EXPECT_TRUE(plan.seed_given);
  EXPECT_EQ(plan.rank_by, RankBy::kP99);
  // The files that it names are part of what a cell's figures depend on.
  EXPECT_NE(plan.plan_text.find("the body"), std::string::npos);
}

TEST(SuitePlansTest, APathAndFlagsAreAPlan) {
  const SuitePlan plan = OnePlan("path: '/x?y=1', flags: [--users, 5, --duration, 3s]");
  EXPECT_EQ(plan.load, "5 users");
  EXPECT_EQ(plan.least, Duration::Seconds(3));
  EXPECT_FALSE(plan.seed_given);
  EXPECT_EQ(plan.rank_by, RankBy::kRate);
  EXPECT_EQ(OnePlan("path: /, flags: [--seed=4]").seed_given, true);
}

TEST(SuitePlansTest, QuickFlagsTakeThePlaceOfFlags) {
  const std::string keys = "path: /, flags: [--rate, 10/s], quick_flags: [--users, 2], repeats: 9";
  EXPECT_EQ(OnePlan(keys).load, "10/s");
  EXPECT_EQ(OnePlan(keys).repeats, 9u);
  SuiteChoices quick;
  quick.quick = true;
  EXPECT_EQ(OnePlan(keys, quick).load, "2 users");
  EXPECT_EQ(OnePlan(keys, quick).rank_by, RankBy::kRate);
  EXPECT_EQ(OnePlan(keys, quick).repeats, 1u);
  // They are checked without --quick, too.
  EXPECT_EQ(PlanError("path: /, quick_flags: [--rat, 1]"),
            "suite.yaml:4:35: plans[0].quick_flags: --rat: unknown flag; did you mean --rate?");
}

TEST(SuitePlansTest, TheWordsOfARunArePlansAndTheSuites) {
  const SuitePlan file = OnePlan("plan: plans/open.yaml, flags: [--drain, 1s]");
  EXPECT_EQ(ChildWords(file, "http://h:1", "r.json", 9),
            (Words{"run", "/s/plans/open.yaml", "--target", "http://h:1", "--drain", "1s",
                   "--quiet", "--color", "never", "--out", "json=r.json", "--no-store"}));
  const SuitePlan path = OnePlan("path: /text, flags: [--users, 5]");
  EXPECT_EQ(ChildWords(path, "http://h:1", "r.json", 9),
            (Words{"run", "http://h:1/text", "--users", "5", "--quiet", "--color", "never", "--out",
                   "json=r.json", "--no-store", "--seed", "9"}));
  const SuitePlan search = OnePlan("command: find-capacity, path: /text, flags: [--budget, 1m]");
  for (const SuitePlan& plan : {file, path, search}) {
    const auto line =
        ParseCommandLine(ChildWords(plan, "http://h:1", "r.json", 9), std::string(kVersion));
    EXPECT_TRUE(line.ok()) << line.status();
  }
}

TEST(SuitePlansTest, WhatDoesNotFitIsSaidAtItsPlace) {
  const std::pair<const char*, const char*> cases[] = {
      {"flags: []",
       "suite.yaml:4:3: plans[0]: expected one of 'plan', a plan file, and 'path', a path of the "
       "target"},
      {"path: x", "suite.yaml:4:19: plans[0].path: "},
      {"plan: 'http://h'", "suite.yaml:4:19: plans[0].plan: expected the name of a plan file"},
      {"plan: none.yaml",
       "suite.yaml:4:3: plans[0]: cannot read '/s/none.yaml': No such file or directory"},
      {"plan: plans/bad.yaml",
       "suite.yaml:4:3: plans[0]: /s/plans/bad.yaml:3:1: unknown key 'laod'"},
      {"path: /, flags: [--users, 5, --rate, 2]",
       "suite.yaml:4:29: plans[0].flags: --users and --rate: users wait for responses"},
      {"path: /, flags: [--out, json=x]",
       "suite.yaml:4:29: plans[0].flags: --out: is not for a plan of a suite"},
      {"path: /, flags: [-ojson=x]", "suite.yaml:4:29: plans[0].flags: -o: is not for"},
      {"path: /, flags: [--store=x]", "suite.yaml:4:29: plans[0].flags: --store: is not for"},
      {"path: /, flags: ['http://other/']",
       "suite.yaml:4:29: plans[0].flags: 'http://other/': one plan or URL is enough"},
      {"path: /, command: walk",
       "suite.yaml:4:31: plans[0].command: expected run or find-capacity, found 'walk'"},
      {"path: /, rank: speed",
       "suite.yaml:4:28: plans[0].rank: expected rate, p50, p99, mean, capacity or none, found "
       "'speed'"},
      {"path: /, rank: capacity",
       "suite.yaml:4:28: plans[0].rank: only a plan of find-capacity has a capacity"},
      {"path: /, repeats: 0", "suite.yaml:4:31: plans[0].repeats: "}};
  for (const auto& [keys, error] : cases) {
    EXPECT_EQ(PlanError(keys).substr(0, std::string_view(error).size()), error) << keys;
  }
}

}  // namespace
}  // namespace muster

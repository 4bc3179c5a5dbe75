#include "master/suite/suite_targets.h"

#include <gtest/gtest.h>

#include "tests/master/suite/read_suite.h"

namespace muster {
namespace {

TargetSpec OneTarget(const std::string& keys) {
  const auto suite = ReadSuiteText(WithTarget(keys));
  EXPECT_TRUE(suite.ok()) << suite.status();
  return suite.ok() ? suite->targets[0] : TargetSpec();
}
std::string TargetError(const std::string& keys) { return SuiteErrors(WithTarget(keys)); }

TEST(SuiteTargetsTest, EveryKeyReachesItsPlace) {
  const TargetSpec target = OneTarget(
      "folder: apps, env: {A: '1', B: 'x {port}'}, python: venv/bin/python, pythonpath: "
      "'lib:/opt', "
      "needs: {modules: [a.b, c], command: [test, -x, '{python}'], install: all of it}, port: "
      "8101, "
      "version: [s, -v], url: 'http://localhost:{port}', "
      "ready: {path: '/h?x', status: 204, body: yes, within: 90s}, stop: {signal: SIGINT, grace: "
      "0s}, "
      "limits: {cores: 2, memory: 1GiB, open_files: 1024}");
  EXPECT_EQ(target.folder, "/s/apps");
  EXPECT_EQ(target.env,
            (std::vector<std::pair<std::string, std::string>>{{"A", "1"}, {"B", "x {port}"}}));
  EXPECT_EQ(target.python, "/s/venv/bin/python");
  EXPECT_EQ(target.pythonpath, "/s/lib:/opt");
  EXPECT_EQ(target.needs, (TargetNeeds{{"a.b", "c"}, {"test", "-x", "{python}"}, "all of it"}));
  EXPECT_EQ(target.port, 8101);
  EXPECT_EQ(target.version, (Words{"s", "-v"}));
  EXPECT_EQ(target.ready, (ReadyCheck{"/h?x", 204, "yes", Duration::Seconds(90)}));
  EXPECT_EQ(target.stop, (StopRule{"INT", Duration()}));
  EXPECT_EQ(target.limits, (TargetLimits{2, uint64_t{1} << 30, 1024}));
}

TEST(SuiteTargetsTest, WhatIsLeftOutHasItsDefault) {
  const TargetSpec target = OneTarget("env: {}");
  EXPECT_EQ(target.folder, "/s");
  EXPECT_EQ(target.python, "/usr/bin/python3");
  EXPECT_EQ(target.port, 0);
  EXPECT_EQ(target.url, "http://127.0.0.1:{port}");
  EXPECT_EQ(target.ready, ReadyCheck());
  EXPECT_EQ(target.stop, StopRule());
  EXPECT_EQ(target.limits, TargetLimits());
}

TEST(SuiteTargetsTest, ATargetsKeysGoOverTheDefaultsOneByOne) {
  const auto suite = ReadSuiteText(
      "suite: 1\n" + kOnePlan +
      "defaults: {ready: {path: /up, within: 9s}, env: {A: a, B: b}, limits: {cores: 1}}\n"
      "targets:\n- {name: one, start: [s], ready: {within: 1s}, env: {B: own, C: c}}\n"
      "- {name: two, start: [s], limits: {memory: 1MiB}}\n");
  ASSERT_TRUE(suite.ok()) << suite.status();
  const TargetSpec& one = suite->targets[0];
  EXPECT_EQ(one.ready, (ReadyCheck{"/up", 200, "", Duration::Seconds(1)}));
  EXPECT_EQ(one.env, (std::vector<std::pair<std::string, std::string>>{
                         {"A", "a"}, {"B", "own"}, {"C", "c"}}));
  EXPECT_EQ(one.limits.cores, 1u);
  const TargetSpec& two = suite->targets[1];
  EXPECT_EQ(two.ready.within, Duration::Seconds(9));
  EXPECT_EQ(two.limits, (TargetLimits{1, uint64_t{1} << 20, std::nullopt}));
}

TEST(SuiteTargetsTest, AUrlWithItsOwnPortIsWhereTheTargetListens) {
  EXPECT_EQ(OneTarget("url: 'http://127.0.0.1:9001'").port, 9001);
  EXPECT_EQ(OneTarget("url: 'http://127.0.0.1:9001', port: 9001").port, 9001);
}

TEST(SuiteTargetsTest, WhatDoesNotFitIsSaidAtItsPlace) {
  const std::pair<const char*, const char*> cases[] = {
      {"prot: 1", "suite.yaml:4:25: unknown key 'prot' in a target; did you mean 'port'?"},
      {"port: 0",
       "suite.yaml:4:31: targets[0].port: expected a port (1 to 65535) or auto, found '0'"},
      {"stop: {signal: USR1}",
       "suite.yaml:4:40: targets[0].stop.signal: expected TERM, INT, QUIT, HUP or KILL, found "
       "'USR1'"},
      {"stop: {grace: 5}", "suite.yaml:4:39: targets[0].stop.grace: "},
      {"limits: {memory: 5}",
       "suite.yaml:4:42: targets[0].limits.memory: '5' is no size of memory; write 512MiB or 2GiB"},
      {"limits: {open_files: 1}", "suite.yaml:4:46: targets[0].limits.open_files: "},
      {"ready: {path: up}", "suite.yaml:4:39: targets[0].ready.path: "},
      {"ready: {status: 99}", "suite.yaml:4:41: targets[0].ready.status: "},
      {"needs: {modules: ['a; b']}",
       "suite.yaml:4:42: targets[0].needs.modules: 'a; b' is no name of a module"},
      {"env: {A: [1]}",
       "suite.yaml:4:34: targets[0].env.A: expected a text (in quotes if empty), found a list"},
      {"env: {A: '{prot}'}",
       "suite.yaml:4:34: targets[0].env.A: unknown placeholder '{prot}'; did you mean '{port}'?"},
      {"url: 'http://h:{port}/x'",
       "suite.yaml:4:30: targets[0].url: has a path; the plans have the paths, so leave it out"},
      {"url: 'http://h:1', port: 2",
       "suite.yaml:4:30: targets[0].url: names another port than 'port'; write {port} there"},
      {"url: 'http+unix:///x'",
       "suite.yaml:4:30: targets[0].url: expected http:// or https://, as the suite has to see "
       "when the target is ready"},
      {"url: 'https://h:{port}', ready: {path: /x}",
       "suite.yaml:4:30: targets[0].url: over https:// only 'within' of ready is looked at: until "
       "it takes connections"},
      {"pythonpath: x, env: {PYTHONPATH: y}",
       "suite.yaml:4:3: targets[0]: PYTHONPATH is given twice: by 'pythonpath' and by 'env'"}};
  for (const auto& [keys, error] : cases) {
    EXPECT_EQ(TargetError(keys).substr(0, std::string_view(error).size()), error) << keys;
  }
}

TEST(SuiteTargetsTest, EveryTargetHasANameOfItsOwnAndACommand) {
  const std::string head = "suite: 1\n" + kOnePlan;
  EXPECT_EQ(SuiteErrors(head + "targets: []\n"),
            "suite.yaml:1:1: 'targets' is missing: at least one target is needed");
  EXPECT_EQ(SuiteErrors(head + "targets: [{name: a}]\n"),
            "suite.yaml:3:11: targets[0]: 'start' is missing: the command that starts the target");
  EXPECT_EQ(SuiteErrors(head + "targets: [{name: a, start: [x]}, {name: a, start: [x]}]\n"),
            "suite.yaml:3:41: targets[1].name: 'a' is named twice");
  EXPECT_EQ(SuiteErrors(head + "defaults: {start: [x]}\n" + kOneTarget).substr(0, 47),
            "suite.yaml:3:12: unknown key 'start' in default");
}

}  // namespace
}  // namespace muster

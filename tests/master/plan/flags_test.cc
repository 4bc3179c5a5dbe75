#include "master/plan/flags.h"

#include <gtest/gtest.h>

#include "master/plan/flag_table.h"

namespace muster {
namespace {

StatusOr<CommandLine> Parse(std::vector<std::string> args) {
  return ParseCommandLine(args, "1.2.3");
}

std::string ErrorOf(std::vector<std::string> args) { return Message(Parse(args).status()); }

TEST(FlagsTest, ATargetIsAUrlWithoutAPath) {
  const auto line = Parse({"run", "x.yaml", "--target=http://h:8"});
  ASSERT_TRUE(line.ok()) << line.status();
  EXPECT_EQ(line->plan.target->authority, "h:8");
  EXPECT_EQ(ErrorOf({"run", "x.yaml", "--target", "http://h/a"}),
            "--target: 'http://h/a' has a path; the plan's paths stay, so write only the scheme, "
            "host and port");
}

TEST(FlagsTest, EveryFlagReachesItsValue) {
  const auto line = Parse({"run",
                           "http://h/",
                           "--users",
                           "50",
                           "--duration",
                           "5s",
                           "--iterations",
                           "9",
                           "--think",
                           "1s..3s",
                           "--drain",
                           "0s",
                           "--seed",
                           "7",
                           "--name",
                           "n",
                           "--method",
                           "put",
                           "-H",
                           "A: b",
                           "--header",
                           "C: d",
                           "--body",
                           "x",
                           "--timeout",
                           "3s",
                           "--connect-timeout",
                           "1s",
                           "--expect",
                           "2xx,404",
                           "--tag",
                           "a=b",
                           "-c",
                           "12",
                           "--no-reuse",
                           "--own-connections",
                           "--insecure-target",
                           "--target-ca",
                           "ca.pem",
                           "--target-cert",
                           "c.pem",
                           "--target-key",
                           "k.pem",
                           "--target-server-name",
                           "n",
                           "--target-tls",
                           "1.3",
                           "--no-session-resumption",
                           "--http",
                           "2",
                           "--streams",
                           "10",
                           "--connect-rate",
                           "500",
                           "--resolve",
                           "h:80:::1",
                           "--threshold",
                           "error_rate < 5%",
                           "--abort-on",
                           "error_rate < 50%",
                           "--abort-after",
                           "3s",
                           "--by",
                           "kind",
                           "--threads",
                           "2",
                           "-o",
                           "json=r.json",
                           "--trace",
                           "t",
                           "--quiet",
                           "--progress",
                           "20s",
                           "--log-level",
                           "debug",
                           "--log-file",
                           "l",
                           "--color",
                           "never"});
  ASSERT_TRUE(line.ok()) << line.status();
  EXPECT_EQ(line->command, CommandLine::Command::kRun);
  const PlanFlags& plan = line->plan;
  EXPECT_EQ(plan.source, "http://h/");
  EXPECT_TRUE(plan.source_is_url());
  EXPECT_EQ(plan.users, 50U);
  EXPECT_EQ(plan.duration, Duration::Seconds(5));
  EXPECT_EQ(plan.iterations, 9U);
  EXPECT_EQ(plan.think->second, Duration::Seconds(3));
  EXPECT_EQ(plan.drain, Duration());
  EXPECT_EQ(plan.seed, 7U);
  EXPECT_EQ(plan.name, "n");
  EXPECT_EQ(plan.method, "PUT");
  EXPECT_EQ(plan.headers, (std::vector<Header>{{"A", "b"}, {"C", "d"}}));
  EXPECT_EQ(plan.body, "x");
  EXPECT_EQ(plan.timeout, Duration::Seconds(3));
  EXPECT_EQ(plan.connect_timeout, Duration::Seconds(1));
  EXPECT_TRUE(plan.expect->Contains(404));
  EXPECT_EQ(plan.tags.size(), 1U);
  EXPECT_EQ(plan.connections, 12U);
  EXPECT_TRUE(plan.no_reuse);
  EXPECT_TRUE(plan.tls.insecure_target);
  EXPECT_EQ(plan.tls.ca_file, "ca.pem");
  EXPECT_EQ(plan.tls.cert_file, "c.pem");
  EXPECT_EQ(plan.tls.key_file, "k.pem");
  EXPECT_EQ(plan.tls.server_name, "n");
  EXPECT_EQ(plan.tls.versions, (TlsVersions{TlsVersion::k13, TlsVersion::k13}));
  EXPECT_TRUE(plan.tls.no_session_resumption);
  EXPECT_EQ(plan.http, HttpVersion::k2);
  EXPECT_EQ(plan.streams, 10U);
  EXPECT_EQ(plan.connect_rate, Rate::PerSecond(500));
  EXPECT_EQ(plan.resolve.size(), 1U);
  ASSERT_EQ(plan.thresholds.size(), 2U);
  EXPECT_FALSE(plan.thresholds[0].abort);
  EXPECT_TRUE(plan.thresholds[1].abort);
  EXPECT_EQ(plan.abort_after, Duration::Seconds(3));
  const RunOptions& run = line->run;
  EXPECT_EQ(run.generator.threads, 2U);
  EXPECT_EQ(run.outputs, (std::vector<OutputSpec>{{OutputFormat::kJson, "r.json"}}));
  EXPECT_EQ(run.by, "kind");
  EXPECT_EQ(run.trace_file, "t");
  EXPECT_TRUE(run.quiet);
  EXPECT_EQ(run.progress, Duration::Seconds(20));
  EXPECT_EQ(run.log_level, "debug");
  EXPECT_EQ(run.log_file, "l");
  EXPECT_EQ(run.color, ColorMode::kNever);
}

TEST(FlagsTest, EveryFlagOfAMasterReachesItsValue) {
  const auto line = Parse({"run",
                           "p.yaml",
                           "--rate",
                           "60/m",
                           "--arrivals",
                           "poisson",
                           "--max-in-flight",
                           "9",
                           "--max-lateness",
                           "2s",
                           "--no-thresholds",
                           "--body-file",
                           "b",
                           "--listen",
                           "[::1]:0",
                           "--workers",
                           "3",
                           "--wait",
                           "5s",
                           "--tls-ca",
                           "a",
                           "--tls-cert",
                           "b",
                           "--tls-key",
                           "c",
                           "--tls-server-name",
                           "d",
                           "--store",
                           "s.db",
                           "--prometheus",
                           "9464",
                           "--prometheus-linger",
                           "30s"});
  ASSERT_TRUE(line.ok()) << line.status();
  EXPECT_FALSE(line->plan.source_is_url());
  EXPECT_EQ(line->plan.rate, Rate::PerSecond(1));
  EXPECT_EQ(line->plan.arrivals, ArrivalKind::kPoisson);
  EXPECT_EQ(line->plan.max_in_flight, 9U);
  EXPECT_EQ(line->plan.max_lateness, Duration::Seconds(2));
  EXPECT_TRUE(line->plan.no_thresholds);
  EXPECT_EQ(line->plan.body_file, "b");
  EXPECT_EQ(line->run.listen, (HostPort{"::1", 0}));
  EXPECT_EQ(line->run.workers, 3U);
  EXPECT_EQ(line->run.wait, Duration::Seconds(5));
  EXPECT_EQ(line->run.tls.ca + line->run.tls.cert + line->run.tls.key, "abc");
  EXPECT_EQ(line->run.tls.server_name, "d");
  EXPECT_EQ(line->run.store, "s.db");
  EXPECT_FALSE(line->run.no_store);
  EXPECT_TRUE(Parse({"run", "x", "--no-store"})->run.no_store);
  EXPECT_EQ(line->run.prometheus, (HostPort{"127.0.0.1", 9464}));
  EXPECT_EQ(line->run.prometheus_linger, Duration::Seconds(30));
}

TEST(FlagsTest, ValuesMayFollowAnEqualsSignOrStickToALetter) {
  const auto line = Parse({"validate", "--rate=5", "-c7", "-", "--header=X: a=b", "-HY: z"});
  ASSERT_TRUE(line.ok()) << line.status();
  EXPECT_EQ(line->command, CommandLine::Command::kValidate);
  EXPECT_EQ(line->plan.source, "-");
  EXPECT_EQ(line->plan.rate, Rate::PerSecond(5));
  EXPECT_EQ(line->plan.connections, 7U);
  EXPECT_EQ(line->plan.headers, (std::vector<Header>{{"X", "a=b"}, {"Y", "z"}}));
}

TEST(FlagsTest, ValuesAreTakenAsTheyAre) {
  for (const char* body :
       {"", "-x", "--users", "[1,2]", "{\"a\": 1}", "a,b", "\"q\"", "%20", " "}) {
    const auto line = Parse({"run", "--body", body, "http://h"});
    ASSERT_TRUE(line.ok()) << line.status();
    EXPECT_EQ(line->plan.body, body);
    EXPECT_EQ(line->plan.source, "http://h");
  }
}

TEST(FlagsTest, ABareRateIsPerSecondAndStagesAreRatesOrUsersByTheirUnit) {
  EXPECT_EQ(Parse({"run", "http://h", "--rate", "0.5"})->plan.rate, (Rate{Rate::kPerSecond / 2}));
  const auto line = Parse({"run", "http://h", "--stage", "30s:2000/s", "--stage", "1m:200"});
  ASSERT_TRUE(line.ok()) << line.status();
  EXPECT_EQ(line->plan.stages,
            (std::vector<StageFlag>{{Duration::Seconds(30), Rate::PerSecond(2000)},
                                    {Duration::Seconds(60), uint32_t{200}}}));
}

TEST(FlagsTest, RefusalsAreOneLineThatNamesTheRemedy) {
  const struct {
    std::vector<std::string> args;
    const char* error;
  } rows[] = {
      {{},
       "a command is missing: run, validate, find-capacity, runs, report, compare or suite; see "
       "muster --help"},
      {{"rnu"}, "'rnu' is no command; did you mean 'run'?"},
      {{"attack"},
       "'attack' is no command; run, validate, find-capacity, runs, report, compare and suite are; "
       "see muster"},
      {{"http://h"}, "'http://h' is no command; did you mean muster run http://h?"},
      {{"--rate", "5"}, "--rate: a command comes first: muster run --rate ..."},
      {{"--versoin"}, "--versoin: unknown flag; did you mean --version?"},
      {{"run"}, "a plan file or a URL is missing; see muster run --help"},
      {{"run", "--rat", "5", "x"}, "--rat: unknown flag; did you mean --rate?"},
      {{"run", "x", "--rat=5"}, "--rat: unknown flag; did you mean --rate?"},
      {{"run", "x", "--frobnicate"}, "--frobnicate: unknown flag; see muster run --help"},
      {{"run", "x", "-z"}, "-z: unknown flag; see muster run --help"},
      {{"run", "x", "--rate"}, "--rate: needs a value, RATE"},
      {{"run", "x", "--quiet=1"}, "--quiet: takes no value"},
      {{"run", "x", "--rate", "5", "--rate=6"}, "--rate: given twice"},
      {{"run", "x", "y"}, "'y': one plan or URL is enough, and 'x' is given already"},
      {{"run", "x", "--rate", "5/x"}, "--rate: \"5/x\" is not a rate"},
      {{"run", "x", "--users", "0"}, "--users: '0' is not a whole number from 1 to 1000000"},
      {{"run", "x", "--users", "-5"}, "--users: '-5' is not a whole number"},
      {{"run", "x", "--duration", "5"}, "--duration: \"5\" is not a duration: it has no unit"},
      {{"run", "x", "--stage", "30s"}, "--stage: '30s' is no stage; write 30s:2000/s"},
      {{"run", "x", "-H", "http://h"}, "--header: 'http://h' is a URL: -H is a header here"},
      {{"run", "x", "--threshold", "p99(responze) < 1s"}, "did you mean \"response\"?"},
      {{"run", "x", "--abort-on", "rat > 1/s"}, "--abort-on: column 1: unknown metric \"rat\""},
      {{"run", "x", "--abort-after", "1s"}, "--abort-after: needs --abort-on"},
      {{"run", "x", "--threshold", "rate > 1/s", "--abort-after", "1s"}, "needs --abort-on"},
      {{"run", "x", "--out", "r.json"}, "--out: 'r.json' names no format; write json=FILE"},
      {{"run", "x", "--out", "xml=r"}, "--out: 'xml' is no known format; write json"},
      {{"run", "x", "--out", "json=-", "--out", "json=-"}, "only one result goes to standard"},
      {{"run", "x", "--store", ""}, "--store: the name of a file is missing"},
      {{"run", "x", "--store", "a", "--no-store"}, "--store and --no-store: give one"},
      {{"rusn"}, "'rusn' is no command; did you mean 'run'?"},
      {{"compar"}, "'compar' is no command; did you mean 'compare'?"},
      {{"run", "x", "--color", "red"}, "--color: 'red' is no colour mode"},
      {{"run", "x", "--log-level", "loud"}, "--log-level: 'loud' is no log level"},
      {{"run", "x", "--listen", "7400"}, "--listen: '7400' is no address; write HOST:PORT"},
      {{"run", "x", "--listen", "::1:7400"}, "--listen: '::1:7400' is no address"},
      {{"run", "x", "--prometheus", "lab:9464"}, "--prometheus: 'lab' is no IPv4 address; write"},
      {{"run", "x", "--prometheus-linger", "5s"}, "--prometheus-linger: needs --prometheus"},
      {{"run", "x", "--workers", "3"}, "--workers: needs --listen HOST:PORT"},
      {{"run", "x", "--listen", "h:1", "--tls-ca", "a"}, "--tls-ca, --tls-cert and --tls-key go"},
      {{"run", "x", "--users", "5", "--rate", "5"}, "--users and --rate: users wait"},
      {{"run", "x", "--body", "a", "--body-file", "b"}, "--body and --body-file: give one"},
      {{"run", "x", "--stage", "1s:5", "--duration", "1s"}, "--stage and --duration: the stages"},
  };
  for (const auto& row : rows) {
    const std::string error = ErrorOf(row.args);
    EXPECT_NE(error.find(row.error), std::string::npos) << row.error << "\n" << error;
    EXPECT_EQ(error.find('\n'), std::string::npos) << error;
  }
}

TEST(FlagsTest, ShortFlagsThatPeersReadDifferentlyAreExplained) {
  for (const auto& [flag, word] : {std::pair("-t", "--threads"),
                                   {"-r", "--stage"},
                                   {"-s", "--timeout"},
                                   {"-R", "--rate"},
                                   {"-n", "--iterations"},
                                   {"-t4", "--duration"}}) {
    const std::string error = ErrorOf({"run", "http://h", flag, "4"});
    EXPECT_EQ(error.substr(0, 3), std::string(flag).substr(0, 2) + ":");
    EXPECT_NE(error.find(word), std::string::npos) << error;
  }
}

TEST(FlagsTest, HelpAndVersionArePrintedWhateverElseStandsThere) {
  EXPECT_EQ(Parse({"--version"})->text, "muster 1.2.3\n");
  for (const auto& args : std::vector<std::vector<std::string>>{{"--help"},
                                                                {"-h"},
                                                                {"help"},
                                                                {"run", "--help"},
                                                                {"run", "--bogus", "-h"},
                                                                {"validate", "--help"}}) {
    const auto line = Parse(args);
    ASSERT_TRUE(line.ok()) << line.status();
    EXPECT_EQ(line->command, CommandLine::Command::kPrint);
    EXPECT_NE(line->text.find("Examples:"), std::string::npos);
  }
}

TEST(FlagsTest, CommandsOnResultsKeepTheirWords) {
  using Command = CommandLine::Command;
  EXPECT_EQ(Parse({"runs", "--since", "7d"})->command, Command::kRuns);
  EXPECT_EQ(Parse({"report", "latest"})->command, Command::kReport);
  EXPECT_EQ(Parse({"compare", "--help"})->command, Command::kCompare);
  const std::string help = Parse({"--help"})->text;
  for (const char* name : {"run", "validate", "find-capacity", "runs", "report", "compare"}) {
    EXPECT_NE(help.find("\n  " + std::string(name) + " "), std::string::npos) << help;
  }
}

TEST(FlagsTest, TheHelpNamesEveryFlagAndItsSection) {
  for (const char* command : {"run", "validate"}) {
    const std::string help = Parse({command, "--help"})->text;
    for (const FlagRow& row : FlagTable()) {
      EXPECT_NE(help.find(row.name), std::string::npos) << row.name;
      EXPECT_NE(help.find(row.help), std::string::npos) << row.name;
      EXPECT_NE(help.find(std::string("\n") + row.section + ":\n"), std::string::npos);
    }
    EXPECT_NE(help.find(std::string("\n  muster ") + command + " shop.yaml"), std::string::npos);
  }
}

}  // namespace
}  // namespace muster

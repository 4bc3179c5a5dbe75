#include "worker/worker_flags.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <sstream>
#include <vector>

namespace muster {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

StatusOr<WorkerFlags> Parse(std::vector<const char*> words) {
  words.insert(words.begin(), "muster-worker");
  return ParseWorkerFlags(static_cast<int>(words.size()), words.data());
}

TEST(WorkerFlagsTest, DefaultsAreThoseThatHelpNames) {
  const auto flags = Parse({"--master", "127.0.0.1:7700"});
  ASSERT_TRUE(flags.ok()) << flags.status();
  EXPECT_EQ(flags->master, "127.0.0.1:7700");
  EXPECT_EQ(flags->lease, Duration::Seconds(10));
  EXPECT_EQ(flags->weight, 1u);
  EXPECT_EQ(flags->generator.threads, 0u);
}

TEST(WorkerFlagsTest, EveryFlagIsRead) {
  const auto flags = Parse({"--master=h:1",
                            "--name",
                            "a",
                            "--group",
                            "eu",
                            "--threads",
                            "3",
                            "--pin",
                            "--frugal",
                            "--local-address",
                            "127.0.0.1",
                            "--local-address",
                            "::1",
                            "--weight",
                            "2",
                            "--lease",
                            "1m30s",
                            "--tls-ca",
                            "c",
                            "--tls-cert",
                            "d",
                            "--tls-key",
                            "e",
                            "--tls-server-name",
                            "f",
                            "--insecure-control",
                            "--log-level",
                            "debug",
                            "--log-file",
                            "g"});
  ASSERT_TRUE(flags.ok()) << flags.status();
  EXPECT_EQ(flags->name, "a");
  EXPECT_EQ(flags->group, "eu");
  EXPECT_EQ(flags->generator, (GeneratorOptions{3, true, true, {"127.0.0.1", "::1"}}));
  EXPECT_EQ(flags->weight, 2u);
  EXPECT_EQ(flags->lease, Duration::Seconds(90));
  EXPECT_EQ(flags->tls_ca + flags->tls_cert + flags->tls_key + flags->tls_server_name, "cdef");
  EXPECT_TRUE(flags->insecure_control);
  EXPECT_EQ(flags->log_level, "debug");
  EXPECT_EQ(flags->log_file, "g");
}

TEST(WorkerFlagsTest, HelpAndVersionAreTextToPrint) {
  EXPECT_THAT(Parse({"--help"})->help, HasSubstr("--lease"));
  EXPECT_THAT(Parse({"--version"})->help, HasSubstr("muster-worker 0."));
}

// A line of the help for each flag: "  --name NAME   what it is".
std::vector<std::string> FlagsInHelp(const std::string& help) {
  std::vector<std::string> flags;
  std::istringstream lines(help);
  for (std::string line; std::getline(lines, line);) {
    const size_t at = line.find("--");
    if (line.starts_with("  -") && at != line.npos) {
      flags.push_back(line.substr(at, line.find(' ', at) - at));
    }
  }
  return flags;
}

TEST(WorkerFlagsTest, TheHelpIsInSectionsWithDefaultsAndExamples) {
  const std::string help = Parse({"--help"})->help;
  for (const char* part : {"\nMaster:\n", "\nLoad:\n", "\nTLS to the master:\n", "\nOutput:\n",
                           "Exit codes:\n  0 ", "Examples:\n  muster-worker --master ", "-h,--help",
                           "print this and exit", "--master HOST:PORT", "default 10s"}) {
    EXPECT_THAT(help, HasSubstr(part));
  }
  EXPECT_THAT(help, Not(HasSubstr("TEXT"))) << "every value has a name";
  EXPECT_THAT(help, Not(HasSubstr("UINT")));
}

TEST(WorkerFlagsTest, TheDocumentationHasEveryFlagOfTheHelp) {
  std::ifstream file(MUSTER_SOURCE_DIR "/docs/distributed.md");
  const std::string docs((std::istreambuf_iterator<char>(file)), {});
  const std::vector<std::string> flags = FlagsInHelp(Parse({"--help"})->help);
  EXPECT_GE(flags.size(), 18U);
  for (const std::string& flag : flags) EXPECT_THAT(docs, HasSubstr("`" + flag));
}

TEST(WorkerFlagsTest, WrongInputIsNamed) {
  const struct {
    std::vector<const char*> words;
    const char* message;
  } cases[] = {
      {{}, "--master HOST:PORT is missing"},
      {{"--mastr", "h:1"}, "did you mean --master?"},
      {{"--master", "h:1", "-q"}, "-q: unknown flag; see muster-worker --help"},
      {{"--master", "h:1", "--lease", "10"}, "--lease"},
      {{"--master", "h:1", "--lease", "10ms"}, "between 1s and 10m"},
      {{"--master", "h:1", "--weight", "0"}, "--weight"},
      {{"--master", "h:1", "--group", "e u"}, "--group: want at most 128 printable"},
      {{"--master", "h:1", "--threads", "-2"}, "--threads"},
      {{"--master", "h:1", "--log-level", "loud"}, "--log-level"},
  };
  for (const auto& test : cases) {
    const auto flags = Parse(test.words);
    ASSERT_FALSE(flags.ok()) << test.message;
    EXPECT_THAT(Message(flags.status()), HasSubstr(test.message));
  }
}

}  // namespace
}  // namespace muster

#include "master/plan/flag_table.h"

#include <gtest/gtest.h>

#include <set>

namespace muster {
namespace {

TEST(FlagTableTest, NamesAndLettersAreUniqueAndNoRefusedLetterIsUsed) {
  std::set<std::string> names;
  std::set<char> letters;
  for (const RefusedLetter& refused : RefusedLetters()) letters.insert(refused.letter);
  for (const FlagRow& row : FlagTable()) {
    EXPECT_TRUE(names.insert(row.name).second) << row.name;
    EXPECT_TRUE(row.letter == 0 || letters.insert(row.letter).second) << row.letter;
    EXPECT_EQ(std::string(row.name).substr(0, 2), "--");
  }
}

TEST(FlagTableTest, EveryFlagWithAValueRefusesRubbish) {
  const std::set<std::string> takes_any = {
      "--name",        "--body",       "--body-file", "--trace",           "--tls-ca",
      "--tls-cert",    "--tls-key",    "--log-file",  "--tls-server-name", "--target-ca",
      "--target-cert", "--target-key", "--store"};
  for (const FlagRow& row : FlagTable()) {
    if (*row.value == '\0' || takes_any.contains(row.name)) continue;
    CommandLine line;
    EXPECT_FALSE(row.apply("\x01 rubbish", line).ok()) << row.name;
  }
}

TEST(FlagTableTest, TlsIsAllThreeFilesOrInsecure) {
  CommandLine line;
  EXPECT_TRUE(CheckCombinations(line).ok());
  line.run.tls = {.ca = "a", .cert = "b", .key = "", .server_name = ""};
  EXPECT_FALSE(CheckCombinations(line).ok());
  line.run.tls.key = "c";
  EXPECT_TRUE(CheckCombinations(line).ok());
  line.run.insecure_control = true;
  EXPECT_FALSE(CheckCombinations(line).ok());
}

}  // namespace
}  // namespace muster

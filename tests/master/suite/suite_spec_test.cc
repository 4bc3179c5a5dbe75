#include "master/suite/suite_spec.h"

#include <gtest/gtest.h>

namespace muster {
namespace {

TEST(SuiteSpecTest, CoresReadBackAsTheyAreWritten) {
  for (const char* text : {"0", "0-2", "0,2", "0,2-3,7", "4095"}) {
    const auto cores = ParseCores(text);
    ASSERT_TRUE(cores.ok()) << text;
    EXPECT_EQ(FormatCores(*cores), text);
  }
  EXPECT_EQ(*ParseCores("3,1-2"), (std::vector<int>{1, 2, 3}));
}

TEST(SuiteSpecTest, OtherTextsAreNoCores) {
  for (const char* text : {"", ",", "0,", "a", "-1", "2-1", "0,0", "0-3,2", "4096", "0 1"}) {
    EXPECT_FALSE(ParseCores(text).ok()) << text;
  }
  EXPECT_EQ(Message(ParseCores("x").status()), "'x' is no set of cores; write 0, 0-2 or \"0,2\"");
}

TEST(SuiteSpecTest, MemoryIsAWholeNumberOfUnits) {
  EXPECT_EQ(*ParseMemory("1KiB"), 1024u);
  EXPECT_EQ(*ParseMemory("512MiB"), uint64_t{512} << 20);
  EXPECT_EQ(FormatMemory(*ParseMemory("2GiB")), "2GiB");
  EXPECT_EQ(FormatMemory(uint64_t{1536} << 20), "1536MiB");
  for (const char* text : {"", "512", "0MiB", "1.5GiB", "-1MiB", "1TB", "MiB"}) {
    EXPECT_FALSE(ParseMemory(text).ok()) << text;
  }
}

TEST(SuiteSpecTest, NamesCanBePartsOfFiles) {
  for (const char* name : {"flask", "Django+Gunicorn", "Bottle (wsgiref)", "py3.6_a-b", "1"}) {
    EXPECT_TRUE(CheckSuiteName(name).ok()) << name;
  }
  for (const char* name : {"", ".", "..", ".x", "-x", " x", "x ", "a/b", "a\nb", "a:b", "é"}) {
    EXPECT_FALSE(CheckSuiteName(name).ok()) << name;
  }
  EXPECT_TRUE(CheckSuiteName(std::string(60, 'x')).ok());
  EXPECT_FALSE(CheckSuiteName(std::string(61, 'x')).ok());
}

}  // namespace
}  // namespace muster

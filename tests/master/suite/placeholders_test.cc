#include "master/suite/placeholders.h"

#include <gtest/gtest.h>

namespace muster {
namespace {

const Placeholders kValues = {.python = "/usr/bin/python3", .port = "8080", .suite = "/s"};

TEST(PlaceholdersTest, EachIsReplacedWhereverItStands) {
  EXPECT_EQ(Filled("{python}", kValues), "/usr/bin/python3");
  EXPECT_EQ(Filled("--bind=127.0.0.1:{port},{port}", kValues), "--bind=127.0.0.1:8080,8080");
  EXPECT_EQ(Filled("{suite}/a{port}b", kValues), "/s/a8080b");
  EXPECT_EQ(Filled(std::vector<std::string>{"{port}", "x"}, kValues),
            (std::vector<std::string>{"8080", "x"}));
}

TEST(PlaceholdersTest, WhatAValueHoldsIsNotLookedAtAgain) {
  EXPECT_EQ(Filled("{suite}{port}", {.python = "", .port = "1", .suite = "{port}"}), "{port}1");
}

TEST(PlaceholdersTest, OtherBracesAreText) {
  for (const char* text :
       {"{}", "{'a': 1}", "${HOME}", "{Port}", "{port", "port}", "{ port }", "{1}"}) {
    EXPECT_TRUE(CheckPlaceholders(text).ok()) << text;
    EXPECT_EQ(Filled(text, kValues), text);
  }
  EXPECT_EQ(Filled("{{port}}", kValues), "{8080}");
}

TEST(PlaceholdersTest, AnUnknownOneIsRefusedWithTheNearest) {
  EXPECT_EQ(Message(CheckPlaceholders("a {prot} b")),
            "unknown placeholder '{prot}'; did you mean '{port}'?");
  EXPECT_EQ(Message(CheckPlaceholders("{port}{whatever_else}")),
            "unknown placeholder '{whatever_else}'; {python}, {port} and {suite} are known");
}

}  // namespace
}  // namespace muster

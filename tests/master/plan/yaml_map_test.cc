#include "master/plan/yaml_map.h"

#include <gtest/gtest.h>

#include "common/plan/units.h"

namespace muster {
namespace {

constexpr std::string_view kKeys[] = {"timeout", "weight", "list"};

struct Read {
  explicit Read(std::string_view text) : root(*ReadYamlTree(text, errors)) {}
  std::string Errors() const { return Message(errors.ToStatus()); }
  SourceErrors errors{"p"};
  YamlNode root;
};

TEST(YamlMapTest, AMisspeltKeyNamesTheNearest) {
  Read read("timeuot: 5s\n");
  const YamlMap map(read.root, "", "a request", kKeys, read.errors);
  EXPECT_EQ(read.Errors(), "p:1:1: unknown key 'timeuot' in a request; did you mean 'timeout'?");
}

TEST(YamlMapTest, AKeyWithoutANearOneListsTheKnown) {
  Read read("colour: red\n");
  const YamlMap map(read.root, "", "a request", kKeys, read.errors);
  EXPECT_EQ(read.Errors(),
            "p:1:1: unknown key 'colour' in a request; known keys: timeout, weight, list");
}

TEST(YamlMapTest, AKeyOfOtherMappingsSaysWhich) {
  constexpr std::string_view kOthers[] = {"colour", "timeuot"};
  const KnownKeys all[] = {{"request", kKeys, "in a request"}, {"other", kOthers, "in another"}};
  Read read("colour: red\ntimeuot: 5s\nwieght: 1\n");
  const YamlMap map(read.root, "", "a request", kKeys, read.errors, all);
  EXPECT_EQ(read.Errors(),
            "p:1:1: 'colour' belongs in another, not in a request\n"
            "p:2:1: 'timeuot' belongs in another, not in a request\n"
            "p:3:1: unknown key 'wieght' in a request; did you mean 'weight'?");
}

TEST(YamlMapTest, WhatIsNoMappingSaysWhatItIs) {
  for (const auto& [text, found] : {std::pair("5", "'5'"), {"[1]", "a list"}, {"~", "nothing"}}) {
    Read read(text);
    const YamlMap map(read.root, "x", "x", kKeys, read.errors);
    EXPECT_EQ(read.Errors(),
              std::string("p:1:1: x: expected a mapping (key: value), found ") + found);
  }
}

TEST(YamlMapTest, ValuesAreReadOrRefusedAtTheirPlace) {
  Read read("timeout: 5\nweight: [1]\nlist: 3\n");
  const YamlMap map(read.root, "r[0]", "a request", kKeys, read.errors);
  EXPECT_EQ(map.Value("timeout", "a duration", ParseDuration), std::nullopt);
  EXPECT_EQ(map.Text("weight", "a whole number"), std::nullopt);
  EXPECT_TRUE(map.List("list", "a list").empty());
  const std::string errors = read.Errors();
  EXPECT_NE(errors.find("p:1:10: r[0].timeout: \"5\" is not a duration"), std::string::npos);
  EXPECT_NE(errors.find("p:2:9: r[0].weight: expected a whole number, found a list"),
            std::string::npos);
  EXPECT_NE(errors.find("p:3:7: r[0].list: expected a list, found '3'"), std::string::npos);
}

TEST(YamlMapTest, AbsentKeysAreNoErrors) {
  Read read("weight: 1\n");
  const YamlMap map(read.root, "", "a request", kKeys, read.errors);
  EXPECT_FALSE(map.has("timeout"));
  EXPECT_EQ(map.Value("timeout", "a duration", ParseDuration), std::nullopt);
  EXPECT_EQ(map.Bool("timeout"), std::nullopt);
  EXPECT_TRUE(map.List("list", "a list").empty());
  EXPECT_EQ(read.Errors(), "");
}

}  // namespace
}  // namespace muster

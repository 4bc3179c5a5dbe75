#include "master/plan/yaml_tree.h"

#include <gtest/gtest.h>

#include <random>

namespace muster {
namespace {

std::string ErrorsOf(std::string_view text) {
  SourceErrors errors("p");
  ReadYamlTree(text, errors);
  return Message(errors.ToStatus());
}

TEST(YamlTreeTest, EveryKeyAndValueKnowsItsPlace) {
  SourceErrors errors("p");
  const auto root = ReadYamlTree("a: 1\nb:\n  - x\n  - {c: 'd'}\n", errors);
  ASSERT_TRUE(root.has_value());
  ASSERT_EQ(root->entries.size(), 2U);
  EXPECT_EQ(root->entries[0].value.text, "1");
  EXPECT_EQ(root->entries[0].value.at, (YamlMark{1, 4}));
  const YamlNode& list = root->entries[1].value;
  EXPECT_EQ(root->entries[1].at, (YamlMark{2, 1}));
  EXPECT_EQ(list.items[0].at, (YamlMark{3, 5}));
  const YamlEntry& inner = list.items[1].entries[0];
  EXPECT_EQ(inner.at, (YamlMark{4, 6}));
  EXPECT_EQ(inner.value.at, (YamlMark{4, 9}));
  EXPECT_TRUE(inner.value.quoted);
  EXPECT_FALSE(root->entries[0].value.quoted);
}

TEST(YamlTreeTest, AnEmptyTextIsANullNode) {
  for (const char* text : {"", "\n", "# only a comment\n", "---\n", "\xEF\xBB\xBF"}) {
    SourceErrors errors("p");
    const auto root = ReadYamlTree(text, errors);
    ASSERT_TRUE(root.has_value()) << Message(errors.ToStatus());
    EXPECT_EQ(root->kind, YamlNode::Kind::kNull);
  }
}

TEST(YamlTreeTest, WhatAPlanMustNotHoldIsRefusedAtItsPlace) {
  const struct {
    const char *text, *error;
  } rows[] = {
      {"a: 1\nb: 2\na: 3\n", "p:3:1: duplicate key 'a', first at line 1"},
      {"a: &x 1\n", "p:1:4: anchor '&x': anchors are not allowed in a plan"},
      {"a: &x [*x]\n", "p:1:8: aliases ('*name') are not allowed in a plan; write the value out"},
      {"b:\n  <<: {c: 1}\n", "p:2:3: merge keys ('<<') are not allowed in a plan"},
      {"a: !!str 1\n", "p:1:4: tag 'tag:yaml.org,2002:str': tags are not allowed in a plan"},
      {"a: !mine 1\n", "p:1:4: tag '!mine': tags are not allowed in a plan"},
      {"a: 1\n---\nb: 1\n", "p:2:1: a second document begins here; a plan is one document"},
      {"? [a, b]\n: 1\n", "p:1:3: a key must be a plain word"},
      {"{a: 1}: 2\n", "a key must be a plain word"},
      {"~: 1\n", "p:1:1: a key must be a plain word"},
      {"\ta: 1\n", "p:1:1: the line begins with a tab; indent with spaces"},
      {"a:\n\tb: 1\n", "p:2:1: the line begins with a tab; indent with spaces"},
      {"a:\n  b: 1\n  \tc: 2\n", "(the line is indented with a tab)"},
      {"a: [1, {b: 2}\nc: 3\n", "p:1:4: this bracket is never closed"},
      {"a: {b: 1\n", "p:1:4: this bracket is never closed"},
      {"a: b: c\n", "p:1:5: not valid YAML: illegal map value"},
      {"a: \"b\n", "p:1:4: this quote is never closed"},
      {"a: 1\nb: 'it''s\n", "p:2:4: this quote is never closed"},
      {"a: \"b\nc: d", "illegal EOF in scalar"},
      {"a: %b\n", "p:1:4: not valid YAML: unknown token"},
      {"a: \xFF\n", "p:1:4: not UTF-8 text"},
      {"\xC3\xA9: \xED\xA0\x80\n", "p:1:5: not UTF-8 text"},
      {"a\x01: b\n", "p:1:2: control character; a plan is plain text"},
      {"%YAML 9.9\n---\na: 1\n", "not valid YAML"},
  };
  for (const auto& row : rows) {
    EXPECT_NE(ErrorsOf(row.text).find(row.error), std::string::npos) << row.text << "\n"
                                                                     << ErrorsOf(row.text);
  }
  EXPECT_NE(ErrorsOf(std::string_view("a: \0b", 5)).find("p:1:4: control"), std::string::npos);
}

TEST(YamlTreeTest, QuestionMarksInPlainTextAreText) {
  const struct {
    const char *text, *value;
  } rows[] = {{"[/cart?x=1, b]", "/cart?x=1"},
              {"[?x=1]", "?x=1"},
              {"[a?]", "a?"},
              {"[a ?b]", "a ?b"},
              {"['a ? b']", "a ? b"},
              {"- /a?b?c", "/a?b?c"},
              {"- \"?\"", "?"},
              {"- |\n  ?\n", "?\n"},
              {"- what?", "what?"}};
  for (const auto& row : rows) {
    SourceErrors errors("p");
    const auto root = ReadYamlTree(row.text, errors);
    ASSERT_TRUE(root.has_value()) << row.text << Message(errors.ToStatus());
    EXPECT_EQ(root->items[0].text, row.value) << row.text;
  }
  EXPECT_NE(ErrorsOf("? {a: b}\n"), "");
}

TEST(YamlTreeTest, ClosedQuotesAreClosed) {
  for (const char* text : {"a: \"b\"\n", "a: 'it''s'\n", "a: \"b\\\"c\"\n", "a: \"b\\\\\"",
                           "a: ''\n", "a: \"two\n  lines\"\n", "a: |\n  \"open\n"}) {
    EXPECT_EQ(ErrorsOf(text), "") << text;
  }
}

TEST(YamlTreeTest, ErrorsComeInTheFilesOrderAndAtMostTen) {
  std::string text;
  for (int i = 0; i < 13; ++i) text += "k: &a 1\n";
  const std::string errors = ErrorsOf(text);
  EXPECT_EQ(errors.find("p:1:4: anchor"), 0U) << errors;
  EXPECT_LT(errors.find("p:2:1: duplicate"), errors.find("p:2:4: anchor"));
  EXPECT_EQ(std::count(errors.begin(), errors.end(), '\n'), 10);
  EXPECT_NE(errors.find("p: and 15 more"), std::string::npos) << errors;
}

TEST(YamlTreeTest, LimitsHold) {
  std::string deepest, deeper;
  for (size_t i = 0; i < YamlLimits::kDepth; ++i) deepest += '[';
  deeper = deepest + "[]" + std::string(YamlLimits::kDepth, ']');
  deepest += std::string(YamlLimits::kDepth, ']');
  EXPECT_EQ(ErrorsOf(deepest), "");
  EXPECT_EQ(ErrorsOf(deeper), "p:1:17: nested deeper than 16 levels");

  EXPECT_EQ(ErrorsOf(std::string((1 << 20) + 1, '#')), "p:1:1: the plan is larger than 1 MiB");
  EXPECT_EQ(ErrorsOf(std::string(1 << 20, '#')), "");

  std::string many = "a: [";
  for (int i = 0; i < 100'001; ++i) many += "1,";
  EXPECT_NE(ErrorsOf(many + "]").find("more than 100,000 values"), std::string::npos);

  std::string keys;
  for (int i = 0; i < 1'001; ++i) keys += "k" + std::to_string(i) + ": 1\n";
  EXPECT_EQ(ErrorsOf(keys), "p:1001:1: more than 1,000 keys in one mapping");
}

// Each is a lot of something that a careless parser answers with a deep stack or quadratic
// time.
TEST(YamlTreeTest, HostileTextsEndInAnErrorOrAValue) {
  for (const char* piece :
       {"[",    "{",   "- ",    "? ",   "a: ",   "[{",    "]",    "}",       "\"", "'",
        "|\n ", "&a ", "*a ",   "!!a ", "---\n", "...\n", "%A\n", "\n",      " ",  ",",
        ": ",   "a\n", "{a: [", "-\n",  "#\n",   "\r",    "\\",   "- - -\n", ">\n"}) {
    std::string text;
    while (text.size() < (1 << 18)) text += piece;
    SourceErrors errors("p");
    ReadYamlTree(text, errors);
    SourceErrors inside("p");
    ReadYamlTree("a: " + text, inside);
  }
}

TEST(YamlTreeTest, RandomMixturesNeitherCrashNorHang) {
  constexpr uint32_t kSeed = 20240817;
  SCOPED_TRACE(kSeed);
  std::mt19937 random(kSeed);
  const std::string_view pieces[] = {"a",  ": ",   "- ",       "\n",  "  ", "[",  "]",  "{",
                                     "}",  ",",    "\"",       "'",   "|",  ">",  "&x", "*x",
                                     "!t", "#",    "---\n",    "?",   "<<", "\t", "\\", "%",
                                     "1",  "\r\n", "\xC3\xA9", "...", "@",  "`"};
  for (int i = 0; i < 20'000; ++i) {
    std::string text;
    const size_t length = random() % 40;
    for (size_t j = 0; j < length; ++j) text += pieces[random() % std::size(pieces)];
    SourceErrors errors("p");
    const auto root = ReadYamlTree(text, errors);
    EXPECT_TRUE(root.has_value() || !errors.empty()) << text;
  }
}

}  // namespace
}  // namespace muster

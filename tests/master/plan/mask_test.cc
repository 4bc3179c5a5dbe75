#include "master/plan/mask.h"

#include <gtest/gtest.h>

namespace muster {
namespace {

using Words = std::vector<std::string>;

TEST(MaskTest, SecretHeadersOfACommandInEverySpelling) {
  const Words words = {"muster",
                       "run",
                       "p.yaml",
                       "-H",
                       "Authorization: Bearer s3cret",
                       "--header",
                       "Cookie:s3cret",
                       "--header=X-Api-Key: s3cret",
                       "-HX-Auth-Token: s3cret",
                       "-H",
                       "Accept: text/html",
                       "--body",
                       "Cookie: mine"};
  EXPECT_EQ(MaskCommand(words),
            (Words{"muster", "run", "p.yaml", "-H", "Authorization: ***", "--header", "Cookie: ***",
                   "--header=X-Api-Key: ***", "-HX-Auth-Token: ***", "-H", "Accept: text/html",
                   "--body", "Cookie: mine"}));
}

TEST(MaskTest, AHeadersValueThatLooksLikeAFlagIsItsValue) {
  EXPECT_EQ(MaskCommand(Words{"-H", "-H", "Cookie: a"}), (Words{"-H", "-H", "Cookie: a"}));
}

TEST(MaskTest, UserInfoOfUrls) {
  EXPECT_EQ(
      MaskCommand(Words{"http://user:pa@ss@host/x@y", "http://host/@", "--tag=u=https://a@b"}),
      (Words{"http://***@host/x@y", "http://host/@", "--tag=u=https://***@b"}));
}

TEST(MaskTest, SecretHeadersOfAPlanAndNothingElse) {
  const std::string plan =
      "muster: 1  # Cookie: of the comment\n"
      "target: http://h/\n"
      "defaults:\n"
      "  headers: {Authorization: Bearer s3cret, Accept: a, 'X-Api-Key': \"s3cret\"}\n"
      "requests:\n"
      "  - name: Cookie\n"
      "    get: /\n"
      "    headers:\n"
      "      cookie: [s3cret=1, 's3cret=2']\n"
      "      x: plain # kept\n";
  const std::string masked =
      "muster: 1  # Cookie: of the comment\n"
      "target: http://h/\n"
      "defaults:\n"
      "  headers: {Authorization: ***, Accept: a, 'X-Api-Key': \"***\"}\n"
      "requests:\n"
      "  - name: Cookie\n"
      "    get: /\n"
      "    headers:\n"
      "      cookie: [***, '***']\n"
      "      x: plain # kept\n";
  EXPECT_EQ(MaskPlan(plan), masked);
}

TEST(MaskTest, APlanWithoutSecretsStaysAsItIs) {
  const std::string plan =
      "muster: 1\ntarget: http://h/\nrequests:\n  - {get: /, headers: {a: b}}\n";
  EXPECT_EQ(MaskPlan(plan), plan);
}

// Nothing of a secret may slip through because it is written in a way that is not looked for.
TEST(MaskTest, WhatCanNotBeCutOutIsNotKept) {
  for (const char* value : {"|\n        s3cret\n", ">-\n        s3cret\n        more\n",
                            "\"s3cret\\x20\"\n", "'it''s s3cret'\n", "s3cret\n        more\n"}) {
    const std::string plan =
        "muster: 1\nrequests:\n  - get: /\n    headers:\n      cookie: " + std::string(value);
    const auto masked = MaskPlan(plan);
    EXPECT_TRUE(!masked || masked->find("s3cret") == std::string::npos) << *masked;
  }
  EXPECT_EQ(MaskPlan("a: [b"), std::nullopt);
}

TEST(MaskTest, SeveralSecretsOfALineKeepTheirPlaces) {
  EXPECT_EQ(
      MaskPlan("requests: [{headers: {cookie: a, token: bb}}, {headers: {cookie: \xc3\xa4}}]\n"),
      "requests: [{headers: {cookie: ***, token: ***}}, {headers: {cookie: ***}}]\n");
}

}  // namespace
}  // namespace muster

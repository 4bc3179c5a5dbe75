#include "master/store/store_path.h"

#include <gtest/gtest.h>

namespace muster {
namespace {

TEST(StorePathTest, WhatIsGivenGoesOverTheEnvironment) {
  EXPECT_EQ(*StorePath("a.db", {.ci = "", .xdg_state_home = "/x", .home = "/h"}), "a.db");
}

TEST(StorePathTest, TheStateFolderIsXdgs) {
  EXPECT_EQ(*StorePath("", {.ci = "", .xdg_state_home = "/x", .home = "/h"}), "/x/muster/runs.db");
  EXPECT_EQ(*StorePath("", {.ci = "", .xdg_state_home = "", .home = "/h"}),
            "/h/.local/state/muster/runs.db");
  EXPECT_EQ(*StorePath("", {.ci = "", .xdg_state_home = "relative", .home = "/h"}),
            "/h/.local/state/muster/runs.db");
}

TEST(StorePathTest, NoPlaceIsAnErrorThatNamesTheFlag) {
  const Status status = StorePath("", {}).status();
  EXPECT_TRUE(absl::IsNotFound(status));
  EXPECT_NE(Message(status).find("--store"), std::string::npos);
}

TEST(StorePathTest, ContinuousIntegrationKeepsNothingByDefault) {
  for (const char* ci : {"true", "1", "yes"}) {
    EXPECT_FALSE(KeepsRunsByDefault({.ci = ci, .xdg_state_home = "", .home = ""})) << ci;
  }
  for (const char* ci : {"", "0", "false"}) {
    EXPECT_TRUE(KeepsRunsByDefault({.ci = ci, .xdg_state_home = "", .home = ""})) << ci;
  }
}

}  // namespace
}  // namespace muster

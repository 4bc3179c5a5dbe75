// Compares text with a file under tests/golden. With UPDATE_GOLDEN=1 in the environment it writes
// the file instead, to be looked at and committed.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>

namespace muster {

inline void ExpectGolden(const std::string& name, const std::string& text) {
  const std::string path = std::string(MUSTER_SOURCE_DIR) + "/tests/golden/" + name;
  if (std::getenv("UPDATE_GOLDEN") != nullptr) {
    std::ofstream(path) << text;
    return;
  }
  std::ifstream file(path);
  ASSERT_TRUE(file) << path << " is missing: run with UPDATE_GOLDEN=1";
  std::stringstream expected;
  expected << file.rdbuf();
  EXPECT_EQ(text, expected.str()) << "differs from " << path << "; UPDATE_GOLDEN=1 rewrites it";
}

}  // namespace muster

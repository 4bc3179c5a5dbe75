#include "common/plan/generator_options.h"

#include <gtest/gtest.h>

namespace muster {
namespace {

TEST(GeneratorOptionsTest, AddressesOfBothFamiliesPassAndNamesDoNot) {
  EXPECT_TRUE(CheckLocalAddress("127.0.0.2").ok());
  EXPECT_TRUE(CheckLocalAddress("::1").ok());
  for (const char* bad : {"", "localhost", "127.0.0", "[::1]", "127.0.0.1:80", "1.2.3.4/8"}) {
    EXPECT_FALSE(CheckLocalAddress(bad).ok()) << bad;
  }
}

}  // namespace
}  // namespace muster

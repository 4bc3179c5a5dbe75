#include "common/base/int128.h"

#include <gtest/gtest.h>

namespace muster {
namespace {

TEST(Int128Test, PrintsZeroSignsAndBothEnds) {
  const Int128 max = static_cast<Int128>(~static_cast<Uint128>(0) >> 1);
  EXPECT_EQ(ToString(0), "0");
  EXPECT_EQ(ToString(-1), "-1");
  EXPECT_EQ(ToString(static_cast<Int128>(UINT64_MAX) + 1), "18446744073709551616");
  EXPECT_EQ(ToString(max), "170141183460469231731687303715884105727");
  EXPECT_EQ(ToString(-max - 1), "-170141183460469231731687303715884105728");
}

}  // namespace
}  // namespace muster

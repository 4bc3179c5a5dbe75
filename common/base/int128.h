// 128-bit integers: sums of nanoseconds and exact rationals. GCC's and Clang's type, named once so
// that -Wpedantic accepts it.
#pragma once

#include <cstdint>
#include <string>

namespace muster {

__extension__ typedef __int128 Int128;            // NOLINT(modernize-use-using)
__extension__ typedef unsigned __int128 Uint128;  // NOLINT(modernize-use-using)

// Decimal digits, with '-' for negative values.
std::string ToString(Int128 value);

}  // namespace muster

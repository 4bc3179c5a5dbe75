#include "master/results/per_second.h"

#include "common/base/int128.h"

namespace muster {

// The whole part apart: dividing by the seconds as a double (30.000000000000004 for 30 s) would
// come out below a limit that was reached.
double PerSecond(uint64_t n, Duration length) {
  if (length <= Duration()) return 0;
  const auto ns = static_cast<Uint128>(length.nanos());
  const Uint128 scaled = static_cast<Uint128>(n) * 1'000'000'000;
  const Uint128 whole = scaled / ns;
  return static_cast<double>(whole) + static_cast<double>(scaled % ns) / static_cast<double>(ns);
}

}  // namespace muster

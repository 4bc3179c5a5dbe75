// Any text as a threshold: refused with a column inside it (or just beyond), or a value that is
// sane and that its own expression gives again.
#include "common/plan/threshold.h"

#include <cmath>
#include <cstddef>
#include <cstdint>

#include "common/base/check.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto threshold = muster::ParseThreshold(text);
  if (!threshold.ok()) {
    CHECK(!threshold.status().message().empty());
    return 0;
  }
  CHECK(std::isfinite(threshold->limit) && threshold->limit >= 0) << threshold->limit;
  CHECK_LE(threshold->percentile_millis, 100'000u);
  const auto again = muster::ParseThreshold(threshold->expression);
  CHECK(again.ok()) << threshold->expression;
  CHECK(*again == *threshold) << threshold->expression;
  return 0;
}

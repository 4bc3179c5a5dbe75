// Any bytes as a plan: refused by the decoder or by the plan's own checks, or a spec that encodes
// to bytes which decode to it.
#include <cstddef>
#include <cstdint>

#include "common/base/check.h"
#include "common/wire/plan_codec.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  auto spec = muster::DecodePlan({reinterpret_cast<const char*>(data), size});
  if (!spec.ok()) return 0;
  const std::string encoded = muster::EncodePlan(*spec);
  const auto again = muster::DecodePlan(encoded);
  CHECK(again.ok()) << again.status().ToString();
  CHECK(muster::EncodePlan(*again) == encoded);
  const auto plan = muster::Plan::Create(*std::move(spec));
  CHECK(plan.ok() || !plan.status().message().empty());
  return 0;
}

// Any bytes as a delta batch: refused, or a batch that encodes to bytes which decode to it.
#include <cstddef>
#include <cstdint>

#include "common/base/check.h"
#include "common/wire/batch_codec.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto batch = muster::DecodeBatch({reinterpret_cast<const char*>(data), size});
  if (!batch.ok()) return 0;
  const std::string encoded = muster::EncodeBatch(*batch);
  const auto again = muster::DecodeBatch(encoded);
  CHECK(again.ok()) << again.status().ToString();
  CHECK(muster::EncodeBatch(*again) == encoded);
  return 0;
}

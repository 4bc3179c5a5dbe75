// Any bytes as HdrHistogram V2, as sparse counts and as base64: refused, or a histogram that
// encodes to bytes which decode to it.
#include <cstddef>
#include <cstdint>

#include "common/base/check.h"
#include "common/stats/histogram_codec.h"

namespace muster {
namespace {

void CheckV2(std::string_view bytes) {
  const auto decoded = DecodeV2(bytes);
  if (!decoded.ok()) return;
  if (decoded->count() > 0) CHECK_LE(decoded->min(), decoded->max());
  for (const std::string& encoded : {EncodeV2(*decoded), EncodeV2Compressed(*decoded)}) {
    const auto again = DecodeV2(encoded);
    CHECK(again.ok()) << again.status().ToString();
    CHECK(*again == *decoded);
  }
}

void CheckSparse(std::string_view bytes) {
  Histogram histogram;
  if (!AddSparseCounts(bytes, &histogram).ok()) return;
  std::string encoded;
  AppendSparseCounts(histogram, &encoded);
  Histogram again;
  CHECK(AddSparseCounts(encoded, &again).ok());
  CHECK_EQ(again.count(), histogram.count());
  std::string twice;
  AppendSparseCounts(again, &twice);
  CHECK(twice == encoded);
}

void CheckBase64(std::string_view text) {
  const auto bytes = FromBase64(text);
  if (bytes.ok()) CHECK(Base64(*bytes) == text) << std::string(text);
  const auto back = FromBase64(Base64(text));
  CHECK(back.ok() && *back == text);
}

}  // namespace
}  // namespace muster

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  muster::CheckV2(bytes);
  muster::CheckSparse(bytes);
  muster::CheckBase64(bytes);
  return 0;
}

// Any header blocks of one connection: our decoder and nghttp2's give the same fields, or both
// refuse the same block; and the reader of heads, which remembers blocks, refuses none else. Input:
// blocks, each behind a byte that says how long it is.
#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "common/base/check.h"
#include "tests/worker/http/hpack_fields.h"
#include "tests/worker/http/hpack_nghttp2.h"
#include "worker/http/http2_head_reader.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view rest(reinterpret_cast<const char*>(data), size);
  muster::HpackDecoder ours;
  muster::Nghttp2Decoder theirs;
  muster::Http2HeadReader reader;
  while (!rest.empty()) {
    const size_t length = std::min(rest.size() - 1, size_t{static_cast<uint8_t>(rest[0])});
    const std::string_view block = rest.substr(1, length);
    rest.remove_prefix(1 + length);
    const auto expected = theirs.Decode(block);
    CHECK(muster::DecodeFields(&ours, block) == expected);
    CHECK_EQ(reader.Read(block).has_value(), expected.has_value());
    if (!expected.has_value()) break;
  }
  return 0;
}

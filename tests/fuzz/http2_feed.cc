// Any bytes of a server in any pieces: the same events, end and state as in one piece, and the
// limits hold. Input: a seed of the pieces' sizes, the bytes after the server's SETTINGS.
#include <cstddef>
#include <cstdint>

#include "common/base/check.h"
#include "tests/worker/http/http2_trace.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 1) return 0;
  uint32_t pieces = data[0];
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);

  const muster::Http2Trace whole = muster::TraceHttp2Whole(bytes);
  CHECK_LE(whole.open, 4u);
  CHECK(!whole.broken || !whole.error_text.empty());
  CHECK(!(whole.broken || whole.goaway) || whole.capacity == 0);

  const muster::Http2Trace split = muster::TraceHttp2(bytes, [&pieces] {
    pieces = pieces * 1664525 + 1013904223;
    const uint32_t bits = pieces >> 16;
    return size_t{1} + (bits & 8 ? bits >> 12 : bits & 7);  // 1 to 16, mostly small
  });
  CHECK(split == whole) << "\nwhole " << whole << "\nsplit " << split;
  return 0;
}

// Any bytes in any pieces: the same events, end and consumed bytes as in one piece, and the limits
// hold. Input: flags (1: answer to HEAD, 2: the peer closes at the end), a seed of the pieces'
// sizes, the bytes.
#include <cstddef>
#include <cstdint>

#include "common/base/check.h"
#include "tests/worker/http/http1_trace.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using muster::Http1Trace;
  if (size < 2) return 0;
  const bool head = (data[0] & 1) != 0;
  const bool eof = (data[0] & 2) != 0;
  uint32_t pieces = data[1];
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 2, size - 2);

  const Http1Trace whole = muster::TraceHttp1Whole(bytes, head, eof);
  CHECK_LE(whole.consumed, bytes.size());
  CHECK_LE(whole.body_bytes, bytes.size());
  CHECK_EQ(whole.error.empty(), whole.state != muster::Http1ResponseParser::State::kError);
  CHECK(!whole.keep_alive || whole.error.empty());

  const Http1Trace split = muster::TraceHttp1(bytes, head, eof, [&pieces] {
    pieces = pieces * 1664525 + 1013904223;
    const uint32_t bits = pieces >> 16;
    return size_t{1} + (bits & 8 ? bits >> 12 : bits & 7);  // 1 to 16, mostly small
  });
  CHECK(split == whole) << "\nwhole " << whole << "\nsplit " << split;
  return 0;
}

// Bytes of a histogram: the sparse counts that the wire uses, HdrHistogram's V2 encoding and the
// .hlog interval log. Pure functions; hostile input gives a Status, never a crash, and never
// allocates more than one histogram.
//
// Sparse counts: HdrHistogram's V2 payload, ZigZag LEB128 (at most 9 bytes each): a positive number
// is the count of the next slot, a negative one skips that many empty slots. (HdrHistogram,
// encoding V2.)
#pragma once

#include <ostream>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/status.h"
#include "common/stats/histogram.h"
#include "common/time/time.h"

namespace muster {

// Appends the counts of slots 0 .. the last used one.
void AppendSparseCounts(const Histogram& histogram, std::string* out);
// Adds the counts in `bytes` to `histogram`. Errors: truncated or overlong number, a slot out of
// range, a total above 2^63.
Status AddSparseCounts(std::string_view bytes, Histogram* histogram);

// HdrHistogram V2: cookie, payload length, normalizing index offset 0, 3 digits, lowest 1, highest
// 1 hour, conversion ratio 1, sparse counts. `EncodeV2Compressed` wraps it in zlib with its own
// cookie.
std::string EncodeV2(const Histogram& histogram);
std::string EncodeV2Compressed(const Histogram& histogram);
// Accepts both forms. Other digits, range or lowest value than ours are refused by name. Sum, min
// and max, which V2 does not carry, are those of the buckets' representative values.
StatusOr<Histogram> DecodeV2(std::string_view bytes);

std::string Base64(std::string_view bytes);
StatusOr<std::string> FromBase64(std::string_view text);

// One line of an .hlog file.
struct HlogInterval {
  std::string tag;  // empty: none; no comma, space or line end
  RunTime start;
  Duration length;
  Histogram histogram;
};
// Writes format 1.3 with its header; times are seconds after `base`, the maximum is in
// milliseconds.
void WriteHlog(WallTime base, std::span<const HlogInterval> intervals, std::ostream& out);
// Errors name the 1-based line.
StatusOr<std::vector<HlogInterval>> ReadHlog(std::string_view text);

}  // namespace muster

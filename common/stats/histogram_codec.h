// Bytes of a histogram: the sparse counts that the wire uses, HdrHistogram's V2 encoding, and
// base64 for it. The interval log made of them is hlog.h's. Pure functions; hostile input gives a
// Status, never a crash, and never allocates more than one histogram.
//
// Sparse counts: HdrHistogram's V2 payload, ZigZag LEB128 (at most 9 bytes each, the ninth with 8
// bits): a positive number is the count of the next slot, a negative one skips that many empty
// slots, 0 skips one.
#pragma once

#include <string>
#include <string_view>

#include "common/base/status.h"
#include "common/stats/histogram.h"

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
// Accepts both forms, from HdrHistogram's port to JavaScript too, whose header differs. Other
// digits, range or lowest value than ours are refused by name, and so are counts in slots above
// that of 1 hour. V2 carries no sum, min and max: one record is taken to be the least value of the
// first used slot, one the greatest of the last, the others the middle of theirs.
StatusOr<Histogram> DecodeV2(std::string_view bytes);

// RFC 4648, with padding. Errors: another length, character or padding, bits left over.
std::string Base64(std::string_view bytes);
StatusOr<std::string> FromBase64(std::string_view text);

}  // namespace muster

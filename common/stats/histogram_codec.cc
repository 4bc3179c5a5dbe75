#include "common/stats/histogram_codec.h"

#include <zlib.h>

#include <algorithm>
#include <bit>

#include "absl/strings/str_cat.h"
#include "common/base/check.h"

namespace muster {
namespace {

constexpr size_t kLastSlot = Histogram::SlotOf(Histogram::kHighest);
constexpr uint64_t kMaxTotal = uint64_t{1} << 63;

// --- numbers

// LEB128 in which the ninth byte, if there is one, carries 8 bits: 64 bits in at most 9 bytes.
constexpr int kMaxNumberBytes = 9;

void AppendZigZag(int64_t value, std::string* out) {
  uint64_t bits = (static_cast<uint64_t>(value) << 1) ^ static_cast<uint64_t>(value >> 63);
  for (int i = 1; i < kMaxNumberBytes && bits >= 0x80; ++i, bits >>= 7) {
    out->push_back(static_cast<char>(bits | 0x80));
  }
  out->push_back(static_cast<char>(bits));
}

int64_t FromZigZag(uint64_t bits) { return static_cast<int64_t>((bits >> 1) ^ (~(bits & 1) + 1)); }

// Takes one number off the front of `bytes`. Null, or what is wrong with it.
const char* TakeZigZag(std::string_view* bytes, int64_t* value) {
  if (!bytes->empty() && static_cast<uint8_t>(bytes->front()) < 0x80) {  // nearly every number
    *value = FromZigZag(static_cast<uint8_t>(bytes->front()));
    bytes->remove_prefix(1);
    return nullptr;
  }
  uint64_t bits = 0;
  size_t i = 0;
  for (bool last = false; !last; ++i) {
    if (i >= bytes->size()) return "truncated number";
    const auto byte = static_cast<uint8_t>((*bytes)[i]);
    const bool ninth = i == kMaxNumberBytes - 1;
    last = ninth || byte < 0x80;
    if (last && byte == 0 && i > 0) return "overlong number";
    bits |= static_cast<uint64_t>(ninth ? byte : byte & 0x7f) << (7 * i);
  }
  bytes->remove_prefix(i);
  *value = FromZigZag(bits);
  return nullptr;
}

template <typename T>
void AppendBigEndian(T value, std::string* out) {
  for (int shift = static_cast<int>(sizeof(T)) * 8 - 8; shift >= 0; shift -= 8) {
    out->push_back(static_cast<char>((static_cast<uint64_t>(value) >> shift) & 0xff));
  }
}

// Requires at least sizeof(T) bytes at `offset`.
template <typename T>
T BigEndianAt(std::string_view bytes, size_t offset) {
  uint64_t value = 0;
  for (size_t i = 0; i < sizeof(T); ++i) {
    value = (value << 8) | static_cast<uint8_t>(bytes[offset + i]);
  }
  return static_cast<T>(value);
}

// --- HdrHistogram V2
//
//   offset  0  int32   cookie           offset 16  int64   lowest discernible value
//           4  int32   payload length          24  int64   highest trackable value
//           8  int32   normalizing offset      32  double  integer to double conversion ratio
//          12  int32   significant digits      40  payload: sparse counts
//
// Big-endian. Compressed: int32 cookie, int32 length, then the above as one zlib stream. The second
// nibble of a cookie is the word size, which V2 ignores and writes as 1.
constexpr uint32_t kCookie = 0x1c849303;
constexpr uint32_t kCompressedCookie = 0x1c849304;
constexpr uint32_t kWordSizeMask = 0xf0;
constexpr uint32_t kWordSize = 0x10;
constexpr auto kRatio = std::bit_cast<uint64_t>(1.0);
constexpr size_t kHeaderBytes = 40;
constexpr size_t kMaxV2Bytes = kHeaderBytes + Histogram::kSlots * kMaxNumberBytes;

Status CheckV2Header(std::string_view bytes) {
  const auto digits = BigEndianAt<int32_t>(bytes, 12);
  const auto lowest = BigEndianAt<int64_t>(bytes, 16);
  const auto highest = BigEndianAt<int64_t>(bytes, 24);
  const auto offset = BigEndianAt<int32_t>(bytes, 8);
  const auto ratio = BigEndianAt<uint64_t>(bytes, 32);
  if (digits != 3) return InvalidArgument(absl::StrCat(digits, " significant digits, not 3"));
  if (lowest != 1) {
    return InvalidArgument(absl::StrCat("lowest discernible value ", lowest, ", not 1"));
  }
  if (highest != Histogram::kHighest) {
    return InvalidArgument(absl::StrCat("highest trackable value ", highest, ", not ",
                                        Histogram::kHighest, " (1 hour in ns)"));
  }
  // HdrHistogram's port to JavaScript writes, and does not read, an offset of 1 and the integer 1.
  if (offset == 1 && ratio == 1) return absl::OkStatus();
  if (offset != 0) return InvalidArgument("normalizing offset is not 0");
  if (ratio != kRatio) return InvalidArgument("conversion ratio is not 1");
  return absl::OkStatus();
}

// Representative values of a slot, within the range.
int64_t HighestOf(size_t slot) {
  return std::min(Histogram::HighestInSlot(slot), Histogram::kHighest);
}
int64_t MiddleOf(size_t slot) {
  const int64_t low = Histogram::LowestInSlot(slot);
  return low + (HighestOf(slot) - low) / 2;
}

// Sets what V2 does not carry: one record is the least value of the first slot, one the greatest of
// the last, and all others are in the middle of theirs.
void SetFromBuckets(Histogram* histogram) {
  if (histogram->count() == 0) return;
  size_t first = Histogram::kSlots, last = 0;
  Int128 sum = 0;
  histogram->ForEachSlot([&](size_t slot, uint64_t times) {
    first = std::min(first, slot);
    last = slot;
    sum += static_cast<Int128>(MiddleOf(slot)) * times;
  });
  const int64_t max = HighestOf(last);
  const int64_t min = histogram->count() == 1 ? max : Histogram::LowestInSlot(first);
  sum += max - MiddleOf(last);
  if (histogram->count() > 1) sum += min - MiddleOf(first);
  const Status exact = histogram->SetExact(sum, min, max, 0);
  CHECK(exact.ok()) << Message(exact);
}

StatusOr<Histogram> DecodeV2Plain(std::string_view bytes) {
  if (bytes.size() < kHeaderBytes) return InvalidArgument("truncated histogram header");
  RETURN_IF_ERROR(CheckV2Header(bytes));
  const auto length = BigEndianAt<int32_t>(bytes, 4);
  if (length < 0 || static_cast<size_t>(length) != bytes.size() - kHeaderBytes) {
    return InvalidArgument(
        absl::StrCat("payload length ", length, " of ", bytes.size() - kHeaderBytes, " bytes"));
  }
  Histogram histogram;
  RETURN_IF_ERROR(AddSparseCounts(bytes.substr(kHeaderBytes), &histogram));
  SetFromBuckets(&histogram);
  return histogram;
}

StatusOr<std::string> Inflate(std::string_view bytes) {
  std::string plain(kMaxV2Bytes, '\0');
  z_stream stream = {};
  CHECK_EQ(inflateInit(&stream), Z_OK);
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(plain.data());
  stream.avail_out = static_cast<uInt>(plain.size());
  const int result = inflate(&stream, Z_FINISH);
  const size_t unread = stream.avail_in;
  plain.resize(plain.size() - stream.avail_out);
  inflateEnd(&stream);
  if (result != Z_STREAM_END || unread != 0) {
    return InvalidArgument("damaged, truncated or oversize zlib stream");
  }
  return plain;
}

}  // namespace

void AppendSparseCounts(const Histogram& histogram, std::string* out) {
  size_t next = 0;  // the slot that the next number is about
  histogram.ForEachSlot([&](size_t slot, uint64_t times) {
    if (slot == next + 1) {
      AppendZigZag(0, out);  // as HdrHistogram writes a single empty slot
    } else if (slot > next) {
      AppendZigZag(-static_cast<int64_t>(slot - next), out);
    }
    AppendZigZag(static_cast<int64_t>(times), out);
    next = slot + 1;
  });
}

Status AddSparseCounts(std::string_view bytes, Histogram* histogram) {
  histogram->ReserveSlots(bytes.size() / 2);  // a skip and a count are two bytes at least
  size_t slot = 0;
  while (!bytes.empty()) {
    int64_t number = 0;
    if (const char* wrong = TakeZigZag(&bytes, &number)) return InvalidArgument(wrong);
    if (number > 0) {
      if (slot > kLastSlot) return InvalidArgument("a count above the histogram's range");
      const auto times = static_cast<uint64_t>(number);
      if (times > kMaxTotal - std::min(histogram->count(), kMaxTotal)) {
        return InvalidArgument("more than 2^63 records");
      }
      histogram->AddToSlot(slot++, times);
    } else {
      const uint64_t skip = number == 0 ? 1 : ~static_cast<uint64_t>(number) + 1;
      if (skip > Histogram::kSlots - slot) return InvalidArgument("a skip beyond the last slot");
      slot += skip;
    }
  }
  return absl::OkStatus();
}

std::string EncodeV2(const Histogram& histogram) {
  std::string payload;
  AppendSparseCounts(histogram, &payload);
  std::string out;
  AppendBigEndian(kCookie | kWordSize, &out);
  AppendBigEndian(static_cast<uint32_t>(payload.size()), &out);
  AppendBigEndian(uint32_t{0}, &out);
  AppendBigEndian(uint32_t{3}, &out);
  AppendBigEndian(int64_t{1}, &out);
  AppendBigEndian(Histogram::kHighest, &out);
  AppendBigEndian(kRatio, &out);
  return out + payload;
}

std::string EncodeV2Compressed(const Histogram& histogram) {
  const std::string plain = EncodeV2(histogram);
  uLongf size = compressBound(static_cast<uLong>(plain.size()));
  std::string packed(size, '\0');
  CHECK_EQ(compress(reinterpret_cast<Bytef*>(packed.data()), &size,
                    reinterpret_cast<const Bytef*>(plain.data()), static_cast<uLong>(plain.size())),
           Z_OK);
  packed.resize(size);
  std::string out;
  AppendBigEndian(kCompressedCookie | kWordSize, &out);
  AppendBigEndian(static_cast<uint32_t>(packed.size()), &out);
  return out + packed;
}

StatusOr<Histogram> DecodeV2(std::string_view bytes) {
  if (bytes.size() < 8) return InvalidArgument("truncated histogram");
  const uint32_t cookie = BigEndianAt<uint32_t>(bytes, 0) & ~kWordSizeMask;
  if (cookie == kCookie) return DecodeV2Plain(bytes);
  if (cookie != kCompressedCookie) {
    return InvalidArgument("not a histogram of HdrHistogram's encoding V2");
  }
  if (BigEndianAt<uint32_t>(bytes, 4) != bytes.size() - 8) {
    return InvalidArgument("the compressed length is not that of the bytes");
  }
  if (bytes.size() > compressBound(kMaxV2Bytes)) return InvalidArgument("oversize histogram");
  ASSIGN_OR_RETURN(const std::string plain, Inflate(bytes.substr(8)));
  if (plain.size() < 8 || (BigEndianAt<uint32_t>(plain, 0) & ~kWordSizeMask) != kCookie) {
    return InvalidArgument("no histogram of encoding V2 inside the compressed one");
  }
  return DecodeV2Plain(plain);
}

namespace {

// --- base64 (RFC 4648, with padding)

constexpr std::string_view kAlphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

}  // namespace

std::string Base64(std::string_view bytes) {
  std::string out;
  out.reserve((bytes.size() + 2) / 3 * 4);
  for (size_t i = 0; i < bytes.size(); i += 3) {
    const size_t n = std::min<size_t>(3, bytes.size() - i);
    uint32_t group = 0;
    for (size_t j = 0; j < 3; ++j) {
      group = (group << 8) | (j < n ? static_cast<uint8_t>(bytes[i + j]) : 0u);
    }
    for (size_t j = 0; j < 4; ++j) {
      out.push_back(j <= n ? kAlphabet[(group >> (18 - 6 * j)) & 63] : '=');
    }
  }
  return out;
}

StatusOr<std::string> FromBase64(std::string_view text) {
  if (text.size() % 4 != 0) return InvalidArgument("base64 text is not a multiple of 4 long");
  const size_t padding = text.size() - std::min(text.find('='), text.size());
  if (padding > 2 ||
      text.substr(text.size() - padding) != std::string_view("==").substr(0, padding)) {
    return InvalidArgument("bad base64 padding");
  }
  text.remove_suffix(padding);
  std::string out;
  out.reserve(text.size() / 4 * 3 + 2);
  uint32_t group = 0;
  int bits = 0;  // of `group` not yet written
  for (const char c : text) {
    const size_t value = kAlphabet.find(c);
    if (value == std::string_view::npos) return InvalidArgument("bad base64 character");
    group = (group << 6) | static_cast<uint32_t>(value);
    bits += 6;
    if (bits < 8) continue;
    bits -= 8;
    out.push_back(static_cast<char>((group >> bits) & 0xff));
  }
  if ((group & ((1u << bits) - 1)) != 0) return InvalidArgument("bits left over in base64 text");
  return out;
}

}  // namespace muster

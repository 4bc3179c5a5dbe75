#include "master/store/cbor.h"

#include <bit>

namespace muster {
namespace {

enum : unsigned { kUint, kNegative, kBytes, kText, kList, kMap, kTag, kSimple };
constexpr unsigned kFalse = 20, kTrue = 21, kNull = 22, kDouble = 27;

}  // namespace

void CborWriter::Head(unsigned major, uint64_t n) {
  // 24 to 27: the number is in the 1, 2, 4 or 8 bytes behind.
  const unsigned log = n < 24 ? 0 : n <= 0xff ? 1 : n <= 0xffff ? 2 : n <= 0xffff'ffff ? 3 : 4;
  const unsigned info = log == 0 ? static_cast<unsigned>(n) : 23 + log;
  out_ += static_cast<char>(major << 5 | info);
  if (log == 0) return;
  for (int shift = (8 << (log - 1)) - 8; shift >= 0; shift -= 8) {
    out_ += static_cast<char>(n >> shift & 0xff);
  }
}

void CborWriter::Int(int64_t n) {
  // A negative n stands as -1 - n, which is its complement.
  if (n < 0) return Head(kNegative, ~static_cast<uint64_t>(n));
  Head(kUint, static_cast<uint64_t>(n));
}

void CborWriter::Bytes(std::string_view bytes) {
  Head(kBytes, bytes.size());
  out_ += bytes;
}

void CborWriter::Text(std::string_view utf8) {
  Head(kText, utf8.size());
  out_ += utf8;
}

void CborWriter::Double(double value) {
  out_ += static_cast<char>(kSimple << 5 | kDouble);
  const auto bits = std::bit_cast<uint64_t>(value);
  for (int shift = 56; shift >= 0; shift -= 8) out_ += static_cast<char>(bits >> shift & 0xff);
}

void CborReader::Fail(const std::string& what) {
  if (status_.ok()) status_ = DataLoss(what + " at byte " + std::to_string(at_));
  at_ = bytes_.size();
}

CborReader::Start CborReader::TakeStart() {
  if (at_end()) {
    Fail("it ends too early");
    return {};
  }
  const unsigned byte = static_cast<unsigned char>(bytes_[at_++]);
  Start start{byte >> 5, byte & 31, byte & 31};
  if (start.info < 24) return start;
  if (start.info > 27) {
    Fail("a length that is not known, or a reserved one");
    return {};
  }
  const size_t size = size_t{1} << (start.info - 24);
  if (bytes_.size() - at_ < size) {
    Fail("it ends too early");
    return {};
  }
  start.n = 0;
  for (size_t i = 0; i < size; ++i) {
    start.n = start.n << 8 | static_cast<unsigned char>(bytes_[at_++]);
  }
  return start;
}

uint64_t CborReader::Take(unsigned major, const char* wanted) {
  const Start start = TakeStart();
  if (!ok()) return 0;
  if (start.major == major) return start.n;
  Fail(std::string("no ") + wanted);
  return 0;
}

uint64_t CborReader::Uint() { return Take(kUint, "count"); }

int64_t CborReader::Int() {
  const Start start = TakeStart();
  if (!ok()) return 0;
  if ((start.major != kUint && start.major != kNegative) || start.n > INT64_MAX) {
    Fail("no whole number");
    return 0;
  }
  return static_cast<int64_t>(start.major == kUint ? start.n : ~start.n);
}

std::string_view CborReader::TakeString(unsigned major, const char* wanted) {
  const uint64_t size = Take(major, wanted);
  if (size > bytes_.size() - at_) {
    Fail("it ends too early");
    return {};
  }
  const std::string_view text = bytes_.substr(at_, size);
  at_ += size;
  return text;
}

std::string_view CborReader::Bytes() { return TakeString(kBytes, "bytes"); }
std::string_view CborReader::Text() { return TakeString(kText, "text"); }

size_t CborReader::TakeCount(unsigned major, const char* wanted, size_t bytes_each) {
  const uint64_t count = Take(major, wanted);
  if (count > (bytes_.size() - at_) / bytes_each) {
    Fail("it ends too early");
    return 0;
  }
  items_ += count;
  if (items_ <= kMaxItems) return count;
  Fail("too many items");
  return 0;
}

size_t CborReader::List() { return TakeCount(kList, "list", 1); }
size_t CborReader::Map() { return TakeCount(kMap, "map", 2); }

bool CborReader::Bool() {
  const uint64_t n = Take(kSimple, "truth value");
  if (ok() && n != kFalse && n != kTrue) Fail("no truth value");
  return n == kTrue;
}

double CborReader::Double() {
  const Start start = TakeStart();
  if (!ok()) return 0;
  if (start.major != kSimple || start.info != kDouble) {
    Fail("no double");
    return 0;
  }
  return std::bit_cast<double>(start.n);
}

bool CborReader::TakeNull() {
  const bool null = !at_end() && static_cast<unsigned char>(bytes_[at_]) == (kSimple << 5U | kNull);
  at_ += null ? 1 : 0;
  return null;
}

void CborReader::Skip() { SkipAt(0); }

void CborReader::SkipAt(int depth) {
  if (depth > kMaxDepth) return Fail("too deep");
  const Start start = TakeStart();
  if (!ok()) return;
  switch (start.major) {
    case kBytes:
    case kText:
      if (start.n > bytes_.size() - at_) return Fail("it ends too early");
      at_ += start.n;
      return;
    case kList:
    case kMap:
      for (uint64_t i = 0; ok() && i < start.n; ++i) {
        SkipAt(depth + 1);
        if (start.major == kMap) SkipAt(depth + 1);
      }
      return;
    case kTag:
      return Fail("a tag");
    default:
      return;
  }
}

}  // namespace muster

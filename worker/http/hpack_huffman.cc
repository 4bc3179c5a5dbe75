#include "worker/http/hpack_huffman.h"

#include <array>
#include <bit>
#include <cstdint>
#include <cstring>

namespace muster {
namespace {

constexpr size_t kSymbols = 257;  // the bytes, and EOS
constexpr size_t kEos = 256;
constexpr unsigned kMaxBits = 30;
constexpr unsigned kRootBits = 10;  // codes up to here are found by one look-up

// The lengths in bits of the codes of Appendix B. They are all of it: the code is canonical, that
// is, codes count upwards by length and, within a length, by symbol.
constexpr std::array<uint8_t, kSymbols> kLengths = {
    13, 23, 28, 28, 28, 28, 28, 28, 28, 24, 30, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 30, 28,
    28, 28, 28, 28, 28, 28, 28, 28, 6,  10, 10, 12, 13, 6,  8,  11, 10, 10, 8,  11, 8,  6,  6,  6,
    5,  5,  5,  6,  6,  6,  6,  6,  6,  6,  7,  8,  15, 6,  12, 10, 13, 6,  7,  7,  7,  7,  7,  7,
    7,  7,  7,  7,  7,  7,  7,  7,  7,  7,  7,  7,  7,  7,  7,  7,  8,  7,  8,  13, 19, 13, 14, 6,
    15, 5,  6,  5,  6,  5,  6,  6,  6,  5,  7,  7,  6,  6,  6,  5,  6,  7,  6,  5,  5,  6,  7,  7,
    7,  7,  7,  15, 11, 14, 13, 28, 20, 22, 20, 20, 22, 22, 22, 23, 22, 23, 23, 23, 23, 23, 24, 23,
    24, 24, 22, 23, 24, 23, 23, 23, 23, 21, 22, 23, 22, 23, 23, 24, 22, 21, 20, 22, 22, 23, 23, 21,
    23, 22, 22, 24, 21, 22, 23, 23, 21, 21, 22, 21, 23, 22, 23, 23, 20, 22, 22, 22, 23, 22, 22, 23,
    26, 26, 20, 19, 22, 23, 22, 25, 26, 26, 26, 27, 27, 26, 24, 25, 19, 21, 26, 27, 27, 26, 27, 24,
    21, 21, 26, 26, 28, 27, 27, 27, 20, 24, 20, 21, 22, 21, 21, 23, 22, 22, 25, 25, 24, 24, 26, 23,
    26, 27, 26, 26, 27, 27, 27, 27, 27, 28, 27, 27, 27, 27, 27, 26, 30,
};

struct Root {
  uint8_t symbol = 0;
  uint8_t bits = 0;  // 0: a longer code begins so
};

// The codes that have one length, as numbers from `first` on.
struct OfLength {
  uint32_t first = 0;
  uint32_t count = 0;
  uint32_t at = 0;  // where their symbols begin in `order`
};

struct Tables {
  std::array<uint32_t, kSymbols> codes{};
  std::array<uint16_t, kSymbols> order{};  // symbols by code
  std::array<OfLength, kMaxBits + 1> lengths{};
  std::array<Root, 1u << kRootBits> roots{};
};

constexpr Tables MakeTables() {
  Tables tables;
  uint32_t code = 0;
  uint32_t at = 0;
  for (unsigned bits = 1; bits <= kMaxBits; ++bits) {
    code <<= 1;
    tables.lengths[bits] = {code, 0, at};
    for (size_t symbol = 0; symbol < kSymbols; ++symbol) {
      if (kLengths[symbol] != bits) continue;
      tables.codes[symbol] = code;
      tables.order[at++] = static_cast<uint16_t>(symbol);
      ++tables.lengths[bits].count;
      for (uint32_t rest = 0; bits <= kRootBits && rest < 1u << (kRootBits - bits); ++rest) {
        tables.roots[(code << (kRootBits - bits)) + rest] = {static_cast<uint8_t>(symbol),
                                                             static_cast<uint8_t>(bits)};
      }
      ++code;
    }
  }
  return tables;
}

constexpr Tables kTables = MakeTables();
static_assert(kTables.codes[kEos] == (1u << kMaxBits) - 1, "the code is complete");

struct Symbol {
  size_t value = kEos;
  unsigned bits = kMaxBits;
};

// `window`: the bits to come, from the highest on.
Symbol LongSymbol(uint64_t window) {
  for (unsigned bits = kRootBits + 1; bits < kMaxBits; ++bits) {
    const OfLength& length = kTables.lengths[bits];
    const uint64_t offset = (window >> (64 - bits)) - length.first;
    if (offset < length.count) return {kTables.order[length.at + offset], bits};
  }
  const OfLength& length = kTables.lengths[kMaxBits];
  const uint64_t offset = (window >> (64 - kMaxBits)) - length.first;
  return {kTables.order[length.at + offset], kMaxBits};
}

}  // namespace

std::optional<size_t> HuffmanDecode(std::string_view coded, char* out) {
  char* const begin = out;
  const auto* in = reinterpret_cast<const uint8_t*>(coded.data());
  const uint8_t* const end = in + coded.size();
  uint64_t window = 0;  // the next `count` bits from the highest on, zeros below
  unsigned count = 0;
  for (;;) {
    if (end - in >= 8) {
      uint64_t eight = 0;
      std::memcpy(&eight, in, sizeof eight);
      if constexpr (std::endian::native == std::endian::little) eight = __builtin_bswap64(eight);
      const unsigned whole = (63 - count) / 8;  // bytes that find room
      window |= eight >> (64 - 8 * whole) << (64 - 8 * whole) >> count;
      in += whole;
      count += 8 * whole;
    } else {
      for (; in < end && count <= 56; count += 8) window |= uint64_t{*in++} << (56 - count);
    }
    if (count < 8) break;  // what may be padding
    // As many as are surely whole: without a look at the input in between.
    do {
      const Root root = kTables.roots[window >> (64 - kRootBits)];
      const Symbol symbol = root.bits != 0 ? Symbol{root.symbol, root.bits} : LongSymbol(window);
      if (symbol.bits > count || symbol.value == kEos) return std::nullopt;
      *out++ = static_cast<char>(symbol.value);
      window <<= symbol.bits;
      count -= symbol.bits;
    } while (count >= kMaxBits);
  }
  while (count >= 5) {
    const Root root = kTables.roots[window >> (64 - kRootBits)];
    if (root.bits == 0 || root.bits > count) break;
    *out++ = static_cast<char>(root.symbol);
    window <<= root.bits;
    count -= root.bits;
  }
  if (count > 0 && window != ~uint64_t{0} << (64 - count)) return std::nullopt;
  return static_cast<size_t>(out - begin);
}

size_t HuffmanCodedSize(std::string_view text) {
  size_t bits = 0;
  for (const char c : text) bits += kLengths[static_cast<uint8_t>(c)];
  return (bits + 7) / 8;
}

void AppendHuffman(std::string_view text, std::string* out) {
  uint64_t window = 0;
  unsigned count = 0;
  for (const char c : text) {
    const auto symbol = static_cast<uint8_t>(c);
    window = window << kLengths[symbol] | kTables.codes[symbol];
    for (count += kLengths[symbol]; count >= 8; count -= 8) {
      out->push_back(static_cast<char>(window >> (count - 8)));
    }
  }
  if (count > 0) out->push_back(static_cast<char>(window << (8 - count) | 0xff >> count));
}

}  // namespace muster

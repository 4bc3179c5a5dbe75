// The Huffman code of HPACK (RFC 7541, 5.2 and Appendix B). Pure functions of bytes.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace muster {

// The most bytes that `coded_bytes` of code stand for: the shortest code has 5 bits.
constexpr size_t MaxHuffmanDecoded(size_t coded_bytes) { return coded_bytes * 8 / 5; }

// Writes what `coded` stands for to `out`, which has room for MaxHuffmanDecoded(coded.size()), and
// returns its size. Nothing: it is not valid (a code cut off, EOS, or a padding that is not the
// beginning of EOS or has more than 7 bits).
std::optional<size_t> HuffmanDecode(std::string_view coded, char* out);

size_t HuffmanCodedSize(std::string_view text);
void AppendHuffman(std::string_view text, std::string* out);

}  // namespace muster

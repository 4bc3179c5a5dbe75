// Damage for decoders: each changed copy of a valid encoding goes to `decode`, which must come
// back.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "common/base/random.h"

namespace muster {

using Decode = std::function<void(const std::string&)>;

// Every truncation, and every byte with one bit flipped, cleared and set to all ones.
inline void DecodeDamaged(const std::string& valid, const Decode& decode) {
  for (size_t n = 0; n < valid.size(); ++n) {
    decode(valid.substr(0, n));
    std::string changed = valid;
    changed[n] = static_cast<char>(changed[n] ^ (1 << (n % 8)));
    decode(changed);
    changed[n] = '\0';
    decode(changed);
    changed[n] = '\xff';
    decode(changed);
  }
}

// Random bytes of every length up to 64, and splices of a valid encoding with itself.
inline void DecodeRandom(const std::string& valid, const Decode& decode) {
  uint64_t n = 0;
  const auto next = [&n] { return RandomBits(1, RandomStream::kThinkTime, 0, n++); };
  for (size_t round = 0; round < 1000; ++round) {
    std::string bytes;
    while (bytes.size() < round % 64) bytes += static_cast<char>(next() & 0xff);
    decode(bytes);
    const size_t from = next() % (valid.size() + 1), to = next() % (valid.size() + 1);
    decode(valid.substr(0, to) + valid.substr(from));
  }
}

}  // namespace muster

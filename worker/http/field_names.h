// FieldNames: which header fields a response has, summed up in one number, so that a target whose
// answers begin to have others is seen without keeping a name. Values are not looked at, nor are
// order and case. A name counts as often as it comes.
//
// What equal fingerprints can hide: a name in the place of another of the same length that begins
// and ends with the same eight letters; names unlike each other whose terms make the same sum, by
// chance one in four thousand million; other values.
//
// A value type; no allocation. A fingerprint holds for this process alone: it depends on the order
// of the machine's bytes, and is neither sent nor stored.
#pragma once

#include <cstdint>
#include <cstring>
#include <string_view>

namespace muster {

using FieldFingerprint = uint32_t;

class FieldNames {
 public:
  // `name` is a token (RFC 9110, 5.6.2), not empty.
  void Add(std::string_view name) { sum_ += TermOf(name); }
  void Remove(std::string_view name) { sum_ -= TermOf(name); }  // as if it had not been added
  FieldFingerprint fingerprint() const {
    constexpr uint64_t kOdd = 0x9e3779b97f4a7c15;  // of SplitMix64
    return static_cast<FieldFingerprint>((sum_ * kOdd) >> 32);
  }

 private:
  template <typename Word>
  static uint64_t Load(const char* from) {
    Word word;
    std::memcpy(&word, from, sizeof(word));
    return word;
  }

  // A square: names that exchange parts change the sum.
  static uint64_t TermOf(std::string_view name) {
    const uint64_t letters = LettersOf(name);
    return letters * (letters + name.size());
  }

  // The first eight and the last eight, byte by byte: characters of a token are below 128, so that
  // two do not carry over. All case bits are set, by which '^' and '~' alone become the same.
  static uint64_t LettersOf(std::string_view name) {
    constexpr uint64_t kLower = 0x2020202020202020;
    const char* const end = name.data() + name.size();
    if (name.size() >= 8) {
      return (Load<uint64_t>(name.data()) | kLower) + (Load<uint64_t>(end - 8) | kLower);
    }
    if (name.size() >= 4) {
      return (Load<uint32_t>(name.data()) << 32 | Load<uint32_t>(end - 4)) | kLower;
    }
    uint64_t letters = 0;
    for (const char c : name) letters = letters << 8 | static_cast<uint8_t>(c | 0x20);
    return letters;
  }

  uint64_t sum_ = 0;
};

}  // namespace muster

// CBOR (RFC 8949), as much of it as a stored summary needs: whole numbers, byte and text strings,
// lists and maps of known length, false, true, null and doubles. No tags, no indefinite lengths.
// The writer uses the shortest heads, so equal values give equal bytes.
//
// The reader takes hostile bytes: what is wrong is kept as its first error, after which everything
// reads as 0 or empty, so that callers need to look once, at the end. It allocates no more than the
// bytes hold; lists have at most kMaxItems items in all, values are at most kMaxDepth deep.
//
// Values; one owner each.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "common/base/status.h"

namespace muster {

class CborWriter {
 public:
  void Uint(uint64_t n) { Head(0, n); }
  void Int(int64_t n);
  void Bytes(std::string_view bytes);
  void Text(std::string_view utf8);
  void List(size_t items) { Head(4, items); }
  void Map(size_t pairs) { Head(5, pairs); }
  void Bool(bool value) { out_ += value ? '\xf5' : '\xf4'; }
  void Null() { out_ += '\xf6'; }
  void Double(double value);

  const std::string& bytes() const { return out_; }

 private:
  void Head(unsigned major, uint64_t n);
  std::string out_;
};

class CborReader {
 public:
  static constexpr size_t kMaxItems = 2'000'000;
  static constexpr int kMaxDepth = 16;

  // `bytes` outlives the reader.
  explicit CborReader(std::string_view bytes) : bytes_(bytes) {}

  uint64_t Uint();
  int64_t Int();
  std::string_view Bytes();
  std::string_view Text();
  // How many items, or pairs, follow. Never more than there are bytes left.
  size_t List();
  size_t Map();
  bool Bool();
  double Double();
  // Whether null comes next; it is passed then.
  bool TakeNull();
  // Passes one value, whatever it is.
  void Skip();

  void Fail(const std::string& what);
  bool ok() const { return status_.ok(); }
  // DataLoss: what was wrong, and at which byte.
  const Status& status() const { return status_; }
  bool at_end() const { return at_ == bytes_.size(); }

 private:
  struct Start {
    unsigned major = 0;
    unsigned info = 0;
    uint64_t n = 0;
  };
  Start TakeStart();
  uint64_t Take(unsigned major, const char* wanted);
  size_t TakeCount(unsigned major, const char* wanted, size_t bytes_each);
  std::string_view TakeString(unsigned major, const char* wanted);
  void SkipAt(int depth);

  std::string_view bytes_;
  size_t at_ = 0;
  size_t items_ = 0;  // of all lists and maps so far
  Status status_;
};

}  // namespace muster

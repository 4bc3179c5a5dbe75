// The tables of HPACK (RFC 7541, 2.3 and Appendix A): the static one, and a decoder's dynamic one.
//
// A dynamic table's fields lie behind each other in one buffer, so that what is added again and
// again costs two copies and, now and then, one move of all. It takes memory when the first field
// comes: many servers never add one. Owner: whoever holds it. Limit: `limit` bytes, counted as the
// RFC does; the oldest fields go first.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace muster {

struct HpackField {
  std::string_view name;
  std::string_view value;
};

inline constexpr uint32_t kHpackStaticFields = 61;
inline constexpr size_t kHpackFieldOverhead = 32;  // counted for each field (4.1)

const HpackField& HpackStaticField(uint32_t index);  // 1 to kHpackStaticFields

// The index in the static table: of the field, else of its name; 0: not even that.
struct HpackStaticIndex {
  uint32_t index = 0;
  bool whole = false;
};
HpackStaticIndex FindHpackStatic(std::string_view name, std::string_view value);

class HpackDynamicTable {
 public:
  explicit HpackDynamicTable(size_t limit) : limit_(limit) {}
  HpackDynamicTable(const HpackDynamicTable&) = delete;
  HpackDynamicTable& operator=(const HpackDynamicTable&) = delete;

  size_t fields() const { return entries_.size() - first_; }
  size_t bytes() const { return bytes_; }  // as the RFC counts
  // Changes whenever an index may mean something else than before.
  uint64_t version() const { return version_; }

  // 0: the newest. Requires: below fields(). The views are good until the next change.
  HpackField operator[](size_t age) const;
  // A field that is larger than the table empties it (4.4). The views must not be the table's.
  void Add(std::string_view name, std::string_view value);
  void SetLimit(size_t limit);

 private:
  struct Entry {
    uint32_t at = 0;  // in text_
    uint32_t name_bytes = 0;
    uint32_t value_bytes = 0;
  };
  void EvictTo(size_t bytes);
  void Compact();

  size_t limit_;
  size_t bytes_ = 0;
  uint64_t version_ = 0;
  std::vector<Entry> entries_;  // from first_ on, the oldest first
  size_t first_ = 0;
  std::vector<char> text_;
};

}  // namespace muster

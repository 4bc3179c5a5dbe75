// Header blocks of lists of fields that are known before the run (RFC 7541): what can be made once
// for all connections (HpackLists), and what each connection adds (HpackEncoder).
//
// A field whose value is likely to come again is added to the peer's table when a connection first
// sends it, and is one byte or two from then on. Nothing is added when the table is full, so
// nothing is ever dropped from it, and a field keeps its number. As other clients do, :path and
// lengths are sent in full each time, and secrets are kept out of tables (7.1.3). Texts are
// Huffman-coded where that is shorter.
//
// Owner: HpackLists is immutable once the first encoder exists, and outlives it; an encoder belongs
// to one connection.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "worker/http/hpack_table.h"

namespace muster {

class HpackLists {
 public:
  static constexpr uint32_t kNotShared = UINT32_MAX;
  static constexpr size_t kMostShared = 256;  // a table of 4096 bytes has 128 fields at most

  struct Piece {
    std::string bytes;             // of fields that no table changes
    uint32_t shared = kNotShared;  // or a field that is to be added: its number
  };
  struct Shared {
    std::string name;
    std::string value;
    std::string adding;  // the field's bytes that add it to the table
    std::string plain;   // those that do not
    uint32_t table_bytes() const {
      return static_cast<uint32_t>(name.size() + value.size() + kHpackFieldOverhead);
    }
  };
  struct List {
    std::vector<Piece> pieces;
    size_t most_bytes = 0;  // of its block, a change of the table's size not counted
  };

  void Add(const std::vector<HpackField>& fields);
  size_t size() const { return lists_.size(); }
  const List& operator[](size_t list) const { return lists_[list]; }
  const std::vector<Shared>& shared() const { return shared_; }

 private:
  uint32_t Share(const HpackField& field);  // kNotShared: there are too many

  std::vector<List> lists_;
  std::vector<Shared> shared_;
};

class HpackEncoder {
 public:
  static constexpr uint32_t kMostTableBytes = 4096;  // we use no more, whatever the peer allows

  explicit HpackEncoder(const HpackLists* lists);

  // SETTINGS_HEADER_TABLE_SIZE of the peer. If that changes what we use, its table is begun anew.
  void SetPeerLimit(uint32_t table_bytes);
  // Appends the block of list number `list`. Blocks have to be sent in the order of these calls.
  void Append(size_t list, std::string* out);

 private:
  static constexpr uint16_t kNotAdded = UINT16_MAX;
  char* Write(const HpackLists::List& list, char* to);

  const HpackLists& lists_;
  std::vector<uint16_t> added_;  // of each shared field: the how-manieth it was to be added
  uint16_t count_ = 0;           // of fields in the peer's table
  uint32_t used_ = 0;            // of its bytes
  uint32_t limit_ = kMostTableBytes;
  bool changed_ = false;  // the next block has to say so
};

}  // namespace muster

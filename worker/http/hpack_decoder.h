// HpackDecoder: the fields of header blocks, one connection's in order (RFC 7541). Syntax alone:
// what names and values may be is Http2HeadReader's. A block is given whole:
//
//   decoder.Start(block);
//   while (decoder.Next(&field)) ...
//   if (decoder.broken()) ...   // COMPRESSION_ERROR: the connection can't go on
//
// Every block has to be read to its end, whether its fields are wanted or not: it may change the
// table that later ones need.
//
// Owner: one connection. Limits: strings are as long as their block lets them be (Huffman: 8/5 of
// it); integers are below 2^32, in at most 5 bytes behind the prefix. Nothing is allocated once
// the longest field has been seen.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "worker/http/hpack_table.h"

namespace muster {

class HpackDecoder {
 public:
  // What we let the peer's encoder use: the default of SETTINGS_HEADER_TABLE_SIZE (RFC
  // 9113, 6.5.2).
  static constexpr uint32_t kTableBytes = 4096;

  struct Field {
    std::string_view name;  // good until the next call
    std::string_view value;
    uint32_t static_name = 0;  // the name is that of this field of the static table; 0: unknown
  };

  HpackDecoder() : table_(kTableBytes) {}

  void Start(std::string_view block);
  // False: there is no more, or the block is not valid. Nothing may be decoded after that.
  bool Next(Field* field);
  bool broken() const { return broken_; }
  // Equal before and after a block: reading it again would give the same and change nothing.
  uint64_t state() const { return table_.version() + size_updates_; }
  const HpackDynamicTable& table() const { return table_; }

 private:
  bool ReadInteger(unsigned prefix_bits, uint32_t* value);
  // Into `room` if it is Huffman-coded; `text` is a view of that, or of the block.
  bool ReadString(std::string* room, std::string_view* text);
  bool ReadSizeUpdates();
  bool ReadIndexed(Field* field);
  bool ReadLiteral(unsigned prefix_bits, bool add, Field* field);
  bool Lookup(uint32_t index, HpackField* field) const;
  bool Break();

  HpackDynamicTable table_;
  const char* at_ = nullptr;
  const char* end_ = nullptr;
  std::string name_;   // Huffman-decoded, or a copy of what the table may drop
  std::string value_;  // likewise
  uint64_t size_updates_ = 0;
  bool broken_ = false;
};

}  // namespace muster

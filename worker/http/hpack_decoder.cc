#include "worker/http/hpack_decoder.h"

#include <algorithm>

#include "common/base/check.h"
#include "worker/http/hpack_huffman.h"

namespace muster {
namespace {

// How a field begins (RFC 7541, 6): the bits in front of the first integer.
constexpr uint8_t kIndexed = 0x80;     // 1: then 7 bits
constexpr uint8_t kAdd = 0x40;         // 01: then 6 bits
constexpr uint8_t kSizeUpdate = 0x20;  // 001: then 5 bits; else 000x and 4 bits
constexpr unsigned kLastShift = 28;    // of a fifth byte behind the prefix

}  // namespace

void HpackDecoder::Start(std::string_view block) {
  CHECK(!broken_);
  at_ = block.data();
  end_ = at_ + block.size();
  ReadSizeUpdates();
}

bool HpackDecoder::Next(Field* field) {
  if (broken_ || at_ == end_) return false;
  const auto first = static_cast<uint8_t>(*at_);
  if ((first & kIndexed) != 0) return ReadIndexed(field);
  if ((first & kAdd) != 0) return ReadLiteral(6, true, field);
  if ((first & kSizeUpdate) != 0) return Break();  // allowed in front of all fields alone (4.2)
  return ReadLiteral(4, false, field);
}

bool HpackDecoder::Break() {
  broken_ = true;
  return false;
}

bool HpackDecoder::ReadSizeUpdates() {
  while (at_ < end_ && (static_cast<uint8_t>(*at_) & 0xe0) == kSizeUpdate) {
    uint32_t limit = 0;
    if (!ReadInteger(5, &limit) || limit > kTableBytes) return Break();
    table_.SetLimit(limit);
    ++size_updates_;
  }
  return true;
}

bool HpackDecoder::ReadInteger(unsigned prefix_bits, uint32_t* value) {
  if (at_ == end_) return Break();
  const uint32_t most = (1u << prefix_bits) - 1;
  *value = static_cast<uint8_t>(*at_++) & most;
  if (*value < most) return true;
  uint64_t sum = most;
  for (unsigned shift = 0; shift <= kLastShift && at_ < end_; shift += 7) {
    const auto byte = static_cast<uint8_t>(*at_++);
    sum += uint64_t{byte & 0x7fu} << shift;
    if ((byte & 0x80) != 0) continue;
    if (sum > UINT32_MAX) break;
    *value = static_cast<uint32_t>(sum);
    return true;
  }
  return Break();
}

bool HpackDecoder::ReadString(std::string* room, std::string_view* text) {
  if (at_ == end_) return Break();
  const bool coded = (static_cast<uint8_t>(*at_) & 0x80) != 0;
  uint32_t size = 0;
  if (!ReadInteger(7, &size)) return false;
  if (size > static_cast<size_t>(end_ - at_)) return Break();
  const std::string_view bytes(at_, size);
  at_ += size;
  *text = bytes;
  if (!coded) return true;
  const size_t most = MaxHuffmanDecoded(size);
  if (room->size() < most) room->resize(most);
  const std::optional<size_t> decoded = HuffmanDecode(bytes, room->data());
  if (!decoded.has_value()) return Break();
  *text = {room->data(), *decoded};
  return true;
}

bool HpackDecoder::Lookup(uint32_t index, HpackField* field) const {
  if (index == 0) return false;
  if (index <= kHpackStaticFields) {
    *field = HpackStaticField(index);
    return true;
  }
  const size_t age = index - kHpackStaticFields - 1;
  if (age >= table_.fields()) return false;
  *field = table_[age];
  return true;
}

bool HpackDecoder::ReadIndexed(Field* field) {
  uint32_t index = 0;
  HpackField found;
  if (!ReadInteger(7, &index)) return false;
  if (!Lookup(index, &found)) return Break();
  *field = {found.name, found.value, index <= kHpackStaticFields ? index : 0};
  return true;
}

bool HpackDecoder::ReadLiteral(unsigned prefix_bits, bool add, Field* field) {
  uint32_t index = 0;
  if (!ReadInteger(prefix_bits, &index)) return false;
  field->static_name = index <= kHpackStaticFields ? index : 0;
  if (index == 0) {
    if (!ReadString(&name_, &field->name)) return false;
  } else {
    HpackField found;
    if (!Lookup(index, &found)) return Break();
    field->name = found.name;
    if (add && field->static_name == 0) {
      // To make room, the table may drop the field that the name is of (4.4).
      if (name_.size() < found.name.size()) name_.resize(found.name.size());
      std::copy(found.name.begin(), found.name.end(), name_.begin());
      field->name = {name_.data(), found.name.size()};
    }
  }
  if (!ReadString(&value_, &field->value)) return false;
  if (add) table_.Add(field->name, field->value);
  return true;
}

}  // namespace muster

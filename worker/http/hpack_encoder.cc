#include "worker/http/hpack_encoder.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "worker/http/hpack_huffman.h"

namespace muster {
namespace {

// RFC 7541, 6: how a field begins, and the bits of its first integer.
struct Form {
  uint8_t begin;
  unsigned prefix_bits;
};
constexpr Form kIndexed = {0x80, 7};
constexpr Form kAdding = {0x40, 6};
constexpr Form kPlain = {0x00, 4};
constexpr Form kNever = {0x10, 4};
constexpr Form kSizeUpdate = {0x20, 5};
constexpr Form kString = {0x00, 7};
constexpr Form kHuffmanString = {0x80, 7};

constexpr size_t kShortCookie = 20;  // a shorter one could be guessed
constexpr size_t kMostIndexBytes = 3;

void AppendInteger(Form form, size_t value, std::string* out) {
  const size_t most = (size_t{1} << form.prefix_bits) - 1;
  if (value < most) {
    out->push_back(static_cast<char>(form.begin | value));
    return;
  }
  out->push_back(static_cast<char>(form.begin | most));
  for (value -= most; value >= 128; value >>= 7) out->push_back(static_cast<char>(value | 0x80));
  out->push_back(static_cast<char>(value));
}

void AppendString(std::string_view text, std::string* out) {
  const size_t coded = HuffmanCodedSize(text);
  if (coded < text.size()) {
    AppendInteger(kHuffmanString, coded, out);
    AppendHuffman(text, out);
  } else {
    AppendInteger(kString, text.size(), out);
    out->append(text);
  }
}

std::string Literal(Form form, const HpackField& field) {
  std::string bytes;
  const HpackStaticIndex known = FindHpackStatic(field.name, field.value);
  AppendInteger(form, known.index, &bytes);
  if (known.index == 0) AppendString(field.name, &bytes);
  AppendString(field.value, &bytes);
  return bytes;
}

bool IsSecret(const HpackField& field) {
  return field.name == "authorization" || field.name == "proxy-authorization" ||
         (field.name == "cookie" && field.value.size() < kShortCookie);
}

// Whether it is worth its place in the table: it will not be another one with the next request.
bool ComesAgain(const HpackField& field) {
  constexpr std::array<std::string_view, 5> kChanging = {
      ":path", "content-length", "if-modified-since", "if-none-match", "age"};
  return std::find(kChanging.begin(), kChanging.end(), field.name) == kChanging.end();
}

}  // namespace

void HpackLists::Add(const std::vector<HpackField>& fields) {
  List list;
  const auto add_bytes = [&list](std::string_view bytes) {
    if (list.pieces.empty() || list.pieces.back().shared != kNotShared) list.pieces.emplace_back();
    list.pieces.back().bytes.append(bytes);
    list.most_bytes += bytes.size();
  };
  for (const HpackField& field : fields) {
    const HpackStaticIndex known = FindHpackStatic(field.name, field.value);
    if (known.whole) {
      std::string bytes;
      AppendInteger(kIndexed, known.index, &bytes);
      add_bytes(bytes);
    } else if (IsSecret(field)) {
      add_bytes(Literal(kNever, field));
    } else if (const uint32_t shared = ComesAgain(field) ? Share(field) : kNotShared;
               shared == kNotShared) {
      add_bytes(Literal(kPlain, field));
    } else {
      list.pieces.push_back({.bytes = {}, .shared = shared});
      list.most_bytes +=
          std::max({shared_[shared].adding.size(), shared_[shared].plain.size(), kMostIndexBytes});
    }
  }
  lists_.push_back(std::move(list));
}

uint32_t HpackLists::Share(const HpackField& field) {
  const auto found = std::find_if(shared_.begin(), shared_.end(), [&field](const Shared& shared) {
    return shared.name == field.name && shared.value == field.value;
  });
  if (found != shared_.end()) return static_cast<uint32_t>(found - shared_.begin());
  if (shared_.size() == kMostShared) return kNotShared;
  shared_.push_back({.name = std::string(field.name),
                     .value = std::string(field.value),
                     .adding = Literal(kAdding, field),
                     .plain = Literal(kPlain, field)});
  return static_cast<uint32_t>(shared_.size() - 1);
}

HpackEncoder::HpackEncoder(const HpackLists* lists)
    : lists_(*lists), added_(lists->shared().size(), kNotAdded) {}

void HpackEncoder::SetPeerLimit(uint32_t table_bytes) {
  const uint32_t limit = std::min(table_bytes, kMostTableBytes);
  if (limit == limit_) return;
  limit_ = limit;
  changed_ = true;
  std::fill(added_.begin(), added_.end(), kNotAdded);
  count_ = 0;
  used_ = 0;
}

void HpackEncoder::Append(size_t number, std::string* out) {
  if (changed_) {
    // Empties the table, and then says how large it may become: at most two are allowed (4.2).
    AppendInteger(kSizeUpdate, 0, out);
    if (limit_ > 0) AppendInteger(kSizeUpdate, limit_, out);
    changed_ = false;
  }
  const HpackLists::List& list = lists_[number];
  const size_t at = out->size();
  out->resize(at + list.most_bytes);
  const char* const end = Write(list, out->data() + at);
  out->resize(static_cast<size_t>(end - out->data()));
}

char* HpackEncoder::Write(const HpackLists::List& list, char* to) {
  const auto copy = [&to](const std::string& bytes) {
    std::memcpy(to, bytes.data(), bytes.size());
    to += bytes.size();
  };
  for (const HpackLists::Piece& piece : list.pieces) {
    if (piece.shared == HpackLists::kNotShared) {
      copy(piece.bytes);
      continue;
    }
    uint16_t& added = added_[piece.shared];
    if (added != kNotAdded) {
      const uint32_t index = kHpackStaticFields + count_ - added;  // the newest follows the static
      constexpr uint32_t kMost = 127;
      if (index < kMost) {
        *to++ = static_cast<char>(kIndexed.begin | index);
      } else {
        *to++ = static_cast<char>(kIndexed.begin | kMost);
        *to++ = static_cast<char>(index - kMost);  // below 128: a table has at most 128 fields
      }
      continue;
    }
    const HpackLists::Shared& shared = lists_.shared()[piece.shared];
    if (used_ + shared.table_bytes() > limit_) {
      copy(shared.plain);
      continue;
    }
    copy(shared.adding);
    used_ += shared.table_bytes();
    added = count_++;
  }
  return to;
}

}  // namespace muster

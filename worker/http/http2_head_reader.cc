#include "worker/http/http2_head_reader.h"

#include <algorithm>
#include <cstring>

namespace muster {
namespace {

// RFC 9113, 8.2.1, and RFC 9110, 5.6.2: a token's characters, without upper case.
constexpr std::array<bool, 256> MakeNameCharacters() {
  std::array<bool, 256> allowed{};
  for (size_t c = '0'; c <= '9'; ++c) allowed[c] = true;
  for (size_t c = 'a'; c <= 'z'; ++c) allowed[c] = true;
  for (const char c : std::string_view("!#$%&'*+-.^_`|~")) allowed[static_cast<uint8_t>(c)] = true;
  return allowed;
}

// RFC 9110, 5.5: visible ones, blanks and what is not ASCII.
constexpr std::array<bool, 256> MakeValueCharacters() {
  std::array<bool, 256> allowed{};
  for (size_t c = 0x20; c < 256; ++c) allowed[c] = c != 0x7f;
  allowed['\t'] = true;
  return allowed;
}

constexpr std::array<bool, 256> kNameCharacters = MakeNameCharacters();
constexpr std::array<bool, 256> kValueCharacters = MakeValueCharacters();

bool Consists(std::string_view text, const std::array<bool, 256>& of) {
  bool all = true;
  for (const char c : text) all &= of[static_cast<uint8_t>(c)];
  return all;
}

constexpr bool IsBlank(char c) { return c == ' ' || c == '\t'; }

bool ValueMayBe(std::string_view value) {
  if (value.empty()) return true;
  return !IsBlank(value.front()) && !IsBlank(value.back()) && Consists(value, kValueCharacters);
}

// RFC 9113, 8.2.2. None of these names is in the static table but transfer-encoding.
bool ConcernsConnection(std::string_view name, std::string_view value) {
  if (name == "te") {
    constexpr std::string_view kTrailers = "trailers";
    return !std::equal(value.begin(), value.end(), kTrailers.begin(), kTrailers.end(),
                       [](char a, char b) { return (a >= 'A' && a <= 'Z' ? a | 0x20 : a) == b; });
  }
  return name == "connection" || name == "keep-alive" || name == "proxy-connection" ||
         name == "upgrade" || name == "transfer-encoding";
}

// -1: it is none.
int64_t Number(std::string_view digits) {
  constexpr size_t kMostDigits = 18;
  if (digits.empty() || digits.size() > kMostDigits) return -1;
  int64_t number = 0;
  for (const char c : digits) {
    if (c < '0' || c > '9') return -1;
    number = number * 10 + (c - '0');
  }
  return number;
}

// Reads one block's fields into a head.
class Interpreter {
 public:
  // Requires: the head is well-formed so far.
  void Add(const HpackDecoder::Field& field) {
    head.well_formed = field.name.empty()     ? false
                       : field.name[0] == ':' ? TakePseudo(field.name, field.value)
                                              : TakeField(field);
  }
  // Behind the last field.
  void Finish() { head.fields = names_.fingerprint(); }
  Http2Head head;

 private:
  // Of a response there is one alone.
  bool TakePseudo(std::string_view name, std::string_view value) {
    if (regular_ || name != ":status" || head.status != 0 || value.size() != 3) return false;
    const int64_t status = Number(value);
    head.status = static_cast<int>(status);
    return status > 0;
  }
  bool TakeField(const HpackDecoder::Field& field) {
    regular_ = true;
    if (!ValueMayBe(field.value)) return false;
    if (field.static_name == 0) {
      if (!Consists(field.name, kNameCharacters)) return false;
      if (ConcernsConnection(field.name, field.value)) return false;
    } else if (field.static_name == kTransferEncoding) {
      return false;
    }
    names_.Add(field.name);
    if (MayMark(field.name)) head.marks |= MarksOf(field.name, field.value);
    return field.name == "content-length" ? TakeLength(field.value) : true;
  }
  bool TakeLength(std::string_view value) {
    if (head.status >= 100 && head.status <= 199) return true;
    if (head.content_length != -1) return false;
    head.content_length = Number(value);
    return head.content_length != -1;
  }

  static constexpr uint32_t kTransferEncoding = 57;
  bool regular_ = false;  // a field that is no pseudo-header has come
  FieldNames names_;
};

}  // namespace

std::optional<Http2Head> Http2HeadReader::Read(std::string_view block) {
  const uint64_t state = decoder_.state();
  for (const Kept& kept : kept_) {
    if (kept.block == block && kept.state == state && !block.empty()) return kept.head;
  }
  const Http2Head head = Decode(block);
  if (decoder_.broken()) return std::nullopt;
  if (decoder_.state() == state && block.size() <= kMaxKeptBytes) {
    kept_[next_].block.assign(block);
    kept_[next_].state = state;
    kept_[next_].head = head;
    next_ = (next_ + 1) % kKept;
  }
  return head;
}

Http2Head Http2HeadReader::Decode(std::string_view block) {
  Interpreter interpreter;
  Http2Head& head = interpreter.head;
  size_t bytes = 0;
  HpackDecoder::Field field;
  decoder_.Start(block);
  while (decoder_.Next(&field)) {
    if (!head.well_formed) continue;
    bytes += field.name.size() + field.value.size() + kHpackFieldOverhead;
    if (bytes > kMaxFieldBytes) {
      head.too_large = true;
      head.well_formed = false;
      continue;
    }
    interpreter.Add(field);
  }
  interpreter.Finish();
  return head;
}

}  // namespace muster

#include "worker/http/http1_parser.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <limits>

#include "common/base/check.h"

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace muster {
namespace {

constexpr std::string_view kPrefix = "HTTP/1.";
constexpr uint64_t kMaxLength = std::numeric_limits<int64_t>::max();

constexpr std::array<bool, 256> MakeTokenTable() {
  std::array<bool, 256> table{};
  for (char c = '0'; c <= '9'; ++c) table[static_cast<uint8_t>(c)] = true;
  for (char c = 'a'; c <= 'z'; ++c) table[static_cast<uint8_t>(c)] = true;
  for (char c = 'A'; c <= 'Z'; ++c) table[static_cast<uint8_t>(c)] = true;
  for (char c : std::string_view("!#$%&'*+-.^_`|~")) table[static_cast<uint8_t>(c)] = true;
  return table;
}
constexpr std::array<bool, 256> kToken = MakeTokenTable();

bool IsToken(char c) { return kToken[static_cast<uint8_t>(c)]; }
bool IsBlank(char c) { return c == ' ' || c == '\t'; }
bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsControl(char c) { return (static_cast<uint8_t>(c) < 0x20 && c != '\t') || c == 0x7f; }

// The first control character but tab, or `end`: the CR of a sound line, else what is wrong with
// it.
[[gnu::always_inline]] inline const char* FindControl(const char* p, const char* end) {
#if defined(__SSE2__)
  const __m128i last_control = _mm_set1_epi8(0x1f);
  const __m128i tab = _mm_set1_epi8('\t');
  const __m128i del = _mm_set1_epi8(0x7f);
  for (; end - p >= 16; p += 16) {
    const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(p));
    const __m128i low = _mm_cmpeq_epi8(_mm_min_epu8(bytes, last_control), bytes);
    const __m128i found =
        _mm_or_si128(_mm_andnot_si128(_mm_cmpeq_epi8(bytes, tab), low), _mm_cmpeq_epi8(bytes, del));
    const auto mask = static_cast<uint32_t>(_mm_movemask_epi8(found));
    if (mask != 0) return p + std::countr_zero(mask);
  }
#endif
  while (p < end && !IsControl(*p)) ++p;
  return p;
}

// The first byte that is not of a token, or `end`. The wide loop knows letters and '-' alone, which
// is what nearly all names are made of.
[[gnu::always_inline]] inline const char* SkipToken(const char* p, const char* end) {
#if defined(__SSE2__)
  for (; end - p >= 16; p += 16) {
    const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(p));
    const __m128i lower = _mm_or_si128(bytes, _mm_set1_epi8(0x20));
    const __m128i from_a = _mm_sub_epi8(lower, _mm_set1_epi8('a'));  // unsigned: below it is large
    const __m128i letter = _mm_cmpeq_epi8(_mm_min_epu8(from_a, _mm_set1_epi8('z' - 'a')), from_a);
    const __m128i sound = _mm_or_si128(letter, _mm_cmpeq_epi8(bytes, _mm_set1_epi8('-')));
    const uint32_t mask = ~static_cast<uint32_t>(_mm_movemask_epi8(sound)) & 0xffff;
    if (mask != 0) {
      p += std::countr_zero(mask);
      if (*p == ':') return p;
      break;
    }
  }
#endif
  while (p < end && IsToken(*p)) ++p;
  return p;
}

[[gnu::always_inline]] inline std::string_view Trim(const char* p, const char* end) {
  while (p != end && IsBlank(*p)) ++p;
  while (p != end && IsBlank(end[-1])) --end;
  return {p, static_cast<size_t>(end - p)};
}

uint64_t Load64(const char* from) {
  uint64_t bytes;
  std::memcpy(&bytes, from, sizeof(bytes));
  return bytes;
}

// `lower` is in lower case; both are made of token characters, so that setting the case bit of an
// other character cannot make it a letter or '-'.
bool EqualsLower(std::string_view token, std::string_view lower) {
  if (token.size() != lower.size()) return false;
  // Eight at a time, the last eight again.
  constexpr uint64_t kLowerBits = 0x2020202020202020;
  size_t i = 0;
  for (; i + 8 <= lower.size(); i += 8) {
    if ((Load64(token.data() + i) | kLowerBits) != Load64(lower.data() + i)) return false;
  }
  if (lower.size() >= 8) {
    const size_t last = lower.size() - 8;
    return (Load64(token.data() + last) | kLowerBits) == Load64(lower.data() + last);
  }
  for (; i < lower.size(); ++i) {
    if ((token[i] | 0x20) != lower[i]) return false;
  }
  return true;
}

// A quick look: most fields cannot be connection, content-length or transfer-encoding by their
// sizes.
bool MayFrame(std::string_view name) {
  constexpr uint32_t kSizes = 1u << 10 | 1u << 14 | 1u << 17;
  return name.size() < 32 && (kSizes >> name.size() & 1) != 0;
}

// Takes the next element, trimmed, off a comma-separated list.
std::string_view NextElement(std::string_view& list) {
  const size_t comma = std::min(list.find(','), list.size());
  const std::string_view element = Trim(list.data(), list.data() + comma);
  list.remove_prefix(std::min(comma + 1, list.size()));
  return element;
}

// Digits only, at most kMaxLength.
bool ParseLength(std::string_view digits, uint64_t& out) {
  uint64_t value = 0;
  for (const char c : digits) {
    if (!IsDigit(c)) return false;
    const auto digit = static_cast<uint64_t>(c - '0');
    if (value > (kMaxLength - digit) / 10) return false;
    value = value * 10 + digit;
  }
  out = value;
  return !digits.empty();
}

// Value of a hex digit, or -1.
int HexDigit(char c) {
  if (IsDigit(c)) return c - '0';
  const int lower = c | 0x20;
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

}  // namespace

void Http1ResponseParser::Reset(bool head_request) {
  head_request_ = head_request;
  any_bytes_ = false;
  interim_ = 0;
  body_bytes_ = 0;
  error_ = {};
  line_.clear();
  BeginMessage();
}

// A response, or after an interim one the next.
void Http1ResponseParser::BeginMessage() {
  phase_ = Phase::kStatusLine;
  keep_alive_ = false;
  marks_ = 0;
  names_ = {};
  status_ = 0;
  fields_ = 0;
  section_bytes_ = 0;
  framing_ = {};
}

void Http1ResponseParser::Fail(std::string_view why) {
  phase_ = Phase::kError;
  keep_alive_ = false;
  error_ = why;
}

Http1ResponseParser::Result Http1ResponseParser::Feed(std::string_view data, Http1Events* events) {
  CHECK(phase_ < Phase::kDone) << "Feed without Reset";
  const char* p = data.data();
  const char* const end = p + data.size();
  any_bytes_ |= p != end;
  while (p != end && phase_ < Phase::kDone) {
    p = phase_ <= Phase::kTrailers ? FeedLine(p, end, events) : FeedBody(p, end, events);
  }
  const State state = phase_ == Phase::kDone    ? State::kDone
                      : phase_ == Phase::kError ? State::kError
                                                : State::kNeedMore;
  return {state, static_cast<size_t>(p - data.data())};
}

Http1ResponseParser::State Http1ResponseParser::OnEof() {
  if (phase_ == Phase::kDone) return State::kDone;
  if (phase_ == Phase::kError) return State::kError;
  if (phase_ == Phase::kCloseBody) {
    phase_ = Phase::kDone;
    return State::kDone;
  }
  if (!any_bytes_) return State::kNeedMore;
  Fail("closed in the middle of a response");
  return State::kError;
}

// How many bytes the line that begins here may have, CRLF included.
size_t Http1ResponseParser::LineLimit() const {
  return phase_ == Phase::kChunkSize ? kMaxChunkLineBytes : kMaxHeaderBytes - section_bytes_;
}

// A whole line in one buffer is checked and found in one pass; whatever else there is (a part of a
// line, a wrong character, a line too long) is left to FeedLineInParts.
const char* Http1ResponseParser::FeedLine(const char* p, const char* end, Http1Events* events) {
  if (phase_ == Phase::kStatusLine && !CheckPrefix(p, end)) return p;
  while (line_.empty()) {
    const char* const cr = FindControl(p, end);
    if (end - cr < 2 || cr[0] != '\r' || cr[1] != '\n' ||
        static_cast<size_t>(cr + 2 - p) > LineLimit()) {
      break;
    }
    OnLine({p, static_cast<size_t>(cr - p)}, end, events);
    p = cr + 2;
    if (phase_ != Phase::kFields) return p;
  }
  return p == end ? p : FeedLineInParts(p, end, events);
}

// Something that is not HTTP/1 may never send a line's end: it is refused at its first wrong byte.
bool Http1ResponseParser::CheckPrefix(const char*& p, const char* end) {
  const char* q = p;
  for (size_t i = line_.size(); i < kPrefix.size() && q != end; ++i) {
    if (*q++ != kPrefix[i]) {
      p = q;
      Fail("not an HTTP/1.x response");
      return false;
    }
  }
  return true;
}

const char* Http1ResponseParser::FeedLineInParts(const char* p, const char* end,
                                                 Http1Events* events) {
  const size_t room = std::min(LineLimit() - line_.size(), static_cast<size_t>(end - p));
  const void* const lf = std::memchr(p, '\n', room);
  const char* const stop = lf != nullptr ? static_cast<const char*>(lf) + 1 : p + room;
  line_.append(p, stop);
  if (lf == nullptr) {
    if (line_.size() == LineLimit()) {
      Fail(phase_ == Phase::kChunkSize ? "chunk extensions over 1 KiB" : "header over 64 KiB");
    }
    return stop;
  }
  const char* const begin = line_.data();
  const char* const bad = FindControl(begin, begin + line_.size());
  const auto length = static_cast<size_t>(bad - begin);
  if (length + 2 == line_.size() && *bad == '\r') {
    OnLine({begin, length}, begin + line_.size(), events);
  } else {
    Fail(*bad == '\n'   ? "line ended by LF alone"
         : *bad == '\r' ? "bare CR"
                        : "control character in a line");
  }
  line_.clear();
  return stop;
}

void Http1ResponseParser::OnLine(std::string_view line, const char* readable, Http1Events* events) {
  if (phase_ == Phase::kChunkSize) return OnChunkSize(line);
  section_bytes_ += line.size() + 2;
  if (phase_ == Phase::kStatusLine) return OnStatusLine(line, events);
  if (!line.empty()) return OnField(line, readable, events);
  if (phase_ == Phase::kFields) return OnFieldsEnd();
  phase_ = Phase::kDone;
}

// HTTP/1.x SP 3DIGIT [SP reason]; CheckPrefix has seen the first seven.
void Http1ResponseParser::OnStatusLine(std::string_view line, Http1Events* events) {
  if (line.size() < 12 || !IsDigit(line[7]) || line[8] != ' ' || !IsDigit(line[9]) ||
      !IsDigit(line[10]) || !IsDigit(line[11]) || (line.size() > 12 && line[12] != ' ')) {
    return Fail("malformed status line");
  }
  http_1_0_ = line[7] == '0';
  const int status = (line[9] - '0') * 100 + (line[10] - '0') * 10 + (line[11] - '0');
  if (status < 100 || status > 599) return Fail("status outside 100 to 599");
  if (status == 101) return Fail("101 without a request to upgrade");
  status_ = status;
  phase_ = Phase::kFields;
  if (status < 200) {
    if (++interim_ > kMaxInterim) Fail("over 32 interim responses");
  } else if (events != nullptr) {
    events->OnStatus(status);
  }
}

void Http1ResponseParser::OnField(std::string_view line, const char* readable,
                                  Http1Events* events) {
  const char* const begin = line.data();
  const char* const colon =
      SkipToken(begin, readable);  // the CR after the line stops it at the latest
  if (*colon != ':' || colon == begin) {
    return Fail(IsBlank(*begin)   ? "obsolete line folding"
                : *colon == ':'   ? "empty field name"
                : IsBlank(*colon) ? "whitespace in a field name"
                : *colon == '\r'  ? "field without a colon"
                                  : "malformed field name");
  }
  if (++fields_ > kMaxHeaderFields) return Fail("over 256 fields");
  const std::string_view name(begin, static_cast<size_t>(colon - begin));
  if (phase_ == Phase::kFields) {
    if (MayFrame(name) || MayMark(name)) OnTellingField(name, Trim(colon + 1, begin + line.size()));
    if (phase_ == Phase::kError || status_ < 200) return;
    names_.Add(name);
  }
  if (events != nullptr) events->OnHeader(name, Trim(colon + 1, begin + line.size()));
}

void Http1ResponseParser::OnTellingField(std::string_view name, std::string_view value) {
  if (MayFrame(name)) OnFramingField(name, value);
  if (MayMark(name) && status_ >= 200) marks_ |= MarksOf(name, value);
}

void Http1ResponseParser::OnFramingField(std::string_view name, std::string_view value) {
  switch (name.size()) {
    case 10:
      // Neither belongs to the fingerprint, to which OnField is about to add it.
      if (EqualsLower(name, "keep-alive")) names_.Remove(name);
      if (!EqualsLower(name, "connection")) return;
      names_.Remove(name);
      while (!value.empty()) {
        const std::string_view option = NextElement(value);
        framing_.close |= EqualsLower(option, "close");
        framing_.keep_alive |= EqualsLower(option, "keep-alive");
      }
      return;
    case 14:
      if (EqualsLower(name, "content-length")) OnContentLength(value);
      return;
    case 17:
      if (EqualsLower(name, "transfer-encoding")) OnTransferEncoding(value);
      return;
    default:
      return;
  }
}

void Http1ResponseParser::OnContentLength(std::string_view value) {
  do {
    uint64_t length = 0;
    const bool last = value.find(',') == std::string_view::npos;
    if (!ParseLength(NextElement(value), length)) return Fail("malformed Content-Length");
    if (framing_.has_length && length != framing_.content_length) {
      return Fail("conflicting Content-Length");
    }
    framing_.content_length = length;
    framing_.has_length = true;
    if (last) return;
  } while (true);
}

void Http1ResponseParser::OnTransferEncoding(std::string_view value) {
  if (http_1_0_) return Fail("Transfer-Encoding in HTTP/1.0");
  bool last = false;
  while (!last) {
    last = value.find(',') == std::string_view::npos;
    const std::string_view coding = NextElement(value);
    if (coding.empty() || !std::all_of(coding.begin(), coding.end(), IsToken)) {
      return Fail("malformed Transfer-Encoding");
    }
    if (framing_.chunked) return Fail("Transfer-Encoding goes on after chunked");
    framing_.has_coding = true;
    framing_.chunked = EqualsLower(coding, "chunked");
  }
}

// RFC 9112, 6.3: how the body ends.
void Http1ResponseParser::OnFieldsEnd() {
  if (framing_.has_coding && framing_.has_length) {
    return Fail("Content-Length with Transfer-Encoding");
  }
  if (framing_.has_coding && !framing_.chunked) return Fail("Transfer-Encoding without chunked");
  if (status_ < 200) return BeginMessage();
  keep_alive_ = !framing_.close && (!http_1_0_ || framing_.keep_alive);
  remaining_ = framing_.content_length;
  if (head_request_ || status_ == 204 || status_ == 304) {
    phase_ = Phase::kDone;
  } else if (framing_.chunked) {
    phase_ = Phase::kChunkSize;
  } else if (framing_.has_length) {
    phase_ = remaining_ == 0 ? Phase::kDone : Phase::kLengthBody;
  } else {
    phase_ = Phase::kCloseBody;
    keep_alive_ = false;
  }
}

// 1*HEXDIG, blanks, and perhaps ';' with extensions, which mean nothing to us.
void Http1ResponseParser::OnChunkSize(std::string_view line) {
  uint64_t size = 0;
  size_t i = 0;
  for (; i < line.size(); ++i) {
    const int digit = HexDigit(line[i]);
    if (digit < 0) break;
    if (size > kMaxLength >> 4) return Fail("chunk size too large");
    size = (size << 4) | static_cast<uint64_t>(digit);
  }
  const std::string_view rest = Trim(line.data() + i, line.data() + line.size());
  if (i == 0 || (!rest.empty() && rest.front() != ';')) return Fail("malformed chunk size");
  remaining_ = size;
  section_bytes_ = 0;
  phase_ = size == 0 ? Phase::kTrailers : Phase::kChunkData;
}

const char* Http1ResponseParser::FeedBody(const char* p, const char* end, Http1Events* events) {
  if (phase_ == Phase::kChunkCr || phase_ == Phase::kChunkLf) {
    const bool cr = phase_ == Phase::kChunkCr;
    if (*p != (cr ? '\r' : '\n')) {
      Fail("chunk longer than its size");
    } else {
      phase_ = cr ? Phase::kChunkLf : Phase::kChunkSize;
    }
    return p + 1;
  }
  uint64_t take = static_cast<uint64_t>(end - p);
  if (phase_ != Phase::kCloseBody) {
    take = std::min(take, remaining_);
    remaining_ -= take;
    if (remaining_ == 0) phase_ = phase_ == Phase::kChunkData ? Phase::kChunkCr : Phase::kDone;
  }
  body_bytes_ += take;
  if (events != nullptr) events->OnBody({p, static_cast<size_t>(take)});
  return p + take;
}

}  // namespace muster

#include "worker/http/hpack_table.h"

#include <array>
#include <cstring>

#include "common/base/check.h"

namespace muster {
namespace {

// RFC 7541, Appendix A.
constexpr std::array<HpackField, kHpackStaticFields> kStatic = {{
    {":authority", ""},
    {":method", "GET"},
    {":method", "POST"},
    {":path", "/"},
    {":path", "/index.html"},
    {":scheme", "http"},
    {":scheme", "https"},
    {":status", "200"},
    {":status", "204"},
    {":status", "206"},
    {":status", "304"},
    {":status", "400"},
    {":status", "404"},
    {":status", "500"},
    {"accept-charset", ""},
    {"accept-encoding", "gzip, deflate"},
    {"accept-language", ""},
    {"accept-ranges", ""},
    {"accept", ""},
    {"access-control-allow-origin", ""},
    {"age", ""},
    {"allow", ""},
    {"authorization", ""},
    {"cache-control", ""},
    {"content-disposition", ""},
    {"content-encoding", ""},
    {"content-language", ""},
    {"content-length", ""},
    {"content-location", ""},
    {"content-range", ""},
    {"content-type", ""},
    {"cookie", ""},
    {"date", ""},
    {"etag", ""},
    {"expect", ""},
    {"expires", ""},
    {"from", ""},
    {"host", ""},
    {"if-match", ""},
    {"if-modified-since", ""},
    {"if-none-match", ""},
    {"if-range", ""},
    {"if-unmodified-since", ""},
    {"last-modified", ""},
    {"link", ""},
    {"location", ""},
    {"max-forwards", ""},
    {"proxy-authenticate", ""},
    {"proxy-authorization", ""},
    {"range", ""},
    {"referer", ""},
    {"refresh", ""},
    {"retry-after", ""},
    {"server", ""},
    {"set-cookie", ""},
    {"strict-transport-security", ""},
    {"transfer-encoding", ""},
    {"user-agent", ""},
    {"vary", ""},
    {"via", ""},
    {"www-authenticate", ""},
}};

}  // namespace

const HpackField& HpackStaticField(uint32_t index) { return kStatic[index - 1]; }

HpackStaticIndex FindHpackStatic(std::string_view name, std::string_view value) {
  HpackStaticIndex found;
  for (uint32_t i = 0; i < kStatic.size(); ++i) {
    if (kStatic[i].name != name) continue;
    if (kStatic[i].value == value) return {i + 1, true};
    if (found.index == 0) found.index = i + 1;
  }
  return found;
}

HpackField HpackDynamicTable::operator[](size_t age) const {
  CHECK(age < fields());
  const Entry& entry = entries_[entries_.size() - 1 - age];
  const char* const name = text_.data() + entry.at;
  return {{name, entry.name_bytes}, {name + entry.name_bytes, entry.value_bytes}};
}

void HpackDynamicTable::Add(std::string_view name, std::string_view value) {
  const size_t size = name.size() + value.size() + kHpackFieldOverhead;
  if (size > limit_) return EvictTo(0);
  EvictTo(limit_ - size);
  ++version_;
  if (first_ >= 128 || text_.size() > 2 * limit_) Compact();
  entries_.push_back({static_cast<uint32_t>(text_.size()), static_cast<uint32_t>(name.size()),
                      static_cast<uint32_t>(value.size())});
  text_.insert(text_.end(), name.begin(), name.end());
  text_.insert(text_.end(), value.begin(), value.end());
  bytes_ += size;
}

void HpackDynamicTable::SetLimit(size_t limit) {
  limit_ = limit;
  EvictTo(limit);
}

void HpackDynamicTable::EvictTo(size_t bytes) {
  for (; bytes_ > bytes; ++first_) {
    bytes_ -= entries_[first_].name_bytes + entries_[first_].value_bytes + kHpackFieldOverhead;
    ++version_;
  }
}

// Drops the evicted fields' bytes.
void HpackDynamicTable::Compact() {
  const uint32_t gone = fields() == 0 ? static_cast<uint32_t>(text_.size()) : entries_[first_].at;
  text_.erase(text_.begin(), text_.begin() + gone);
  entries_.erase(entries_.begin(), entries_.begin() + static_cast<ptrdiff_t>(first_));
  for (Entry& entry : entries_) entry.at -= gone;
  first_ = 0;
}

}  // namespace muster

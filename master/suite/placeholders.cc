#include "master/suite/placeholders.h"

#include <algorithm>
#include <array>

#include "common/base/check.h"
#include "common/base/nearest_key.h"
#include "master/plan/values.h"

namespace muster {
namespace {

constexpr std::array<std::string_view, 3> kPlaceholders = {"python", "port", "suite"};

struct PlaceholderSpan {
  size_t begin = std::string_view::npos;  // of its '{'; npos: there is none
  std::string_view name;
};

bool IsPlaceholderByte(char c) { return (c >= 'a' && c <= 'z') || c == '_'; }

PlaceholderSpan NextPlaceholder(std::string_view text, size_t from) {
  for (size_t open = text.find('{', from); open != text.npos; open = text.find('{', open + 1)) {
    size_t end = open + 1;
    while (end < text.size() && IsPlaceholderByte(text[end])) ++end;
    if (end > open + 1 && end < text.size() && text[end] == '}') {
      return {open, text.substr(open + 1, end - open - 1)};
    }
  }
  return {};
}

}  // namespace

Status CheckPlaceholders(std::string_view text) {
  for (PlaceholderSpan next = NextPlaceholder(text, 0); next.begin != text.npos;
       next = NextPlaceholder(text, next.begin + 1)) {
    if (std::find(kPlaceholders.begin(), kPlaceholders.end(), next.name) != kPlaceholders.end()) {
      continue;
    }
    const std::string nearest = NearestKey(next.name, kPlaceholders);
    return InvalidArgument("unknown placeholder '{" + std::string(next.name) + "}'; " +
                           (nearest.empty() ? "{python}, {port} and {suite} are known"
                                            : "did you mean '{" + nearest + "}'?"));
  }
  return absl::OkStatus();
}

std::string Filled(std::string_view text, const Placeholders& values) {
  std::string filled;
  size_t at = 0;
  for (PlaceholderSpan next = NextPlaceholder(text, 0); next.begin != text.npos;
       next = NextPlaceholder(text, at)) {
    filled += text.substr(at, next.begin - at);
    CHECK(CheckPlaceholders(text).ok()) << std::string(text);
    filled += next.name == "python" ? values.python
              : next.name == "port" ? values.port
                                    : values.suite;
    at = next.begin + next.name.size() + 2;
  }
  return filled + std::string(text.substr(at));
}

std::vector<std::string> Filled(const std::vector<std::string>& words, const Placeholders& values) {
  std::vector<std::string> filled;
  for (const std::string& word : words) filled.push_back(Filled(word, values));
  return filled;
}

}  // namespace muster

#include "master/plan/request_name.h"

#include <algorithm>

#include "master/plan/values.h"

namespace muster {
namespace {

constexpr std::string_view kId = "{id}";
constexpr size_t kShortestHex = 16;
constexpr std::string_view kUuid = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";

bool IsDecimal(char c) { return c >= '0' && c <= '9'; }
bool IsHex(char c) { return IsDecimal(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }

bool IsUuid(std::string_view text) {
  return std::equal(text.begin(), text.end(), kUuid.begin(), kUuid.end(),
                    [](char c, char like) { return like == '-' ? c == '-' : IsHex(c); });
}

bool IsId(std::string_view segment) {
  if (segment.empty()) return false;
  if (std::all_of(segment.begin(), segment.end(), IsDecimal) || IsUuid(segment)) return true;
  return segment.size() >= kShortestHex && std::all_of(segment.begin(), segment.end(), IsHex) &&
         std::any_of(segment.begin(), segment.end(), IsDecimal);
}

}  // namespace

Status CheckRequestName(std::string_view name) {
  std::string plain(name);
  int depth = 0;
  for (char& c : plain) {
    if (c != '{' && c != '}') continue;
    depth += c == '{' ? 1 : -1;
    if (depth < 0) break;
    c = 'x';
  }
  if (depth != 0)
    return InvalidArgument(Quote(CleanName(name)) + " would do: braces come in pairs");
  return CheckName(plain);
}

std::string CollapseIds(std::string_view path) {
  std::string collapsed;
  while (true) {
    const size_t slash = path.find('/');
    const std::string_view segment = path.substr(0, slash);
    collapsed += IsId(segment) ? kId : segment;
    if (slash == path.npos) return collapsed;
    collapsed += '/';
    path.remove_prefix(slash + 1);
  }
}

std::string DefaultRequestName(const RequestSpec& request) {
  // Braces of the path's own are replaced before those of ids come in. Cutting may halve an {id}.
  const std::string clean =
      CleanName(request.method + " " + request.path.substr(0, request.path.find('?')));
  std::string name = CollapseIds(clean);
  return CheckRequestName(name).ok() ? name : clean;
}

}  // namespace muster

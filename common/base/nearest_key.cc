#include "common/base/nearest_key.h"

#include <algorithm>
#include <vector>

namespace muster {

int EditDistance(std::string_view a, std::string_view b) {
  const size_t width = b.size() + 1;
  std::vector<int> d((a.size() + 1) * width);
  for (size_t i = 0; i <= a.size(); ++i) d[i * width] = static_cast<int>(i);
  for (size_t j = 0; j <= b.size(); ++j) d[j] = static_cast<int>(j);
  for (size_t i = 1; i <= a.size(); ++i) {
    for (size_t j = 1; j <= b.size(); ++j) {
      const int replace = d[(i - 1) * width + j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      int best = std::min({d[(i - 1) * width + j] + 1, d[i * width + j - 1] + 1, replace});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        best = std::min(best, d[(i - 2) * width + j - 2] + 1);
      }
      d[i * width + j] = best;
    }
  }
  return d.back();
}

std::string NearestKey(std::string_view word, std::span<const std::string_view> known) {
  int best_distance = std::clamp(static_cast<int>(word.size()) / 3, 1, 3) + 1;
  std::string_view best;
  for (const std::string_view key : known) {
    const int distance = EditDistance(word, key);
    const bool alike = distance < static_cast<int>(std::max(word.size(), key.size()));
    if (alike && distance < best_distance) {
      best_distance = distance;
      best = key;
    }
  }
  return std::string(best);
}

}  // namespace muster

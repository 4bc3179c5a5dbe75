// "Did you mean": the known word closest to a misspelt one.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace muster {

// Number of insertions, deletions, replacements and swaps of neighbours that turn `a` into `b`
// (optimal string alignment distance).
int EditDistance(std::string_view a, std::string_view b);

// The nearest of `known` within a third of the word's length (at least 1, at most 3 edits), the
// first of equals; empty when none is near.
std::string NearestKey(std::string_view word, std::span<const std::string_view> known);

}  // namespace muster

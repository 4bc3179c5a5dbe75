// A comparison for people: a block for the terminal, and Markdown with the same content. Pure; any
// thread. Shown and explained in docs/compare.md.
#pragma once

#include <string>

#include "master/compare/comparison.h"
#include "master/report/text_style.h"

namespace muster {

std::string CompareTerminal(const Comparison& comparison, const TextOptions& options);
std::string CompareMarkdown(const Comparison& comparison);

// When there is nothing to compare with: a Markdown page that says so.
std::string NoBaselineMarkdown(const std::string& why);

}  // namespace muster

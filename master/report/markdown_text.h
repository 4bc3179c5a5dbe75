// Text in Markdown. Pure; any thread.
#pragma once

#include <string>
#include <string_view>

namespace muster {

// `text` as text, whatever Markdown would make of it; control characters become blanks.
std::string MarkdownText(std::string_view text);

}  // namespace muster

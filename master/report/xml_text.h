// Text in XML 1.0. Pure; any thread.
#pragma once

#include <string>
#include <string_view>

namespace muster {

// `text` as character data or as an attribute's value between double quotes. What XML can't hold
// (control characters, bytes that are not UTF-8) becomes U+FFFD.
std::string XmlText(std::string_view text);

}  // namespace muster

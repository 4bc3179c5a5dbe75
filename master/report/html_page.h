// One HTML page without any other file or network access: a script that draws it from data in the
// page, and plain text where scripts are not allowed. What its reports share (a run's, a capacity
// search's): the frame, the style, the chart library, and how hostile text is kept from being
// markup. Pure; any thread.
#pragma once

#include <string>
#include <string_view>

namespace muster {

struct HtmlParts {
  std::string title;        // text
  std::string plain;        // text, for where scripts are not allowed
  std::string json;         // what the script draws from
  std::string_view script;  // trusted
};

std::string HtmlPage(const HtmlParts& parts);

}  // namespace muster

#include "master/report/html_page.h"

#include <utility>
#include <vector>

#include "master/report/html_assets.h"
#include "master/report/xml_text.h"

namespace muster {
namespace {

// JSON inside a script element: nothing in it ends the element or a line of JavaScript.
std::string ForScript(const std::string& json) {
  std::string safe;
  safe.reserve(json.size() + json.size() / 16);
  for (size_t i = 0; i < json.size(); ++i) {
    const std::string_view rest = std::string_view(json).substr(i, 3);
    if (rest == "\xE2\x80\xA8" || rest == "\xE2\x80\xA9") {
      safe += rest.back() == '\xA8' ? "\\u2028" : "\\u2029";
      i += 2;
    } else if (json[i] == '<') {
      safe += "\\u003c";
    } else if (json[i] == '>') {
      safe += "\\u003e";
    } else if (json[i] == '&') {
      safe += "\\u0026";
    } else {
      safe += json[i];
    }
  }
  return safe;
}

// Without the address of a file that is not there, which a browser's tools would ask for.
std::string_view WithoutSourceMap(std::string_view text) {
  const size_t at = text.rfind("# sourceMappingURL=");  // after a comment's two characters
  return at == text.npos ? text : text.substr(0, at - 2);
}

// Puts each value in the place of its {{name}}; what is put in is not looked at again.
std::string Filled(std::string_view page,
                   const std::vector<std::pair<std::string_view, std::string_view>>& values) {
  std::string text;
  for (size_t at; (at = page.find("{{")) != page.npos;) {
    text += page.substr(0, at);
    const size_t end = page.find("}}", at);
    const std::string_view name = page.substr(at + 2, end - at - 2);
    for (const auto& [known, value] : values) {
      if (known == name) text += value;
    }
    page.remove_prefix(end + 2);
  }
  return text.append(page);
}

}  // namespace

std::string HtmlPage(const HtmlParts& parts) {
  const std::string title = XmlText(parts.title);
  const std::string data = ForScript(parts.json);
  // Without its line ends as references, which a reader of the source would stumble over.
  std::string plain;
  for (const char c : parts.plain) {
    plain += c == '\n' ? "\n" : c == '<' ? "&lt;" : c == '&' ? "&amp;" : std::string(1, c);
  }
  return Filled(kHtmlPage, {{"title", title},
                            {"style", kHtmlStyle},
                            {"chart_style", WithoutSourceMap(kHtmlChartStyle)},
                            {"plain", plain},
                            {"data", data},
                            {"chart_license", kHtmlChartLicense},
                            {"chart_library", WithoutSourceMap(kHtmlChartLibrary)},
                            {"common", kHtmlCommon},
                            {"script", parts.script}});
}

}  // namespace muster

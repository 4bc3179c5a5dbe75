// What the HTML report is made of beside its data: files of master/report/html and the packaged
// chart library, embedded when Muster is built (cmake/embed.cmake). Constants; any thread.
#pragma once

#include <string_view>

namespace muster {

extern const std::string_view kHtmlPage;          // page.html, with {{places}}
extern const std::string_view kHtmlStyle;         // report.css
extern const std::string_view kHtmlCommon;        // common.js: what the pages' scripts share
extern const std::string_view kHtmlScript;        // report.js: of a run
extern const std::string_view kCapacityScript;    // capacity.js: of a capacity search
extern const std::string_view kHtmlChartLibrary;  // dygraphs, minified
extern const std::string_view kHtmlChartStyle;
extern const std::string_view kHtmlChartLicense;

}  // namespace muster

// The result as one HTML page: no other file, no network access, charts included. A function of the
// summary alone; any thread.
//
// The page's script (html/report.js) draws everything from data that stand in the page as JSON: the
// JSON report itself, so that every number is its number, the time line by columns, and what the
// JSON does not have (distributions, windows, the plan's text). Where scripts are not allowed, as
// in the sandbox of some CI servers, the page shows the terminal's report instead.
//
// Names and texts are hostile: in the JSON, `<`, `>`, `&` and the line ends of JavaScript stand as
// escapes, and the script makes text nodes of them.
#pragma once

#include <string>

#include "master/results/summary.h"

namespace muster {

std::string HtmlReport(const RunSummary& summary);

// The page's data, as JSON in one line.
std::string HtmlData(const RunSummary& summary);

}  // namespace muster

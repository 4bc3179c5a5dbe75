// A suite's result for people and spreadsheets. Markdown, HTML and CSV hold one table of all rows;
// on a terminal each plan has its part. Columns that no row has a value for are left out, but not
// in CSV, whose columns never change. Pure; any thread.
#pragma once

#include <string>

#include "master/report/text_style.h"
#include "master/suite/suite_rows.h"

namespace muster {

std::string SuiteTerminal(const SuiteResult& result, const TextOptions& options);
std::string SuiteMarkdown(const SuiteResult& result);
// RFC 4180 with CRLF; latencies in milliseconds, an unknown value empty.
std::string SuiteCsv(const SuiteResult& result);
// A page without scripts or anything from elsewhere.
std::string SuiteHtml(const SuiteResult& result);

}  // namespace muster

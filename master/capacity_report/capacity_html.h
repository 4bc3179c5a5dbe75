// What a capacity search came to, as one HTML page: no other file, no network access, the chart
// included. Drawn by a script (master/report/html/capacity.js) from the JSON report in the page, so
// that its numbers are the JSON's. A function of the result alone; any thread.
#pragma once

#include <string>

#include "master/capacity_report/capacity_result.h"

namespace muster {

std::string CapacityHtml(const CapacityResult& result);

}  // namespace muster

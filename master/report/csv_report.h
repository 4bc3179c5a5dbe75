// The result as CSV with the columns of Locust 2.12's --csv, for what reads those:
// PREFIX_stats.csv, PREFIX_stats_history.csv, PREFIX_failures.csv. RFC 4180 with CRLF, as Locust
// writes it. Pure; any thread.
//
// Times are Muster's, in milliseconds: percentiles over all that was due, in which failed and not
// started rank last; average, least and greatest of what completed. Where a percentile falls among
// the failed, or nothing was due, it is N/A. A request is one that completed or failed; a failure
// failed, or completed with an unexpected status. Requests/s are completions. Content size counts
// the bytes of the whole response. User Count is empty: users are not kept by time.
#pragma once

#include <string>

#include "master/results/summary.h"

namespace muster {

struct CsvReport {
  std::string stats;  // measured stages; a row for each name, then Aggregated
  std::string
      history;  // all stages; for each interval the names whose time line was kept, then
                // Aggregated; its percentiles are the interval's, its totals the run's so far
  std::string failures;  // measured stages; by name and class, or "unexpected"
};

CsvReport MakeCsvReport(const RunSummary& summary);

}  // namespace muster

// The columns of a suite's table, the same in every format: what each is called, and a row's value
// for people and for programs. A value that is not known is empty for programs and "-" for people;
// a percentile that falls among the failed is "failed". Pure; any thread.
#pragma once

#include <span>
#include <string>

#include "master/suite/suite_rows.h"

namespace muster {

struct SuiteColumn {
  const char* key;   // of the CSV: its unit comes last, "p99_ms"
  const char* head;  // for people
  bool number;       // stands to the right
  std::string (*text)(const SuiteRow& row);
  std::string (*raw)(const SuiteRow& row);
};

std::span<const SuiteColumn> SuiteColumns();

// Milliseconds with as many decimals as nanoseconds have: "12.1".
std::string MillisOf(int64_t ns);

}  // namespace muster

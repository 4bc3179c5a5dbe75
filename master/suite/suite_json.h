// A suite's result as JSON (docs/suite-result.schema.json): `suite.rows[]` are the table, each with
// all its repeats. Pure; any thread.
#pragma once

#include <string>

#include "master/suite/suite_rows.h"

namespace muster {

std::string SuiteJson(const SuiteResult& result);

}  // namespace muster

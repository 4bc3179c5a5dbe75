// A comparison as JSON, "muster-compare/1": docs/compare.schema.json, explained in docs/compare.md.
// The same comparison gives the same bytes. Pure; any thread.
#pragma once

#include <string>

#include "master/compare/comparison.h"

namespace muster {

std::string CompareJson(const Comparison& comparison);
// When there is nothing to compare with.
std::string NoBaselineJson(const std::string& why, const CompareOptions& options);

}  // namespace muster

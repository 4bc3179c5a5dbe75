// What a class of errors usually means when nothing else happens in a run, and what to look at.
// What each class is: common/base/names.h and docs/http.md. Pure; any thread.
#pragma once

#include <string>

#include "common/base/names.h"
#include "common/stats/cell.h"

namespace muster {

// Of the failures of a run in which nothing completed: from this share on one class is why.
inline constexpr double kOneClassShare = 0.9;

// In plain words; empty for the local_* classes, of which finding 2 tells.
std::string AdviceOn(ErrorClass error);

// "all 500 requests failed as connect_refused: ..."; empty when something completed, when nothing
// failed, when no class makes up nearly all, or when there is nothing to advise.
std::string WhyNothingCompleted(const Counts& counts);

}  // namespace muster

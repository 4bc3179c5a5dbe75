// The tables of the run store and how an older one becomes today's. SQLite keeps two numbers in the
// file's head: application_id says that it is Muster's, user_version how many steps it has had.
#pragma once

#include <span>

#include "common/base/status.h"
#include "master/store/sqlite.h"

namespace muster {

inline constexpr int64_t kStoreApplicationId = 0x4d555354;  // "MUST"

// Step i takes a store of version i to i + 1. Steps are only ever added at the end.
std::span<const char* const> StoreSteps();

// An empty file becomes a store, an older one gets the steps that it lacks; others may do the same
// at the same time. Refuses a file of something else, and a store of a newer Muster.
Status MakeCurrent(Database& database, std::span<const char* const> steps = StoreSteps());

// For readers, who change nothing: whether it is a store of today's version.
Status CheckCurrent(Database& database, std::span<const char* const> steps = StoreSteps());

}  // namespace muster

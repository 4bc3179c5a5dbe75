// The plan's bytes, muster.v1.Plan. A worker decodes them, makes its Plan (Plan::Create checks what
// the fields mean together) and answers with the hash it computed itself.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "common/base/status.h"
#include "common/plan/plan.h"

namespace muster {

// A plan of more bytes is refused by DecodePlan. Whoever makes plans calls CheckPlanSize: what each
// part of a valid plan may have adds up to more.
inline constexpr size_t kMaxPlanBytes = 16 << 20;
inline constexpr size_t kMaxPlanSegments = 10'000;

// Deterministic: equal specs give equal bytes.
std::string EncodePlan(const PlanSpec& spec);
// Refuses a plan that is too large to be sent to workers; the message is for its author.
Status CheckPlanSize(const PlanSpec& spec);
// The same for a plan of so many encoded bytes.
Status CheckPlanSize(size_t bytes);
StatusOr<PlanSpec> DecodePlan(std::string_view bytes);
// SHA-256 of the bytes, 64 lower-case hex digits.
std::string HashPlan(std::string_view bytes);
// The same of what two runs must share to be compared: the plan without its seed, name, target (TLS
// files and resolve rules included), thresholds, and the values of secret headers.
std::string HashLoad(PlanSpec spec);

}  // namespace muster

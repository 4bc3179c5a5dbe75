// The only place that turns values into protobuf and back. Pure functions. Decoding input from the
// network: anything malformed, out of range or over a limit is a Status that names the field.
#pragma once

#include <string>
#include <string_view>

#include "common/base/status.h"
#include "common/plan/plan.h"
#include "common/stats/delta_batch.h"

namespace muster {

// Deterministic: equal specs give equal bytes.
std::string EncodePlan(const PlanSpec& spec);
StatusOr<PlanSpec> DecodePlan(std::string_view bytes);
// SHA-256 of the bytes, 64 lower-case hex digits.
std::string HashPlan(std::string_view bytes);

// Deterministic. Carries Histogram::ConfigHash(); DecodeBatch refuses another one.
std::string EncodeBatch(const DeltaBatch& batch);
StatusOr<DeltaBatch> DecodeBatch(std::string_view bytes);

}  // namespace muster

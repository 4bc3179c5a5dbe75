// A search's answer in JSON, by the same names in its own result (docs/capacity.schema.json), in a
// kept cell and in a suite's result. Pure; any thread.
#pragma once

#include <nlohmann/json.hpp>

#include "master/suite/cell_record.h"

namespace muster {

nlohmann::ordered_json CapacityToJson(const CapacityFigures& capacity);
// Other keys are passed over. Throws nlohmann::json::exception where one is missing or of a wrong
// type.
CapacityFigures CapacityOfJson(const nlohmann::ordered_json& json);

}  // namespace muster

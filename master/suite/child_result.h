// The figures of one run out of its JSON result (docs/result.schema.json; of a search
// docs/capacity.schema.json). Pure; any thread.
#pragma once

#include <optional>
#include <string_view>

#include "common/base/status.h"
#include "common/time/time.h"
#include "master/suite/cell_record.h"
#include "master/suite/suite_spec.h"

namespace muster {

struct ChildResult {
  CellFigures figures;
  // When its load ran. Absent: not told.
  std::optional<WallTime> load_from;
  Duration load_length;
};

StatusOr<ChildResult> ReadChildResult(std::string_view json, SuiteCommand command);

}  // namespace muster

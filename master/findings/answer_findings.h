// Findings about the target's answers: 13 they changed while the load did not, 14 some counted as
// successes are compressed, cached or redirects. Pure.
#pragma once

#include <cstddef>
#include <vector>

#include "master/findings/findings.h"

namespace muster {

// 13: between the first and the last third of a hold: the mean bytes of an answer by a tenth, the
// share of a class of statuses by five points, or, of the answers with an expected status, the
// share of those with other header fields than the first one (Counts::other_fields) by five points;
// and by five standard errors of what the rows scatter. Rows without such an answer are left out.
inline constexpr double kLengthChange = 0.1;
inline constexpr double kStatusChange = 0.05;
inline constexpr double kFieldsChange = 0.05;
inline constexpr double kChangeErrors = 5;
inline constexpr size_t kChangeRows = 30;
// 14: of all completed.
inline constexpr double kOddAnswers = 0.001;

void AddAnswerFindings(const FindingInput& input, std::vector<Finding>* findings);

}  // namespace muster

#include "master/findings/findings.h"

#include <algorithm>

#include "master/findings/answer_findings.h"
#include "master/findings/connection_findings.h"
#include "master/findings/generator_findings.h"
#include "master/findings/sample_findings.h"
#include "master/results/format.h"

namespace muster {

std::vector<Finding> FindAll(const Plan& plan, const RunSummary& summary) {
  const FindingInput input{plan, summary};
  std::vector<Finding> findings;
  AddGeneratorFindings(input, &findings);
  AddConnectionFindings(input, &findings);
  AddSampleFindings(input, &findings);
  AddAnswerFindings(input, &findings);
  std::stable_sort(findings.begin(), findings.end(), [](const Finding& a, const Finding& b) {
    return a.severity != b.severity ? a.severity < b.severity : a.number < b.number;
  });
  return findings;
}

std::string CountOf(uint64_t n, const std::string& one) {
  return FormatCount(n) + " " + one + (n == 1 ? "" : "s");
}

}  // namespace muster

#include "master/report/junit_report.h"

#include <cstdio>
#include <utility>
#include <vector>

#include "master/report/json_report.h"
#include "master/report/threshold_remarks.h"
#include "master/report/wall_clock.h"
#include "master/report/xml_text.h"
#include "master/results/format.h"
#include "master/results/verdict.h"

namespace muster {
namespace {

struct Case {
  std::string name;
  std::string kind;  // "failure", "error"; empty: passed
  std::string type, message, text;
};

// Whether the outcome says something about the target.
bool Judges(Outcome outcome) {
  return outcome == Outcome::kPassed || outcome == Outcome::kThresholdFailed;
}

std::string Joined(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) text += line + "\n";
  return text;
}

// What the thresholds' own cases do not say.
std::vector<std::string> ReasonsOfTheRun(const RunSummary& s) {
  std::vector<std::string> reasons;
  for (const std::string& reason : s.verdict.reasons) {
    bool of_threshold = false;
    for (const ThresholdResult& result : s.thresholds) {
      of_threshold = of_threshold || reason == FailedThresholdReason(result);
    }
    if (!of_threshold) reasons.push_back(reason);
  }
  return reasons;
}

Case CaseOfRun(const RunSummary& s) {
  Case run{"run", "", "", "", ""};
  const std::vector<std::string> reasons = ReasonsOfTheRun(s);
  if (s.exit_code == 0 || (reasons.empty() && Judges(s.verdict.outcome))) return run;
  run.kind = Judges(s.verdict.outcome) ? "failure" : "error";
  run.type = OutcomeName(s.verdict.outcome);
  run.message = reasons.empty() ? run.type : reasons.front();
  run.text = Joined(reasons);
  return run;
}

Case CaseOf(const RunSummary& s, const ThresholdResult& result) {
  Case threshold{result.threshold.expression, "", "threshold", "", ""};
  if (result.passed) return threshold;
  threshold.kind = Judges(s.verdict.outcome) ? "failure" : "error";
  threshold.message =
      "observed " + result.observed_text + ", want " + FormatWanted(result.threshold);
  if (result.first_breach) {
    threshold.text = "first breach at " + FormatRunClock(*result.first_breach) + " of the run\n";
  }
  for (const std::string& remark : RemarksOn(result)) threshold.text += remark + "\n";
  if (!Judges(s.verdict.outcome)) {
    threshold.text +=
        "no verdict on the target: the run was " + OutcomeName(s.verdict.outcome) + "\n";
  }
  return threshold;
}

std::string Attribute(const std::string& name, const std::string& value) {
  return " " + name + "=\"" + XmlText(value) + "\"";
}

std::string Seconds(Duration time) {
  char text[32];
  std::snprintf(text, sizeof(text), "%.3f", static_cast<double>(time.nanos()) / 1e9);
  return text;
}

std::string CaseXml(const std::string& suite, const Case& of) {
  std::string xml = "    <testcase" + Attribute("classname", "muster." + suite) +
                    Attribute("name", of.name) + " time=\"0.000\"";
  if (of.kind.empty()) return xml + "/>\n";
  return xml + ">\n      <" + of.kind + Attribute("type", of.type) +
         Attribute("message", of.message) + ">" + XmlText(of.text) + "</" + of.kind +
         ">\n    </testcase>\n";
}

std::string PropertiesXml(const RunSummary& s) {
  std::string xml = "    <properties>\n";
  for (const auto& [name, value] : std::vector<std::pair<std::string, std::string>>{
           {"muster.run", s.id},
           {"muster.seed", std::to_string(s.seed)},
           {"muster.plan_hash", s.plan_hash},
           {"muster.target", s.target},
           {"muster.exit_code", std::to_string(s.exit_code)}}) {
    xml += "      <property" + Attribute("name", name) + Attribute("value", value) + "/>\n";
  }
  return xml + "    </properties>\n";
}

std::string FindingsXml(const RunSummary& s) {
  std::string text;
  for (const Finding& finding : s.findings) {
    text += SeverityName(finding.severity) + ": " + finding.text + "\n";
    if (!finding.evidence.empty()) text += "  evidence: " + finding.evidence + "\n";
    if (!finding.advice.empty()) text += "  advice: " + finding.advice + "\n";
  }
  return text.empty() ? "" : "    <system-out>" + XmlText(text) + "</system-out>\n";
}

}  // namespace

std::string JunitReport(const RunSummary& s) {
  std::vector<Case> cases = {CaseOfRun(s)};
  for (const ThresholdResult& result : s.thresholds) cases.push_back(CaseOf(s, result));
  size_t failures = 0, errors = 0;
  for (const Case& one : cases) {
    failures += one.kind == "failure" ? 1 : 0;
    errors += one.kind == "error" ? 1 : 0;
  }
  const std::string totals =
      Attribute("name", s.name) + Attribute("tests", std::to_string(cases.size())) +
      Attribute("failures", std::to_string(failures)) +
      Attribute("errors", std::to_string(errors)) + Attribute("time", Seconds(s.duration));
  std::string xml = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites" + totals +
                    ">\n  <testsuite" + totals +
                    Attribute("timestamp", FormatUtc(s.started_at).substr(0, 19)) + ">\n" +
                    PropertiesXml(s);
  for (const Case& one : cases) xml += CaseXml(s.name, one);
  return xml + FindingsXml(s) + "  </testsuite>\n</testsuites>\n";
}

}  // namespace muster

// Suites out of texts, for tests: /s/suite.yaml, and one plan file beside it.
#pragma once

#include <string>

#include "master/suite/suite_file.h"

namespace muster {

inline StatusOr<SuiteSpec> ReadSuiteText(const std::string& text,
                                         const SuiteChoices& choices = {}) {
  const FileReader reader = [](const std::string& path, size_t) -> StatusOr<std::string> {
    if (path == "/s/plans/open.yaml") {
      return std::string(
          "muster: 1\ntarget: http://h\nseed: 3\n"
          "load: {rate: {stages: [{at: 50/s, for: 10s}]}}\n"
          "requests: [{post: /x, body: {file: body.txt}}]\n");
    }
    if (path == "/s/plans/body.txt") return std::string("the body");
    if (path == "/s/plans/bad.yaml") return std::string("muster: 1\ntarget: http://h\nlaod: 1\n");
    return NotFound("cannot read '" + path + "': No such file or directory");
  };
  return ReadSuite(text, "suite.yaml", "/s", choices, reader);
}

inline std::string SuiteErrors(const std::string& text, const SuiteChoices& choices = {}) {
  return Message(ReadSuiteText(text, choices).status());
}

inline const std::string kOnePlan = "plans: [{name: p, path: /, flags: [--users, 5]}]\n";
inline const std::string kOneTarget = "targets: [{name: t, start: [server]}]\n";

// Of a suite whose only target has these keys, beside its name.
inline std::string WithTarget(const std::string& keys) {
  return "suite: 1\n" + kOnePlan + "targets:\n- {name: t, start: [s], " + keys + "}\n";
}
inline std::string WithPlan(const std::string& keys) {
  return "suite: 1\n" + kOneTarget + "plans:\n- {name: p, " + keys + "}\n";
}

}  // namespace muster

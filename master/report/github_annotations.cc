#include "master/report/github_annotations.h"

#include <cstddef>
#include <string_view>
#include <utility>

#include "master/results/verdict.h"

namespace muster {
namespace {

constexpr size_t kMaxOfEach = 10;

// As @actions/core escapes: a message, and with more characters a property's value.
std::string Escaped(std::string_view text, bool property) {
  std::string escaped;
  for (const char c : text) {
    switch (c) {
      case '%':
        escaped += "%25";
        break;
      case '\r':
        escaped += "%0D";
        break;
      case '\n':
        escaped += "%0A";
        break;
      case ':':
        escaped += property ? "%3A" : ":";
        break;
      case ',':
        escaped += property ? "%2C" : ",";
        break;
      default:
        escaped += c;
    }
  }
  return escaped;
}

// Takes the digits that `text` ends with, and the ':' before them; empty: it ends otherwise.
std::string TakeNumber(std::string* text) {
  const size_t colon = text->rfind(':');
  if (colon == std::string::npos || colon + 1 == text->size() ||
      text->find_first_not_of("0123456789", colon + 1) != std::string::npos) {
    return "";
  }
  std::string number = text->substr(colon + 1);
  text->resize(colon);
  return number;
}

// " file=plan.yaml,line=22,col=5"; empty where no file is known.
std::string Place(const std::string& where, const std::string& folder) {
  std::string file = where;
  const std::string column = TakeNumber(&file);
  const std::string line = TakeNumber(&file);
  if (line.empty() || file.empty() || file.front() == '<') return "";
  if (file.front() != '/') file = folder + file;
  return " file=" + Escaped(file, true) + ",line=" + line + ",col=" + column;
}

class Commands {
 public:
  void Add(bool error, const std::string& place, const std::string& message) {
    size_t& given = error ? errors_ : warnings_;
    if (++given > kMaxOfEach) return;
    text_ += (error ? "::error" : "::warning") + place + "::" + Escaped(message, false) + "\n";
  }
  std::string Finish() && { return std::move(text_); }

 private:
  std::string text_;
  size_t errors_ = 0, warnings_ = 0;
};

}  // namespace

std::string GithubAnnotations(const RunSummary& s, const std::string& folder) {
  Commands commands;
  for (const ThresholdResult& result : s.thresholds) {
    if (!result.passed) {
      commands.Add(true, Place(result.where, folder), FailedThresholdReason(result));
    }
  }
  for (const Finding& finding : s.findings) {
    if (finding.severity == Severity::kNote) continue;
    std::string message = finding.text;
    if (!finding.evidence.empty()) message += "\n" + finding.evidence;
    if (!finding.advice.empty()) message += "\n" + finding.advice;
    commands.Add(finding.severity == Severity::kVerdict, "", message);
  }
  return std::move(commands).Finish();
}

}  // namespace muster

// The first line of a terminal report: the verdict, what it is about, the answer in a word, the
// exit code, and at the right what names the run. Pure; any thread.
#pragma once

#include <string>

#include "master/report/text_style.h"
#include "master/results/summary.h"

namespace muster {

struct Headline {
  std::string word;  // "PASSED"
  Style style;
};
Headline HeadlineOf(Outcome outcome);

struct FirstLineParts {
  Headline headline;
  std::string name;    // of the run; made safe for a terminal here
  std::string answer;  // "2 of 3 thresholds passed"
  int exit_code = 0;
  std::string right;  // "run 7f3a · seed 7"; below, where the line has no room for it
};
// A whole line, or two.
std::string FirstLine(const TextStyle& style, const FirstLineParts& parts);

}  // namespace muster

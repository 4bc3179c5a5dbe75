// What this process sees around it: its streams, the wall clock, variables of its environment.
#pragma once

#include <string>

#include "common/time/time.h"
#include "master/plan/flags.h"
#include "master/report/text_style.h"

namespace muster {

// What the stream wants of text: colours, symbols, width. Of the terminal, the locale and NO_COLOR.
TextOptions OptionsFor(int fd, ColorMode color);

WallTime WallNow();
MonoTime MonoNow();

// GitHub shows what a job's step appends to the file of GITHUB_STEP_SUMMARY. Nobody asked for it,
// so it fails nothing: in a container of the job the file may be out of reach, which is logged.
void AppendJobSummary(const std::string& markdown);

// Empty: not set.
std::string Variable(const char* name);

}  // namespace muster

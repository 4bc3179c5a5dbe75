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

// Empty: not set.
std::string Variable(const char* name);

}  // namespace muster

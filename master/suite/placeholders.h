// {python}, {port} and {suite} in the commands, URLs and variables of a suite file. Only a word of
// small letters and '_' in braces is a placeholder: "{}" and "{'a': 1}" are text. Pure; any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/base/status.h"

namespace muster {

struct Placeholders {
  std::string python;  // the interpreter
  std::string port;
  std::string suite;  // folder of the suite file
};

// That every placeholder of `text` is known.
Status CheckPlaceholders(std::string_view text);

// `text` with their values. Requires CheckPlaceholders(text) to be OK.
std::string Filled(std::string_view text, const Placeholders& values);
std::vector<std::string> Filled(const std::vector<std::string>& words, const Placeholders& values);

}  // namespace muster

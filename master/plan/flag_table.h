// The table of `muster run`'s flags: spelling, section, help line, and how each value goes into a
// CommandLine. flags.cc hands it to CLI11; a test compares it with the documentation. Constant
// data.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "common/base/status.h"
#include "master/plan/flags.h"

namespace muster {

struct FlagRow {
  const char* section;
  const char* name;   // "--users"
  char letter;        // 'u' for -u; 0: none
  const char* value;  // what its value is called in the help; empty: the flag takes none
  bool repeats;       // may be given several times
  const char* help;
  Status (*apply)(std::string_view value, CommandLine& line);  // errors without the flag's name
};
std::span<const FlagRow> FlagTable();

// Short flags that peers read differently, refused: what they mean elsewhere and what to write.
struct RefusedLetter {
  char letter;
  const char* reason;
};
std::span<const RefusedLetter> RefusedLetters();

// What can only be judged once all flags are there.
Status CheckCombinations(const CommandLine& line);

}  // namespace muster

// The words of a command that works on results (runs, report, compare): flags by a table, and what
// is left. Refuses unknown flags with the nearest known one, a flag given twice, a value that is
// missing or not wanted; what values mean is the caller's. The flags of run, which go over a plan,
// are master/plan/flags.h's. Pure; any thread.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "common/base/status.h"

namespace muster {

struct CommandFlag {
  enum class Times : uint8_t {
    kOnce,
    kRepeated,
    kMany  // every word up to the next flag is a value; so may be repeated
  };
  const char* name;   // "--since"
  char letter;        // 'o' for -o; 0: none
  const char* value;  // what its value is called in the help; empty: it takes none
  Times times;
  const char* help;
};

struct CommandShape {
  const char* name;   // "runs"
  const char* about;  // one line
  const char* usage;  // behind the name
  std::span<const CommandFlag> flags;
  const char* footer;
};

struct GivenFlag {
  const CommandFlag* flag;
  std::string value;
};

struct GivenWords {
  bool help = false;             // --help stands among them, whatever else does
  std::vector<GivenFlag> flags;  // in their order; of kMany one for each value
  std::vector<std::string> words;
};

// Errors are one line that begins with the flag.
StatusOr<GivenWords> ReadCommand(const CommandShape& shape, std::span<const std::string> args);

std::string HelpText(const CommandShape& shape);

// "text; see muster runs --help"
Status NeedsHelp(const CommandShape& shape, const std::string& text);

}  // namespace muster

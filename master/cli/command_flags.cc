#include "master/cli/command_flags.h"

#include <algorithm>
#include <optional>
#include <string_view>

#include "common/base/nearest_key.h"

namespace muster {
namespace {

constexpr size_t kHelpColumn = 34;

bool IsHelp(const std::string& word) { return word == "--help" || word == "-h"; }
bool IsFlag(const std::string& word) { return word.size() > 1 && word[0] == '-'; }

const CommandFlag* FindFlag(const CommandShape& shape, const std::string& word) {
  const std::string_view name = std::string_view(word).substr(0, word.find('='));
  for (const CommandFlag& flag : shape.flags) {
    if (name == flag.name) return &flag;
    if (flag.letter != 0 && word[0] == '-' && word[1] == flag.letter) return &flag;
  }
  return nullptr;
}

Status UnknownCommandFlag(const CommandShape& shape, const std::string& word) {
  const std::string name = word.substr(0, word.find('='));
  std::vector<std::string_view> known = {"--help"};
  for (const CommandFlag& flag : shape.flags) known.emplace_back(flag.name);
  const std::string nearest = name.starts_with("--") ? NearestKey(name, known) : "";
  if (nearest.empty()) return NeedsHelp(shape, name + ": unknown flag");
  return InvalidArgument(name + ": unknown flag; did you mean " + nearest + "?");
}

// The value in the same word: "--limit=5", "-ojson=x".
std::optional<std::string> Attached(const std::string& word) {
  if (!word.starts_with("--")) {
    return word.size() > 2 ? std::optional(word.substr(2)) : std::nullopt;
  }
  const size_t equals = word.find('=');
  return equals == word.npos ? std::nullopt : std::optional(word.substr(equals + 1));
}

// Takes the values of the flag at args[at]; `at` is then at its last word.
Status TakeValues(const CommandFlag& flag, std::span<const std::string> args, size_t& at,
                  GivenWords& given) {
  const std::optional<std::string> attached = Attached(args[at]);
  const std::string name = flag.name;
  if (*flag.value == '\0') {
    if (attached) return InvalidArgument(name + ": takes no value");
    given.flags.push_back({&flag, ""});
    return absl::OkStatus();
  }
  const size_t before = given.flags.size();
  if (attached) {
    if (!attached->empty()) given.flags.push_back({&flag, *attached});
  } else if (at + 1 < args.size() && !args[at + 1].empty()) {
    given.flags.push_back({&flag, args[++at]});
  }
  if (given.flags.size() == before) {
    return InvalidArgument(name + ": needs a value, " + flag.value);
  }
  if (flag.times != CommandFlag::Times::kMany) return absl::OkStatus();
  while (at + 1 < args.size() && !IsFlag(args[at + 1])) given.flags.push_back({&flag, args[++at]});
  return absl::OkStatus();
}

}  // namespace

Status NeedsHelp(const CommandShape& shape, const std::string& text) {
  return InvalidArgument(text + "; see muster " + shape.name + " --help");
}

StatusOr<GivenWords> ReadCommand(const CommandShape& shape, std::span<const std::string> args) {
  GivenWords given;
  given.help = std::any_of(args.begin(), args.end(), IsHelp);
  if (given.help) return given;
  std::vector<const CommandFlag*> seen;
  for (size_t at = 0; at < args.size(); ++at) {
    if (!IsFlag(args[at])) {
      given.words.push_back(args[at]);
      continue;
    }
    const CommandFlag* flag = FindFlag(shape, args[at]);
    if (flag == nullptr) return UnknownCommandFlag(shape, args[at]);
    const bool again = std::find(seen.begin(), seen.end(), flag) != seen.end();
    if (again && flag->times == CommandFlag::Times::kOnce) {
      return InvalidArgument(std::string(flag->name) + ": given twice");
    }
    seen.push_back(flag);
    RETURN_IF_ERROR(TakeValues(*flag, args, at, given));
  }
  return given;
}

std::string HelpText(const CommandShape& shape) {
  std::string text = std::string(shape.about) + "\n\nUsage: muster " + shape.name + " " +
                     shape.usage + "\n\nOptions:\n";
  const auto line = [&](const std::string& flag, const char* help) {
    std::string left = "  " + flag;
    left += left.size() < kHelpColumn ? std::string(kHelpColumn - left.size(), ' ')
                                      : "\n" + std::string(kHelpColumn, ' ');
    text += left + help + "\n";
  };
  line("-h,--help", "print this and exit");
  for (const CommandFlag& flag : shape.flags) {
    const std::string letter = flag.letter == 0 ? "" : std::string("-") + flag.letter + ",";
    const char* more = flag.times == CommandFlag::Times::kOnce || *flag.value == '\0' ? "" : " ...";
    line(letter + flag.name + (*flag.value == '\0' ? "" : " ") + flag.value + more, flag.help);
  }
  return text + "\n" + shape.footer;
}

}  // namespace muster

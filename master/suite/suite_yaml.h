// What the readers of a suite file share: commands, names and texts with placeholders, each error
// at its place. Errors go to the map's. Pure; any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/base/status.h"
#include "master/plan/yaml_map.h"
#include "master/suite/suite_spec.h"

namespace muster {

// The list of words at `key`, of at least one; `to` stays as it is when the key is absent or wrong.
void ReadSuiteWords(const YamlMap& map, std::string_view key, std::string_view example, Words* to);
// Like it, of a command: its placeholders are known.
void ReadSuiteCommand(const YamlMap& map, std::string_view key, std::string_view example,
                      Words* to);

// A text whose placeholders are known.
void ReadSuiteText(const YamlMap& map, std::string_view key, std::string_view expected,
                   std::string* to);

// The name at `name`, which must be there, and not in `taken`. Empty: it is wrong.
std::string ReadSuiteName(const YamlMap& map, const std::vector<std::string>& taken);

// A file or folder named in the suite file, which stands in `folder`.
std::string InSuiteFolder(const std::string& folder, const std::string& path);

}  // namespace muster

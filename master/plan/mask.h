// What of a command line and a plan may be kept with a result: secrets become "***". Secret are the
// values of headers that IsSecretHeader knows, and the user info of URLs. Not looked for: secrets
// in bodies, paths, tags and comments. Pure; any thread.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

namespace muster {

inline constexpr const char* kMask = "***";

// The values of -H and --header, in every spelling, and user info in any word.
std::vector<std::string> MaskCommand(std::span<const std::string> words);

// The text of a plan that ReadYamlTree accepts, its other lines and comments as they are. nullopt:
// a secret is spelt in a way that can't be cut out (a block, or with escapes), or the text is no
// plan: keep none of it.
std::optional<std::string> MaskPlan(const std::string& text);

}  // namespace muster

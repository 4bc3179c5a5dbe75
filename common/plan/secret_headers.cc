#include "common/plan/secret_headers.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <string>

namespace muster {
namespace {

constexpr std::array<std::string_view, 10> kParts = {"auth",      "cookie",    "token",  "secret",
                                                     "password",  "api-key",   "apikey", "session",
                                                     "signature", "credential"};

}  // namespace

bool IsSecretHeader(std::string_view name) {
  std::string lower(name);
  for (char& c : lower) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return std::any_of(kParts.begin(), kParts.end(),
                     [&](std::string_view part) { return lower.find(part) != std::string::npos; });
}

}  // namespace muster

#include "master/plan/mask.h"

#include <algorithm>
#include <string_view>

#include "common/plan/secret_headers.h"
#include "master/plan/yaml_tree.h"

namespace muster {
namespace {

// "Authorization: Bearer x" -> "Authorization: ***"
std::string MaskHeader(const std::string& header) {
  const size_t colon = header.find(':');
  if (colon == header.npos || !IsSecretHeader(header.substr(0, colon))) return header;
  return header.substr(0, colon) + ": " + kMask;
}

// "http://user:password@host/" -> "http://***@host/"
std::string MaskUserInfo(std::string word) {
  for (size_t at = word.find("://"); at != word.npos; at = word.find("://", at)) {
    at += 3;
    const size_t end = std::min(word.find_first_of("/?# \t\n\"'", at), word.size());
    const size_t sign = word.rfind('@', end);
    if (sign != word.npos && sign > at && sign < end) word.replace(at, sign - at, kMask);
  }
  return word;
}

// A secret's place in the text.
struct Secret {
  size_t at = 0;
  size_t size = 0;
};

class SecretFinder {
 public:
  explicit SecretFinder(const std::string& text) : text_(text) {
    line_starts_.push_back(0);
    for (size_t i = 0; i < text.size(); ++i) {
      if (text[i] == '\n') line_starts_.push_back(i + 1);
    }
  }

  // False: one can't be cut out.
  bool Visit(const YamlNode& node) {
    for (const YamlNode& item : node.items) {
      if (!Visit(item)) return false;
    }
    for (const YamlEntry& entry : node.entries) {
      const bool found = entry.key == "headers" ? VisitHeaders(entry.value) : Visit(entry.value);
      if (!found) return false;
    }
    return true;
  }
  const std::vector<Secret>& secrets() const { return secrets_; }

 private:
  bool VisitHeaders(const YamlNode& headers) {
    return std::all_of(headers.entries.begin(), headers.entries.end(), [&](const YamlEntry& entry) {
      return !IsSecretHeader(entry.key) || AddAll(entry.value);
    });
  }

  // A header's value, or its list of values.
  bool AddAll(const YamlNode& node) {
    if (node.kind == YamlNode::Kind::kScalar) return Add(node);
    return std::all_of(node.items.begin(), node.items.end(),
                       [&](const YamlNode& item) { return AddAll(item); });
  }

  bool Add(const YamlNode& scalar) {
    const auto line = static_cast<size_t>(scalar.at.line - 1);
    if (line >= line_starts_.size()) return false;
    size_t at = line_starts_[line] + static_cast<size_t>(scalar.at.column - 1);
    if (scalar.quoted) {
      if (at >= text_.size() || (text_[at] != '"' && text_[at] != '\'')) return false;
      ++at;
    }
    if (at > text_.size() || text_.compare(at, scalar.text.size(), scalar.text) != 0) return false;
    if (!scalar.text.empty()) secrets_.push_back({at, scalar.text.size()});
    return true;
  }

  const std::string& text_;
  std::vector<size_t> line_starts_;
  std::vector<Secret> secrets_;
};

}  // namespace

std::vector<std::string> MaskCommand(std::span<const std::string> words) {
  std::vector<std::string> masked;
  bool value_of_header = false;
  for (const std::string& word : words) {
    size_t value_at = word.npos;
    if (value_of_header) {
      value_at = 0;
    } else if (word.starts_with("--header=")) {
      value_at = std::string_view("--header=").size();
    } else if (word.starts_with("-H") && word.size() > 2) {
      value_at = 2;
    }
    value_of_header = !value_of_header && (word == "-H" || word == "--header");
    masked.push_back(MaskUserInfo(value_at == word.npos ? word
                                                        : word.substr(0, value_at) +
                                                              MaskHeader(word.substr(value_at))));
  }
  return masked;
}

std::optional<std::string> MaskPlan(const std::string& text) {
  SourceErrors errors("plan");
  const std::optional<YamlNode> plan = ReadYamlTree(text, errors);
  if (!plan || !errors.empty()) return std::nullopt;
  SecretFinder finder(text);
  if (!finder.Visit(*plan)) return std::nullopt;
  std::string masked = text;
  std::vector<Secret> secrets = finder.secrets();
  std::sort(secrets.begin(), secrets.end(), [](auto& a, auto& b) { return a.at > b.at; });
  for (const Secret& secret : secrets) masked.replace(secret.at, secret.size, kMask);
  return MaskUserInfo(masked);
}

}  // namespace muster

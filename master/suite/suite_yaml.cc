#include "master/suite/suite_yaml.h"

#include <algorithm>
#include <utility>

#include "master/plan/values.h"
#include "master/suite/placeholders.h"

namespace muster {

void ReadSuiteWords(const YamlMap& map, std::string_view key, std::string_view example, Words* to) {
  const YamlNode* node = map.Find(key);
  if (node == nullptr) return;
  const std::string expected =
      "expected a list of words, without a shell, such as " + std::string(example);
  if (node->kind != YamlNode::Kind::kSequence) {
    return map.Fail(*node, key, expected + ", found " + Describe(*node));
  }
  if (node->items.size() > SuiteLimits::kWords) return map.Fail(*node, key, "more than 200 words");
  Words words;
  for (size_t i = 0; i < node->items.size(); ++i) {
    const YamlNode& item = node->items[i];
    const std::string path = std::string(key) + "[" + std::to_string(i) + "]";
    if (item.kind != YamlNode::Kind::kScalar) {
      return map.Fail(item, path, "expected a word, found " + Describe(item));
    }
    if (item.text.find('\0') != std::string::npos) return map.Fail(item, path, "holds a NUL");
    words.push_back(item.text);
  }
  *to = std::move(words);
}

void ReadSuiteCommand(const YamlMap& map, std::string_view key, std::string_view example,
                      Words* to) {
  Words words;
  ReadSuiteWords(map, key, example, &words);
  const YamlNode* node = map.Find(key);
  if (node == nullptr || node->kind != YamlNode::Kind::kSequence) return;
  if (node->items.empty() || node->items[0].text.empty()) {
    return map.Fail(*node, key, "a command begins with a program, as in " + std::string(example));
  }
  for (size_t i = 0; i < words.size(); ++i) {
    const Status status = CheckPlaceholders(words[i]);
    if (status.ok()) continue;
    map.Fail(node->items[i], std::string(key) + "[" + std::to_string(i) + "]", Message(status));
  }
  *to = std::move(words);
}

void ReadSuiteText(const YamlMap& map, std::string_view key, std::string_view expected,
                   std::string* to) {
  const auto text = map.Text(key, expected);
  if (!text) return;
  const Status status = text->find('\0') == std::string::npos ? CheckPlaceholders(*text)
                                                              : InvalidArgument("holds a NUL");
  if (!status.ok()) return map.Fail(*map.Find(key), key, Message(status));
  *to = *text;
}

std::string ReadSuiteName(const YamlMap& map, const std::vector<std::string>& taken) {
  if (!map.has("name")) {
    map.Fail("'name' is missing");
    return "";
  }
  const auto name = map.Text("name", "a name");
  if (!name) return "";
  Status status = CheckSuiteName(*name);
  if (status.ok() && std::find(taken.begin(), taken.end(), *name) != taken.end()) {
    status = InvalidArgument(Quote(*name) + " is named twice");
  }
  if (status.ok()) return *name;
  map.Fail(*map.Find("name"), "name", Message(status));
  return "";
}

std::string InSuiteFolder(const std::string& folder, const std::string& path) {
  return path.empty() || path.starts_with('/') ? path : folder + "/" + path;
}

}  // namespace muster

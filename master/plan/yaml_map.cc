#include "master/plan/yaml_map.h"

#include <algorithm>
#include <vector>

#include "common/base/nearest_key.h"
#include "master/plan/values.h"

namespace muster {
namespace {

bool Has(std::span<const std::string_view> keys, std::string_view key) {
  return std::find(keys.begin(), keys.end(), key) != keys.end();
}

// "under 'defaults' or in a request": where else the key is known; empty for nowhere.
std::string PlacesOf(std::string_view key, std::span<const KnownKeys> all) {
  std::vector<std::string_view> places;
  for (const KnownKeys& one : all) {
    if (Has(one.keys, key)) places.push_back(one.place);
  }
  std::string text;
  for (size_t i = 0; i < places.size(); ++i) {
    if (i > 0) text += i + 1 == places.size() ? " or " : ", ";
    text += places[i];
  }
  return text;
}

std::string UnknownKey(const std::string& key, std::string_view what,
                       std::span<const std::string_view> known, std::span<const KnownKeys> all) {
  const std::string places = PlacesOf(key, all);
  if (!places.empty()) {
    return Quote(key) + " belongs " + places + ", not in " + std::string(what);
  }
  std::string text =
      "unknown key " + Quote(key.substr(0, kMaxNameBytes)) + " in " + std::string(what);
  const std::string nearest = NearestKey(key, known);
  if (!nearest.empty()) return text + "; did you mean " + Quote(nearest) + "?";
  text += "; known keys:";
  for (size_t i = 0; i < known.size(); ++i) {
    text += (i == 0 ? " " : ", ") + std::string(known[i]);
  }
  return text;
}

}  // namespace

std::string Describe(const YamlNode& node) {
  switch (node.kind) {
    case YamlNode::Kind::kNull:
      return "nothing";
    case YamlNode::Kind::kScalar:
      return Quote(node.text.substr(0, 60));
    case YamlNode::Kind::kSequence:
      return "a list";
    case YamlNode::Kind::kMap:
      return "a mapping";
  }
  return "";
}

YamlMap::YamlMap(const YamlNode& node, std::string path, std::string_view what,
                 std::span<const std::string_view> known, SourceErrors& errors,
                 std::span<const KnownKeys> all)
    : node_(node), path_(std::move(path)), errors_(errors) {
  if (node.kind != YamlNode::Kind::kMap) {
    Fail("expected a mapping (key: value), found " + Describe(node));
    return;
  }
  for (const YamlEntry& entry : node.entries) {
    if (!Has(known, entry.key) && entry.key != "<<") {
      errors_.Add(entry.at, UnknownKey(entry.key, what, known, all));
    }
  }
}

const YamlNode* YamlMap::Find(std::string_view key) const {
  for (const YamlEntry& entry : node_.entries) {
    if (entry.key == key) return &entry.value;
  }
  return nullptr;
}

std::string YamlMap::PathOf(std::string_view key) const {
  return path_.empty() ? std::string(key) : path_ + "." + std::string(key);
}

void YamlMap::Fail(const YamlNode& at, std::string_view key, const std::string& text) const {
  errors_.Add(at.at, PathOf(key) + ": " + text);
}

void YamlMap::Fail(const std::string& text) const {
  errors_.Add(node_.at, path_.empty() ? text : path_ + ": " + text);
}

std::optional<std::string> YamlMap::Text(std::string_view key, std::string_view expected) const {
  const YamlNode* node = Find(key);
  if (node == nullptr) return std::nullopt;
  if (node->kind == YamlNode::Kind::kScalar) return node->text;
  Fail(*node, key, "expected " + std::string(expected) + ", found " + Describe(*node));
  return std::nullopt;
}

std::optional<bool> YamlMap::Bool(std::string_view key) const {
  const std::optional<std::string> text = Text(key, "true or false");
  if (!text) return std::nullopt;
  if (*text == "true") return true;
  if (*text == "false") return false;
  Fail(*Find(key), key, "expected true or false, found " + Describe(*Find(key)));
  return std::nullopt;
}

std::span<const YamlNode> YamlMap::List(std::string_view key, std::string_view expected) const {
  const YamlNode* node = Find(key);
  if (node == nullptr) return {};
  if (node->kind == YamlNode::Kind::kSequence) return node->items;
  Fail(*node, key, "expected " + std::string(expected) + ", found " + Describe(*node));
  return {};
}

}  // namespace muster

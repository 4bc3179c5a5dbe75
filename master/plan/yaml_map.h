// YamlMap: one mapping of a plan file, read by known keys. Whatever does not fit is added to the
// errors with its position and the key's path ("load.rate.stages[2].over"); reading goes on, so
// that one run shows several errors. Lives no longer than the tree and the errors it refers to.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "common/base/status.h"
#include "master/plan/yaml_tree.h"

namespace muster {

// The keys of one kind of mapping.
struct KnownKeys {
  std::string_view name;  // its definition's in the JSON Schema of the file
  std::span<const std::string_view> keys;
  std::string_view place{};  // where it stands, for people: "under 'defaults'", "in a request"
};

class YamlMap {
 public:
  // `what` names the mapping for people ("the plan", "a stage"); `path` is its key path, empty for
  // the whole plan. Adds an error for a node that is no mapping and for each key that is not in
  // `known`; of one that other mappings of the file have, `all`, it says which.
  YamlMap(const YamlNode& node, std::string path, std::string_view what,
          std::span<const std::string_view> known, SourceErrors& errors,
          std::span<const KnownKeys> all = {});

  bool has(std::string_view key) const { return Find(key) != nullptr; }
  // The value of `key`; null when it is absent.
  const YamlNode* Find(std::string_view key) const;
  YamlMark at() const { return node_.at; }
  const std::string& path() const { return path_; }
  std::string PathOf(std::string_view key) const;
  SourceErrors& errors() const { return errors_; }

  // Adds "path: text" at a value, or at the mapping.
  void Fail(const YamlNode& at, std::string_view key, const std::string& text) const;
  void Fail(const std::string& text) const;

  // The scalar at `key`; absent, or an error that says `expected`: nullopt.
  std::optional<std::string> Text(std::string_view key, std::string_view expected) const;
  std::optional<bool> Bool(std::string_view key) const;

  // The scalar at `key`, read by `parse` (std::string_view -> StatusOr<T>).
  template <typename Parse>
  auto Value(std::string_view key, std::string_view expected, Parse parse) const
      -> std::optional<typename decltype(parse(std::string_view()))::value_type> {
    const std::optional<std::string> text = Text(key, expected);
    if (!text) return std::nullopt;
    auto value = parse(std::string_view(*text));
    if (value.ok()) return *std::move(value);
    Fail(*Find(key), key, Message(value.status()));
    return std::nullopt;
  }
  // The list at `key`; empty when absent or no list (an error).
  std::span<const YamlNode> List(std::string_view key, std::string_view expected) const;

 private:
  const YamlNode& node_;
  std::string path_;
  SourceErrors& errors_;
};

// "a mapping", "a list", "'text'", "nothing": what stands at a node, for messages.
std::string Describe(const YamlNode& node);

}  // namespace muster

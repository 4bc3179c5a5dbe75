// YamlNode: a plan file as a small tree in which every key and value knows its line and column.
//
// Decides what YAML a plan may use: mappings, lists and scalars of one document. Refused, each with
// its position: duplicate keys, anchors, aliases, merge keys, tags, a second document, keys that
// are not plain words, tabs as indentation, text that is not UTF-8. What the keys mean is left to
// yaml_plan.h. Built from yaml-cpp's events, since its own tree hides duplicates and follows
// aliases into cycles.
//
// Limits: 1 MiB of text, 16 levels, 100,000 nodes, 1,000 keys in one mapping. Values; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/status.h"

namespace muster {

// A place in a file; both count from 1, columns in bytes.
struct YamlMark {
  int line = 1;
  int column = 1;
  auto operator<=>(const YamlMark&) const = default;
};

struct YamlEntry;

struct YamlNode {
  enum class Kind : uint8_t { kNull, kScalar, kSequence, kMap };
  Kind kind = Kind::kNull;
  bool quoted = false;  // a scalar in quotes, or a block of text
  YamlMark at;
  std::string text;                // kScalar
  std::vector<YamlNode> items;     // kSequence
  std::vector<YamlEntry> entries;  // kMap, in the file's order
};

struct YamlEntry {
  std::string key;
  YamlMark at;
  YamlNode value;
};

// Collects what is wrong with a file. At most kShown errors are printed, in the file's order.
class SourceErrors {
 public:
  static constexpr size_t kShown = 10;

  explicit SourceErrors(std::string file_name) : file_name_(std::move(file_name)) {}

  void Add(YamlMark at, std::string text);
  bool empty() const { return errors_.empty(); }
  // "plan.yaml:12:7"
  std::string Place(YamlMark at) const;
  // OK when there are none; else InvalidArgument, one line "file:line:column: text" for each.
  Status ToStatus() const;

 private:
  struct Error {
    YamlMark at;
    std::string text;
  };
  std::string file_name_;
  std::vector<Error> errors_;
};

class YamlLimits {
 public:
  static constexpr size_t kTextBytes = 1 << 20;
  static constexpr size_t kDepth = 16;
  static constexpr size_t kNodes = 100'000;
  static constexpr size_t kKeys = 1'000;
};

// Reads `text`. What is wrong goes to `errors`; nothing is returned when the text could not be read
// to its end. An empty text gives a null node.
std::optional<YamlNode> ReadYamlTree(std::string_view text, SourceErrors& errors);

}  // namespace muster

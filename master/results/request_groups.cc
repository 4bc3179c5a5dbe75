#include "master/results/request_groups.h"

#include <algorithm>

namespace muster {
namespace {

const std::string* ValueOf(const RequestSpec& request, const std::string& key) {
  const auto tag = std::find_if(request.tags.begin(), request.tags.end(),
                                [&](const auto& t) { return t.first == key; });
  return tag == request.tags.end() ? nullptr : &tag->second;
}

std::vector<std::string> TagKeys(const std::vector<RequestSpec>& requests) {
  std::vector<std::string> keys;
  for (const RequestSpec& request : requests) {
    for (const auto& [key, value] : request.tags) {
      if (std::find(keys.begin(), keys.end(), key) == keys.end()) keys.push_back(key);
    }
  }
  return keys;
}

// The group of one key and value, made if there is none.
TagGroup& GroupOf(const std::string& key, std::string_view value, std::vector<TagGroup>* groups) {
  const auto known = std::find_if(groups->begin(), groups->end(),
                                  [&](const TagGroup& group) { return group.value == value; });
  if (known != groups->end()) return *known;
  return groups->emplace_back(TagGroup{key, std::string(value), {}});
}

// Groups of one key. Returns how many values went to kOtherValue.
size_t GroupByKey(const std::vector<RequestSpec>& requests, const std::string& key,
                  std::vector<TagGroup>* groups) {
  std::vector<TagGroup> values, rest;
  for (uint16_t i = 0; i < requests.size(); ++i) {
    const std::string* value = ValueOf(requests[i], key);
    std::vector<TagGroup>* of = value == nullptr ? &rest : &values;
    GroupOf(key, value == nullptr ? kNoValue : std::string_view(*value), of).requests.push_back(i);
  }
  const size_t others = values.size() - std::min(values.size(), kMaxTagValues);
  TagGroup other{key, std::string(kOtherValue), {}};
  for (size_t i = kMaxTagValues; i < values.size(); ++i) {
    other.requests.insert(other.requests.end(), values[i].requests.begin(),
                          values[i].requests.end());
  }
  values.resize(values.size() - others);
  std::sort(other.requests.begin(), other.requests.end());
  groups->insert(groups->end(), values.begin(), values.end());
  if (others > 0) groups->push_back(std::move(other));
  groups->insert(groups->end(), rest.begin(), rest.end());
  return others;
}

}  // namespace

std::vector<NameGroup> GroupByName(const std::vector<RequestSpec>& requests) {
  std::vector<NameGroup> groups;
  for (uint16_t i = 0; i < requests.size(); ++i) {
    const RequestSpec& request = requests[i];
    const auto known = std::find_if(groups.begin(), groups.end(), [&](const NameGroup& group) {
      return group.name == request.name;
    });
    if (known == groups.end()) {
      groups.push_back({request.name, request.method, request.tags, {i}});
      continue;
    }
    known->requests.push_back(i);
    if (known->method != request.method) known->method.clear();
    std::erase_if(known->tags, [&](const auto& tag) {
      const std::string* value = ValueOf(request, tag.first);
      return value == nullptr || *value != tag.second;
    });
  }
  return groups;
}

TagGroups GroupByTag(const std::vector<RequestSpec>& requests) {
  TagGroups result;
  std::vector<std::string> keys = TagKeys(requests);
  if (keys.size() > kMaxTagKeys) {
    result.notes.push_back("requests are grouped by the first " + std::to_string(kMaxTagKeys) +
                           " of " + std::to_string(keys.size()) + " tags");
    keys.resize(kMaxTagKeys);
  }
  for (const std::string& key : keys) {
    const size_t others = GroupByKey(requests, key, &result.groups);
    if (others == 0) continue;
    result.notes.push_back("tag " + key + " has more than " + std::to_string(kMaxTagValues) +
                           " values: " + std::to_string(others) + " of them are shown as " +
                           std::string(kOtherValue));
  }
  return result;
}

}  // namespace muster

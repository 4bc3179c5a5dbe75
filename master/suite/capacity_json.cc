#include "master/suite/capacity_json.h"

#include <optional>
#include <string>

namespace muster {
namespace {

nlohmann::ordered_json NumberOrNull(const std::optional<double>& value) {
  return value ? nlohmann::ordered_json(*value) : nlohmann::ordered_json(nullptr);
}

// Leaves `to` empty where the key is null or missing.
void TakeNumber(const nlohmann::ordered_json& json, const std::string& key,
                std::optional<double>* to) {
  const auto found = json.find(key);
  if (found != json.end() && !found->is_null()) *to = found->get<double>();
}

// `unit`: the end of each key.
void AddNumbers(const CapacityNumbers& numbers, const std::string& unit,
                nlohmann::ordered_json* json) {
  (*json)["estimate" + unit] = NumberOrNull(numbers.estimate);
  (*json)["low" + unit] = NumberOrNull(numbers.low);
  (*json)["high" + unit] = NumberOrNull(numbers.high);
  (*json)["sustained" + unit] = NumberOrNull(numbers.sustained);
  (*json)["failed_at" + unit] = NumberOrNull(numbers.failed_at);
  (*json)["at_least" + unit] = NumberOrNull(numbers.at_least);
}

CapacityNumbers ReadNumbers(const nlohmann::ordered_json& json, const std::string& unit) {
  CapacityNumbers numbers;
  TakeNumber(json, "estimate" + unit, &numbers.estimate);
  TakeNumber(json, "low" + unit, &numbers.low);
  TakeNumber(json, "high" + unit, &numbers.high);
  TakeNumber(json, "sustained" + unit, &numbers.sustained);
  TakeNumber(json, "failed_at" + unit, &numbers.failed_at);
  TakeNumber(json, "at_least" + unit, &numbers.at_least);
  return numbers;
}

}  // namespace

nlohmann::ordered_json CapacityToJson(const CapacityFigures& capacity) {
  nlohmann::ordered_json json = {{"axis", capacity.axis}};
  AddNumbers(capacity.per_s, "_per_s", &json);
  json["limited_by"] = capacity.limited_by;
  json["resolved"] = capacity.resolved;
  json["users"] = nullptr;
  if (capacity.users)
    AddNumbers(*capacity.users, "", &(json["users"] = nlohmann::ordered_json::object()));
  json["text"] = capacity.text;
  return json;
}

CapacityFigures CapacityOfJson(const nlohmann::ordered_json& json) {
  CapacityFigures capacity;
  capacity.axis = json.at("axis");
  capacity.per_s = ReadNumbers(json, "_per_s");
  if (json.contains("users") && json.at("users").is_object()) {
    capacity.users = ReadNumbers(json.at("users"), "");
  }
  if (json.contains("limited_by") && json.at("limited_by").is_string()) {
    capacity.limited_by = json.at("limited_by");
  }
  capacity.resolved = json.at("resolved");
  if (json.contains("text")) capacity.text = json.at("text");
  return capacity;
}

}  // namespace muster

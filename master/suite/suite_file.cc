#include "master/suite/suite_file.h"

#include <algorithm>
#include <utility>

#include "common/base/nearest_key.h"
#include "master/plan/values.h"
#include "master/plan/yaml_map.h"
#include "master/plan/yaml_tree.h"
#include "master/suite/suite_plans.h"
#include "master/suite/suite_targets.h"
#include "master/suite/suite_yaml.h"

namespace muster {
namespace {

constexpr std::string_view kSuiteKeys[] = {"suite",    "name",    "repeats", "seed",
                                           "pause",    "cores",   "results", "quick",
                                           "defaults", "targets", "plans"};
constexpr std::string_view kCoresKeys[] = {"target", "generator"};
constexpr std::string_view kQuickKeys[] = {"repeats", "pause", "plans"};
constexpr KnownKeys kAllSuiteKeys[] = {{"suite", kSuiteKeys},   {"cores", kCoresKeys},
                                       {"quick", kQuickKeys},   {"defaults", kTargetDefaultsKeys},
                                       {"target", kTargetKeys}, {"plan", kSuitePlanKeys},
                                       {"needs", kNeedsKeys},   {"ready", kReadyKeys},
                                       {"stop", kStopKeys},     {"limits", kLimitKeys}};

// "suites/python.yaml" -> "python"
std::string NameOfFile(const std::string& file_name) {
  std::string name = file_name.substr(file_name.rfind('/') + 1);
  const size_t dot = name.rfind('.');
  if (dot != std::string::npos && dot > 0) name.resize(dot);
  return CheckSuiteName(name).ok() ? name : "suite";
}

// The items whose names are chosen; nothing chosen: all. Names must be there.
template <typename Item>
Status KeepChosen(const std::vector<std::string>& chosen, const std::string& flag,
                  const std::string& what, std::vector<Item>* items) {
  if (chosen.empty()) return absl::OkStatus();
  std::vector<std::string_view> known;
  for (const Item& item : *items) known.push_back(item.name);
  for (const std::string& name : chosen) {
    if (std::find(known.begin(), known.end(), name) != known.end()) continue;
    const std::string nearest = NearestKey(name, known);
    std::string text = flag + ": no " + what + " is named " + Quote(name);
    if (!nearest.empty()) return InvalidArgument(text + "; did you mean " + Quote(nearest) + "?");
    text += "; there are ";
    for (size_t i = 0; i < known.size(); ++i) text += (i ? ", " : "") + std::string(known[i]);
    return InvalidArgument(text);
  }
  std::erase_if(*items, [&](const Item& item) {
    return std::find(chosen.begin(), chosen.end(), item.name) == chosen.end();
  });
  return absl::OkStatus();
}

class SuiteReader {
 public:
  SuiteReader(const std::string& file_name, const std::string& folder, const SuiteChoices& choices,
              const FileReader& read_file)
      : file_name_(file_name), choices_(choices), read_file_(read_file), errors_(file_name) {
    suite_.folder = folder;
    suite_.quick = choices.quick;
  }

  StatusOr<SuiteSpec> Read(std::string_view text) {
    const std::optional<YamlNode> root = ReadYamlTree(text, errors_);
    if (root && root->kind == YamlNode::Kind::kNull) {
      errors_.Add({}, "the suite is empty; it begins with 'suite: 1' (see docs/suite.md)");
    } else if (root) {
      ReadAll(YamlMap(*root, "", "the suite", kSuiteKeys, errors_));
    }
    RETURN_IF_ERROR(errors_.ToStatus());
    return Chosen();
  }

 private:
  void ReadAll(const YamlMap& suite) {
    ReadVersion(suite);
    suite_.name = suite.has("name") ? ReadSuiteName(suite, {}) : NameOfFile(file_name_);
    const auto repeats = [](const YamlMap& map) {
      return map.Value("repeats", "a whole number", [](std::string_view text) {
        return ParseWhole(text, 1, SuiteLimits::kRepeats);
      });
    };
    uint64_t count = repeats(suite).value_or(1);
    suite_.seed = suite
                      .Value("seed", "a whole number",
                             [](std::string_view text) { return ParseWhole(text, 0, UINT64_MAX); })
                      .value_or(suite_.seed);
    ReadPause(suite);
    ReadCores(suite);
    if (const auto results = suite.Text("results", "a folder"); results) {
      if (results->empty()) suite.Fail(*suite.Find("results"), "results", "expected a folder");
      suite_.results = InSuiteFolder(suite_.folder, *results) + (suite_.quick ? ".quick" : "");
    }
    if (const YamlNode* node = suite.Find("quick"); node != nullptr) {
      const YamlMap quick(*node, "quick", "quick", kQuickKeys, errors_);
      const auto fewer = repeats(quick);
      if (suite_.quick) {
        count = fewer.value_or(count);
        ReadPause(quick);
      }
      ReadSuiteWords(quick, "plans", "[text, json]", &quick_plans_);
    }
    suite_.targets = ReadSuiteTargets(suite, suite_.folder);
    suite_.plans = ReadSuitePlans(suite, suite_.folder, suite_.quick, static_cast<uint32_t>(count),
                                  read_file_);
    CheckQuickPlans(suite);
  }

  void ReadVersion(const YamlMap& suite) {
    if (!suite.has("suite")) {
      suite.Fail("'suite: 1' is missing: the version of the suite's format comes first");
      return;
    }
    const auto version = suite.Text("suite", "1, the version of the suite's format");
    if (version && *version != "1") {
      suite.Fail(*suite.Find("suite"), "suite",
                 "this build reads version 1 of the format, found " + Quote(*version));
    }
  }

  void ReadPause(const YamlMap& map) {
    suite_.pause = map.Value("pause", "a duration such as 2s", ParsePause).value_or(suite_.pause);
  }

  void ReadCores(const YamlMap& suite) {
    if (!suite.has("cores")) return;
    const YamlMap cores(*suite.Find("cores"), "cores", "cores", kCoresKeys, errors_);
    const auto read = [&](std::string_view key, std::vector<int>* to) {
      if (auto set = cores.Value(key, "a set of cores such as 0-1", ParseCores); set) *to = *set;
    };
    read("target", &suite_.target_cores);
    read("generator", &suite_.generator_cores);
    if (cores.has("target") != cores.has("generator")) {
      return cores.Fail("give both, 'target' and 'generator', or none");
    }
    for (const int core : suite_.target_cores) {
      const auto& other = suite_.generator_cores;
      if (std::find(other.begin(), other.end(), core) == other.end()) continue;
      return cores.Fail("core " + std::to_string(core) +
                        " is the target's and the generator's: they would disturb each other");
    }
  }

  void CheckQuickPlans(const YamlMap& suite) {
    for (const std::string& name : quick_plans_) {
      const bool there = std::any_of(suite_.plans.begin(), suite_.plans.end(),
                                     [&](const SuitePlan& plan) { return plan.name == name; });
      if (there) continue;
      suite.Fail(*suite.Find("quick"), "quick", "plans: no plan is named " + Quote(name));
    }
  }

  StatusOr<SuiteSpec> Chosen() {
    RETURN_IF_ERROR(KeepChosen(choices_.only, "--only", "target", &suite_.targets));
    const bool quick_alone = suite_.quick && choices_.plans.empty();
    RETURN_IF_ERROR(
        KeepChosen(quick_alone ? quick_plans_ : choices_.plans, "--plans", "plan", &suite_.plans));
    if (choices_.repeats) {
      for (SuitePlan& plan : suite_.plans) plan.repeats = *choices_.repeats;
    }
    return std::move(suite_);
  }

  const std::string& file_name_;
  const SuiteChoices& choices_;
  const FileReader& read_file_;
  SourceErrors errors_;
  Words quick_plans_;
  SuiteSpec suite_;
};

}  // namespace

std::span<const KnownKeys> SuiteKnownKeys() { return kAllSuiteKeys; }

StatusOr<SuiteSpec> ReadSuite(std::string_view text, const std::string& file_name,
                              const std::string& folder, const SuiteChoices& choices,
                              const FileReader& read_file) {
  return SuiteReader(file_name, folder, choices, read_file).Read(text);
}

}  // namespace muster

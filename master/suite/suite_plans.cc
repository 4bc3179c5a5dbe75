#include "master/suite/suite_plans.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "common/base/version.h"
#include "common/plan/units.h"
#include "master/plan/plan_loader.h"
#include "master/plan/target.h"
#include "master/plan/values.h"
#include "master/results/summary_builder.h"
#include "master/suite/suite_yaml.h"

namespace muster {
namespace {

constexpr const char* kSomeUrl = "http://127.0.0.1:8080";  // of a target that isn't running yet
constexpr std::string_view kFlagsExample = "[--users, 50, --duration, 30s]";
constexpr RankBy kAllRanks[] = {RankBy::kRate, RankBy::kP50,      RankBy::kP99,
                                RankBy::kMean, RankBy::kCapacity, RankBy::kNone};

StatusOr<SuiteCommand> ParseSuiteCommand(std::string_view text) {
  for (const SuiteCommand command : {SuiteCommand::kRun, SuiteCommand::kFindCapacity}) {
    if (text == CommandName(command)) return command;
  }
  return InvalidArgument("expected run or find-capacity, found " + Quote(text));
}

StatusOr<RankBy> ParseRankBy(std::string_view text) {
  for (const RankBy by : kAllRanks) {
    if (text == RankByName(by)) return by;
  }
  return InvalidArgument("expected rate, p50, p99, mean, capacity or none, found " + Quote(text));
}

// A flag that the suite gives itself, or that means nothing in one; nullptr: none.
const char* FlagOfTheSuite(const Words& flags) {
  constexpr const char* kFlags[] = {
      "--target",   "--out",    "-o",      "--quiet",    "--store",      "--no-store", "--color",
      "--progress", "--listen", "--trace", "--log-file", "--prometheus", "--by"};
  for (const std::string& word : flags) {
    for (const char* flag : kFlags) {
      const std::string_view name = flag;
      const bool letter = name.size() == 2;
      if (word == name || word.starts_with(std::string(name) + "=") ||
          (letter && word.starts_with(name))) {
        return flag;
      }
    }
  }
  return nullptr;
}

// The value of `flag` in "--flag value" or "--flag=value".
std::optional<std::string> ValueOf(const Words& flags, const std::string& flag) {
  for (size_t i = 0; i < flags.size(); ++i) {
    if (flags[i] == flag && i + 1 < flags.size()) return flags[i + 1];
    if (flags[i].starts_with(flag + "=")) return flags[i].substr(flag.size() + 1);
  }
  return std::nullopt;
}

class SuitePlanReader {
 public:
  SuitePlanReader(const YamlMap& map, const std::string& folder, const FileReader& read_file)
      : map_(map), folder_(folder), read_file_(read_file) {}

  SuitePlan Read(bool quick, uint32_t repeats, const std::vector<std::string>& taken) {
    plan_.name = ReadSuiteName(map_, taken);
    plan_.command = map_.Value("command", "run or find-capacity", ParseSuiteCommand)
                        .value_or(SuiteCommand::kRun);
    ReadSource();
    ReadSuiteWords(map_, "flags", kFlagsExample, &plan_.flags);
    Words quick_flags = plan_.flags;
    ReadSuiteWords(map_, "quick_flags", kFlagsExample, &quick_flags);
    const auto own = map_.Value("repeats", "a whole number", [](std::string_view text) {
      return ParseWhole(text, 1, SuiteLimits::kRepeats);
    });
    plan_.repeats = own && !quick ? static_cast<uint32_t>(*own) : repeats;
    // Both are checked, so that a suite that is good with --quick is good without.
    std::optional<Checked> checked = Check("flags", plan_.flags);
    if (map_.has("quick_flags")) {
      auto quick_checked = Check("quick_flags", quick_flags);
      if (quick) checked = std::move(quick_checked);
    }
    if (quick) plan_.flags = quick_flags;
    if (checked) Take(*checked);
    ReadRank(checked && checked->open);
    return std::move(plan_);
  }

 private:
  struct Checked {
    bool open = false, seed_given = false;
    std::string load, plan_text;
    Duration least;
  };

  void ReadSource() {
    if (map_.has("plan") == map_.has("path")) {
      return map_.Fail("expected one of 'plan', a plan file, and 'path', a path of the target");
    }
    if (const auto file = map_.Text("plan", "the name of a plan file"); file) {
      if (file->empty() || *file == "-" || file->find("://") != std::string::npos) {
        map_.Fail(*map_.Find("plan"), "plan", "expected the name of a plan file");
      } else {
        plan_.plan_file = InSuiteFolder(folder_, *file);
      }
    }
    if (const auto path = map_.Text("path", "a path such as /text"); path) {
      const Status status = CheckPath(*path);
      if (!status.ok()) return map_.Fail(*map_.Find("path"), "path", Message(status));
      plan_.path = *path;
    }
  }

  std::optional<Checked> Check(std::string_view key, const Words& flags) {
    if (plan_.plan_file.empty() && plan_.path.empty()) return std::nullopt;
    const bool own = map_.has(key);
    const auto fail = [&](const std::string& why) {
      if (own) {
        map_.Fail(*map_.Find(key), key, why);
      } else {
        map_.Fail(why);
      }
      return std::nullopt;
    };
    if (const char* flag = FlagOfTheSuite(flags); flag != nullptr) {
      return fail(std::string(flag) + ": is not for a plan of a suite");
    }
    SuitePlan plan = plan_;
    plan.flags = flags;
    plan.seed_given = true;  // nothing is added, so that what is there is the plan's own
    const auto line =
        ParseCommandLine(ChildWords(plan, kSomeUrl, "result.json", 1), std::string(kVersion));
    if (!line.ok()) return fail(Message(line.status()));
    if (line->command == CommandLine::Command::kPrint) return fail("--help: is no flag of a plan");
    return CheckPlan(*line, flags, fail);
  }

  template <typename Fail>
  std::optional<Checked> CheckPlan(const CommandLine& line, const Words& flags, const Fail& fail) {
    Checked checked;
    const FileReader keeping = [&](const std::string& path, size_t most) {
      auto text = read_file_(path, most);
      if (text.ok()) checked.plan_text += *text;
      return text;
    };
    const auto loaded = LoadPlan(line.plan, keeping, 1);
    if (!loaded.ok()) return fail(Message(loaded.status()));
    checked.open = loaded->plan.open();
    checked.seed_given = loaded->seed_given;
    if (plan_.command == SuiteCommand::kRun) {
      checked.load = AskedText(loaded->plan);
      const bool ends_before = !checked.open && loaded->plan.spec().iterations.has_value();
      if (!ends_before) checked.least = loaded->plan.load_end() - RunTime();
    } else if (const auto budget = ValueOf(flags, "--budget"); budget) {
      checked.least = ParseDuration(*budget).value_or(Duration());
    }
    return checked;
  }

  void Take(const Checked& checked) {
    plan_.load = checked.load;
    plan_.plan_text = checked.plan_text;
    plan_.least = checked.least;
    plan_.seed_given = checked.seed_given;
  }

  void ReadRank(bool open) {
    const bool search = plan_.command == SuiteCommand::kFindCapacity;
    plan_.rank_by = search ? RankBy::kCapacity : open ? RankBy::kP99 : RankBy::kRate;
    const auto by = map_.Value("rank", "rate, p50, p99, mean, capacity or none", ParseRankBy);
    if (!by) return;
    plan_.rank_by = *by;
    if (search == (*by == RankBy::kCapacity) || *by == RankBy::kNone) return;
    map_.Fail(*map_.Find("rank"), "rank",
              search ? "a plan of find-capacity is ranked by capacity, or none"
                     : "only a plan of find-capacity has a capacity");
  }

  const YamlMap& map_;
  const std::string& folder_;
  const FileReader& read_file_;
  SuitePlan plan_;
};

}  // namespace

std::vector<SuitePlan> ReadSuitePlans(const YamlMap& suite, const std::string& folder, bool quick,
                                      uint32_t repeats, const FileReader& read_file) {
  std::vector<SuitePlan> plans;
  std::vector<std::string> names;
  const auto items = suite.List("plans", "a list of plans");
  if (items.empty()) suite.Fail("'plans' is missing: at least one plan is needed");
  if (items.size() > SuiteLimits::kPlans) suite.Fail("more than 100 plans");
  for (size_t i = 0; i < std::min(items.size(), SuiteLimits::kPlans); ++i) {
    const YamlMap map(items[i], "plans[" + std::to_string(i) + "]", "a plan", kSuitePlanKeys,
                      suite.errors());
    if (items[i].kind != YamlNode::Kind::kMap) continue;
    plans.push_back(SuitePlanReader(map, folder, read_file).Read(quick, repeats, names));
    names.push_back(plans.back().name);
  }
  return plans;
}

Words ChildWords(const SuitePlan& plan, const std::string& url, const std::string& json_file,
                 uint64_t seed) {
  Words words = {CommandName(plan.command)};
  if (plan.plan_file.empty()) {
    words.push_back(url + plan.path);
  } else {
    words.insert(words.end(), {plan.plan_file, "--target", url});
  }
  words.insert(words.end(), plan.flags.begin(), plan.flags.end());
  words.insert(words.end(), {"--quiet", "--color", "never", "--out", "json=" + json_file});
  if (plan.command == SuiteCommand::kRun) words.push_back("--no-store");  // a search keeps nothing
  if (!plan.seed_given) words.insert(words.end(), {"--seed", std::to_string(seed)});
  return words;
}

}  // namespace muster

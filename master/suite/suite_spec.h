// SuiteSpec: what a suite file asks for, checked: the same plans over several targets, each started
// by a command of its own. Decides the words and the defaults; how a file is read is
// suite_file.h's, in which order cells run suite_schedule.h's. Values; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "common/time/time.h"
#include "master/plan/flags.h"

namespace muster {

using Words = std::vector<std::string>;  // a command, without a shell

// A GET of `path` that answers `status`, with `body` somewhere in what it says.
struct ReadyCheck {
  std::string path = "/";
  int status = 200;
  std::string body;  // empty: any
  Duration within = Duration::Seconds(30);
  bool operator==(const ReadyCheck&) const = default;
};

struct StopRule {
  std::string signal = "TERM";  // TERM, INT, QUIT, HUP or KILL
  Duration grace = Duration::Seconds(5);
  bool operator==(const StopRule&) const = default;
};

// Absent: no limit of the suite's.
struct TargetLimits {
  std::optional<uint32_t> cores;         // of the target's
  std::optional<uint64_t> memory_bytes;  // of all its processes
  std::optional<uint64_t> open_files;    // of each process
  bool operator==(const TargetLimits&) const = default;
};

// What must be there before a target can run. All empty: nothing.
struct TargetNeeds {
  std::vector<std::string> modules;  // that {python} imports
  Words command;                     // ends with 0
  std::string install;               // what to do where they are missing
  bool operator==(const TargetNeeds&) const = default;
};

struct TargetSpec {
  std::string name;
  Words start;
  std::string folder;                                    // where it is started; absolute
  std::vector<std::pair<std::string, std::string>> env;  // beside this process's own
  std::string python = "/usr/bin/python3";               // what {python} stands for
  std::string pythonpath;                                // empty: as it is
  TargetNeeds needs;
  Words version;      // a command; empty: none
  uint16_t port = 0;  // 0: a free one for each start
  std::string url = "http://127.0.0.1:{port}";
  ReadyCheck ready;
  StopRule stop;
  TargetLimits limits;
};

enum class SuiteCommand : uint8_t { kRun, kFindCapacity };
std::string CommandName(SuiteCommand command);  // "run", "find-capacity"

// The figure that targets are ranked by, and of which a row shows the median repeat.
enum class RankBy : uint8_t { kRate, kP50, kP99, kMean, kCapacity, kNone };
std::string RankByName(RankBy by);

struct SuitePlan {
  std::string name;
  SuiteCommand command = SuiteCommand::kRun;
  std::string plan_file;  // as the current folder sees it; empty: `path` of the target
  std::string path;
  Words flags;
  RankBy rank_by = RankBy::kRate;
  uint32_t repeats = 1;
  // Of the plan as it is now.
  std::string plan_text;    // of `plan_file` and the files that it names
  std::string load;         // "50 users", "2,000/s"
  Duration least;           // length of one run's load, or the search's budget
  bool seed_given = false;  // by the plan or its flags
};

struct SuiteSpec {
  std::string name;
  std::string folder;  // of the suite file, absolute
  uint64_t seed = 1;
  bool quick = false;
  Duration pause = Duration::Seconds(1);
  std::vector<int> target_cores, generator_cores;  // empty: chosen by the host's
  std::string results;                             // folder; empty: chosen by the program
  std::vector<TargetSpec> targets;
  std::vector<SuitePlan> plans;
};

class SuiteLimits {
 public:
  static constexpr size_t kTargets = 100;
  static constexpr size_t kPlans = 100;
  static constexpr uint32_t kRepeats = 100;
  static constexpr size_t kWords = 200;  // of a command
  static constexpr size_t kNameBytes = 60;
};

// Letters, digits, blanks and . _ + ( ) - ; not at its ends a blank, nor '.' or '-' in front: a
// name is also part of a file's.
Status CheckSuiteName(std::string_view name);

// "0", "0-2", "0,2": at least one core, each once, ascending.
StatusOr<std::vector<int>> ParseCores(std::string_view text);
std::string FormatCores(const std::vector<int>& cores);

// "512MiB", "2GiB", "64KiB": whole numbers of bytes.
StatusOr<uint64_t> ParseMemory(std::string_view text);
std::string FormatMemory(uint64_t bytes);

}  // namespace muster

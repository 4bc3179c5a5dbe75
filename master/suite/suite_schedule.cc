#include "master/suite/suite_schedule.h"

#include <algorithm>
#include <cstdio>
#include <numeric>
#include <string_view>
#include <utility>

#include "common/base/random.h"
#include "common/base/version.h"

namespace muster {
namespace {

constexpr uint64_t kShortSeeds = 1'000'000;  // as `muster run` draws them: to be typed again

// Fisher and Yates' shuffle of 0 .. n-1.
std::vector<size_t> DrawnOrder(size_t n, uint64_t seed, uint64_t turn) {
  std::vector<size_t> order(n);
  std::iota(order.begin(), order.end(), size_t{0});
  for (size_t i = n; i > 1; --i) {
    const uint64_t bits = RandomBits(seed, RandomStream::kSuiteOrder, turn, i);
    std::swap(order[i - 1], order[RandomBelow(i, bits)]);
  }
  return order;
}

// FNV-1a over texts, each with its end, so that "ab", "c" is not "a", "bc".
class KeyHash {
 public:
  void Add(std::string_view text) {
    for (const char c : text) Mix(static_cast<unsigned char>(c));
    Mix(0x1ff);
  }
  void Add(uint64_t number) { Add(std::to_string(number)); }
  void Add(const std::vector<std::string>& words) {
    Add(words.size());
    for (const std::string& word : words) Add(word);
  }
  uint64_t value() const { return hash_; }
  std::string text() const {
    char digits[17];
    std::snprintf(digits, sizeof digits, "%016llx", static_cast<unsigned long long>(hash_));
    return digits;
  }

 private:
  void Mix(uint64_t value) { hash_ = (hash_ ^ value) * 0x100000001b3ULL; }
  uint64_t hash_ = 0xcbf29ce484222325ULL;
};

void AddTarget(const TargetSpec& target, KeyHash* hash) {
  hash->Add(target.name);
  hash->Add(target.start);
  hash->Add(target.folder);
  for (const auto& [name, value] : target.env) {
    hash->Add(name);
    hash->Add(value);
  }
  hash->Add(target.python);
  hash->Add(target.pythonpath);
  hash->Add(target.port);
  hash->Add(target.url);
  const TargetLimits& limits = target.limits;
  hash->Add(limits.cores.value_or(0));
  hash->Add(limits.memory_bytes.value_or(0));
  hash->Add(limits.open_files.value_or(0));
}

}  // namespace

std::vector<SuiteCell> ScheduleCells(const SuiteSpec& suite) {
  uint32_t most = 0;
  for (const SuitePlan& plan : suite.plans) most = std::max(most, plan.repeats);
  std::vector<SuiteCell> cells;
  uint64_t turn = 0;
  for (uint32_t repeat = 1; repeat <= most; ++repeat) {
    for (size_t plan = 0; plan < suite.plans.size(); ++plan) {
      if (repeat > suite.plans[plan].repeats) continue;
      for (const size_t target : DrawnOrder(suite.targets.size(), suite.seed, turn)) {
        cells.push_back({target, plan, repeat});
      }
      ++turn;
    }
  }
  return cells;
}

uint64_t SeedOfCell(const SuiteSpec& suite, const SuiteCell& cell) {
  KeyHash plan;  // by its name, as its place changes with --plans
  plan.Add(suite.plans[cell.plan].name);
  return RandomBits(suite.seed, RandomStream::kSuiteSeed, plan.value(), cell.repeat) % kShortSeeds;
}

Duration LeastTime(const SuiteSpec& suite, const std::vector<SuiteCell>& cells) {
  Duration least;
  for (const SuiteCell& cell : cells) least = least + suite.plans[cell.plan].least + suite.pause;
  return least;
}

std::string KeyOfCell(const SuiteSpec& suite, const SuiteCell& cell) {
  const SuitePlan& plan = suite.plans[cell.plan];
  KeyHash hash;
  hash.Add(kVersion);
  AddTarget(suite.targets[cell.target], &hash);
  hash.Add(CommandName(plan.command));
  hash.Add(plan.plan_file);
  hash.Add(plan.plan_text);
  hash.Add(plan.path);
  hash.Add(plan.flags);
  hash.Add(FormatCores(suite.target_cores));
  hash.Add(FormatCores(suite.generator_cores));
  hash.Add(plan.seed_given ? 0 : SeedOfCell(suite, cell));
  return hash.text();
}

}  // namespace muster

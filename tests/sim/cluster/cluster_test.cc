// The cluster in simulated time under faults drawn from seeds. MUSTER_SEEDS raises how many,
// MUSTER_FIRST_SEED starts elsewhere.
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <string>

#include "tests/sim/cluster/sim_cluster.h"

namespace muster {
namespace {

uint64_t Seeds() {
  const char* text = std::getenv("MUSTER_SEEDS");
  return text == nullptr ? 300 : std::strtoull(text, nullptr, 10);
}

uint64_t FirstSeed() {
  const char* text = std::getenv("MUSTER_FIRST_SEED");
  return text == nullptr ? 1 : std::strtoull(text, nullptr, 10);
}

TEST(Cluster, LawsHoldForEverySeedAndEveryFaultOccurs) {
  std::map<std::string, uint64_t> occurred;
  for (uint64_t seed = FirstSeed(); seed < FirstSeed() + Seeds(); ++seed) {
    const ClusterResult result = RunCluster({.seed = seed});
    for (const std::string& violation : result.violations) {
      ADD_FAILURE() << "seed " << seed << ": " << violation;
    }
    for (const auto& [kind, times] : result.occurred) occurred[kind] += times;
  }
  for (const char* kind : {"link broken",    "partition",          "partition, then broken",
                           "worker stalled", "master stalled",     "sink busy",
                           "worker crashed", "worker restarted",   "worker told to stop",
                           "user stopped",   "user stopped twice", "ended by a threshold",
                           "clock skew",     "messages lost",      "resend",
                           "repeat dropped", "server fault",       "worker lost",
                           "worker left",    "worker finished",    "told lost",
                           "loss",           "open model",         "closed model"}) {
    EXPECT_GT(occurred[kind], 0U) << kind << " never happened in " << Seeds() << " seeds";
  }
}

// The load is held, with and without faults: at the end the books balance to the plan as amended,
// and every number that anybody decided was due as it says.
TEST(Cluster, LawsHoldWhileTheLoadIsHeld) {
  std::map<std::string, uint64_t> occurred;
  for (uint64_t seed = FirstSeed(); seed < FirstSeed() + Seeds(); ++seed) {
    const ClusterResult result = RunCluster({.seed = seed, .hold = true});
    for (const std::string& violation : result.violations) {
      ADD_FAILURE() << "seed " << seed << ": " << violation;
    }
    for (const auto& [kind, times] : result.occurred) occurred[kind] += times;
  }
  for (const char* kind :
       {"held", "hold refused", "released", "hold lengthened", "hold given up", "lost at a hold",
        "link broken", "partition", "worker stalled", "master stalled", "worker crashed",
        "worker told to stop", "user stopped", "ended by a threshold", "worker lost", "open model",
        "closed model"}) {
    EXPECT_GT(occurred[kind], 0U) << kind << " never happened in " << Seeds() << " seeds";
  }
}

class PlantedFault : public testing::TestWithParam<Mutation> {};

TEST_P(PlantedFault, IsFoundWithinAThousandSeeds) {
  for (uint64_t seed = 1; seed <= 1000; ++seed) {
    const bool hold = GetParam() == Mutation::kHoldUnheard || GetParam() == Mutation::kHoldUnasked;
    const ClusterResult result = RunCluster({.seed = seed, .mutation = GetParam(), .hold = hold});
    if (result.violations.empty()) continue;
    RecordProperty("seed", static_cast<int>(seed));
    RecordProperty("violation", result.violations[0]);
    return;
  }
  FAIL() << "not found";
}

INSTANTIATE_TEST_SUITE_P(Each, PlantedFault,
                         testing::Values(Mutation::kAckBeforeMerge, Mutation::kNoDeduplication,
                                         Mutation::kRebuiltResend, Mutation::kEarlyFree,
                                         Mutation::kSharedBucket, Mutation::kHoldUnheard,
                                         Mutation::kHoldUnasked));

std::string TraceOf(uint64_t seed) { return RunCluster({.seed = seed, .keep_trace = true}).trace; }

// Runs in the second process of the test below.
TEST(Cluster, DISABLED_PrintTrace) {
  const char* seed = std::getenv("MUSTER_TRACE_SEED");
  ASSERT_NE(seed, nullptr);
  std::printf("<<<%s>>>", TraceOf(std::strtoull(seed, nullptr, 10)).c_str());
}

TEST(Cluster, TheSameSeedGivesTheSameTraceInTwoProcesses) {
  std::array<char, 4096> self{};
  ASSERT_GT(readlink("/proc/self/exe", self.data(), self.size() - 1), 0);
  for (uint64_t seed = 1; seed <= 5; ++seed) {
    const std::string command = "MUSTER_TRACE_SEED=" + std::to_string(seed) + " '" + self.data() +
                                "' --gtest_also_run_disabled_tests "
                                "--gtest_filter=Cluster.DISABLED_PrintTrace";
    FILE* process = popen(command.c_str(), "r");
    ASSERT_NE(process, nullptr);
    std::string output;
    std::array<char, 65536> buffer;
    for (size_t n; (n = fread(buffer.data(), 1, buffer.size(), process)) > 0;) {
      output.append(buffer.data(), n);
    }
    ASSERT_EQ(pclose(process), 0);
    const size_t begin = output.find("<<<") + 3;
    const std::string other = output.substr(begin, output.find(">>>") - begin);
    EXPECT_GT(other.size(), 1000U);
    EXPECT_TRUE(TraceOf(seed) == other) << "seed " << seed;
  }
}

}  // namespace
}  // namespace muster

#include "master/store/host_facts.h"

#include <gtest/gtest.h>

namespace muster {
namespace {

TEST(HostFactsTest, TheModelIsThatOfTheFirstProcessor) {
  EXPECT_EQ(CpuModel("processor\t: 0\nmodel\t\t: 85\nmodel name\t: Fast CPU @ 3 GHz\n\n"
                     "processor\t: 1\nmodel name\t: Other\n"),
            "Fast CPU @ 3 GHz");
}

TEST(HostFactsTest, OtherMachinesNameNoModel) {
  EXPECT_EQ(CpuModel(""), "");
  EXPECT_EQ(CpuModel("processor\t: 0\nBogoMIPS\t: 50.00\n"), "");
  EXPECT_EQ(CpuModel("model name"), "");
  EXPECT_EQ(CpuModel("model name\t:"), "");
}

TEST(HostFactsTest, ThisHostHasANameAKernelAndCores) {
  Environment environment;
  AddHostFacts(&environment);
  EXPECT_FALSE(environment.host.empty());
  EXPECT_NE(environment.kernel.find("Linux"), std::string::npos);
  EXPECT_GE(environment.cores, 1);
}

}  // namespace
}  // namespace muster

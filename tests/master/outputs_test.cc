#include "master/outputs.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

#include "tests/master/report/sample_summary.h"

namespace muster {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class OutputsTest : public ::testing::Test {
 protected:
  OutputsTest() { std::filesystem::create_directory(folder_); }
  ~OutputsTest() override { std::filesystem::remove_all(folder_); }
  std::string Path(const std::string& name) const { return folder_ + "/" + name; }
  std::vector<std::string> Files() const {
    std::vector<std::string> names;
    for (const auto& file : std::filesystem::directory_iterator(folder_)) {
      names.push_back(file.path().filename());
    }
    std::sort(names.begin(), names.end());
    return names;
  }

  std::string folder_ = ::testing::TempDir() + "outputs_test_" + std::to_string(::getpid());
  std::vector<std::string> names_ = {"home", "buy"};
};

TEST_F(OutputsTest, EachFormatsFiles) {
  EXPECT_THAT(PathsOf({OutputFormat::kJson, "r"}, names_), ElementsAre("r"));
  EXPECT_THAT(PathsOf({OutputFormat::kCsv, "a/r"}, names_),
              ElementsAre("a/r_stats.csv", "a/r_stats_history.csv", "a/r_failures.csv"));
  EXPECT_THAT(PathsOf({OutputFormat::kHgrm, "a.b/r.hgrm"}, names_),
              ElementsAre("a.b/r.hgrm", "a.b/r.home.hgrm", "a.b/r.buy.hgrm"));
  EXPECT_THAT(PathsOf({OutputFormat::kHgrm, "a.b/r"}, names_),
              ElementsAre("a.b/r", "a.b/r.home", "a.b/r.buy"));
}

TEST_F(OutputsTest, OneNameOrADeviceHasTheWholeRunAlone) {
  const std::vector<std::string> one = {"home"};
  EXPECT_THAT(PathsOf({OutputFormat::kHgrm, "r.hgrm"}, one), ElementsAre("r.hgrm"));
  EXPECT_THAT(PathsOf({OutputFormat::kHgrm, "-"}, names_), ElementsAre("-"));
  EXPECT_THAT(PathsOf({OutputFormat::kHgrm, "/dev/null"}, names_), ElementsAre("/dev/null"));
}

TEST_F(OutputsTest, ANameLeadsOutOfNoFolder) {
  const std::vector<std::string> hostile = {"../../etc/x", "GET /", "GET ?", "\xff"};
  EXPECT_THAT(
      PathsOf({OutputFormat::kHgrm, "r.hgrm"}, hostile),
      ElementsAre("r.hgrm", "r..._.._etc_x.hgrm", "r.GET__.hgrm", "r.GET__-2.hgrm", "r._.hgrm"));
}

TEST_F(OutputsTest, EveryFormatIsWrittenToItsFiles) {
  std::vector<OutputSpec> specs;
  for (size_t i = 0; i < kOutputFormatNames.size(); ++i) {
    specs.push_back(
        {static_cast<OutputFormat>(i), Path("r." + std::string(kOutputFormatNames[i]))});
  }
  StatusOr<Outputs> outputs = Outputs::Open(specs, names_, {});
  ASSERT_TRUE(outputs.ok()) << outputs.status();
  EXPECT_FALSE(outputs->to_stdout());
  ASSERT_TRUE(outputs->Write(SampleSummary()).ok());
  EXPECT_THAT(Files(), ElementsAre("r.buy.hgrm", "r.csv_failures.csv", "r.csv_stats.csv",
                                   "r.csv_stats_history.csv", "r.hgrm", "r.hlog", "r.home.hgrm",
                                   "r.html", "r.json", "r.junit", "r.markdown", "r.openmetrics"));
  for (const std::string& name : Files()) {
    EXPECT_GT(std::filesystem::file_size(Path(name)), 50u) << name;
  }
}

TEST_F(OutputsTest, OneThatCannotBeOpenedLeavesNothing) {
  const OutputSpec specs[] = {{OutputFormat::kCsv, Path("r")},
                              {OutputFormat::kJson, Path("no/such/r.json")}};
  EXPECT_THAT(Message(Outputs::Open(specs, names_, {}).status()), HasSubstr("no/such/r.json"));
  EXPECT_THAT(Files(), ElementsAre());
}

TEST_F(OutputsTest, AFileIsNamedOnceAmongAll) {
  const OutputSpec specs[] = {{OutputFormat::kCsv, Path("r")},
                              {OutputFormat::kJson, Path("r_stats.csv")}};
  EXPECT_THAT(Message(Outputs::Open(specs, names_, {}).status()), HasSubstr("named twice"));
  const std::vector<std::string> taken = {Path("r_failures.csv")};
  EXPECT_FALSE(Outputs::Open(std::span(specs, 1), names_, taken).ok());
}

}  // namespace
}  // namespace muster

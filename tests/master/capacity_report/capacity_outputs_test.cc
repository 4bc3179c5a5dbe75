#include "master/capacity_report/capacity_outputs.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "tests/master/capacity_report/sample_capacity.h"

namespace muster {
namespace {

class CapacityOutputsTest : public testing::Test {
 protected:
  void SetUp() override { std::filesystem::create_directories(folder_); }
  void TearDown() override { std::filesystem::remove_all(folder_); }
  std::string Path(const std::string& name) const { return folder_ + "/" + name; }
  const std::string folder_ = testing::TempDir() + "capacity_outputs";
};

TEST_F(CapacityOutputsTest, EachFormatOfASearchIsOneFile) {
  std::vector<OutputSpec> specs;
  for (const OutputFormat format : {OutputFormat::kJson, OutputFormat::kJunit, OutputFormat::kCsv,
                                    OutputFormat::kMarkdown, OutputFormat::kHtml}) {
    specs.push_back({format, Path(std::to_string(static_cast<int>(format)))});
  }
  auto outputs = CapacityOutputs::Open(specs);
  ASSERT_TRUE(outputs.ok()) << outputs.status();
  EXPECT_FALSE(outputs->to_stdout());
  ASSERT_TRUE(outputs->Write(SampleCapacity()).ok());
  for (const OutputSpec& spec : specs) {
    std::stringstream text;
    text << std::ifstream(spec.path).rdbuf();
    EXPECT_EQ(text.str(), RenderedCapacity(spec.format, SampleCapacity()));
  }
}

TEST_F(CapacityOutputsTest, AFileThatIsNamedTwiceOrOutOfReachIsRefused) {
  const std::vector<OutputSpec> twice = {{OutputFormat::kJson, Path("a")},
                                         {OutputFormat::kCsv, Path("a")}};
  EXPECT_THAT(Message(CapacityOutputs::Open(twice).status()), testing::HasSubstr("named twice"));
  const std::vector<OutputSpec> lost = {{OutputFormat::kJson, Path("no/folder/a")}};
  EXPECT_FALSE(CapacityOutputs::Open(lost).ok());
}

}  // namespace
}  // namespace muster

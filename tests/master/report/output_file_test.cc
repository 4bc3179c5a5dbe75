#include "master/report/output_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>

namespace muster {
namespace {

namespace fs = std::filesystem;

class OutputFileTest : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::path(testing::TempDir()) /
              ("muster-output-" + std::to_string(::getpid()) + "-" +
               testing::UnitTest::GetInstance()->current_test_info()->name());
    fs::create_directory(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }
  std::string PathOf(const std::string& name) const { return folder_ / name; }
  std::string Content(const std::string& name) const {
    std::stringstream text;
    text << std::ifstream(PathOf(name)).rdbuf();
    return text.str();
  }
  size_t Files() const {
    return static_cast<size_t>(std::distance(fs::directory_iterator(folder_), {}));
  }
  fs::path folder_;
};

TEST_F(OutputFileTest, TheTargetAppearsWholeOrNotAtAll) {
  std::ofstream(PathOf("r.json")) << "old";
  auto file = OutputFile::Open(PathOf("r.json"));
  ASSERT_TRUE(file.ok()) << file.status();
  EXPECT_EQ(Content("r.json"), "old");
  ASSERT_TRUE(file->Write("new").ok());
  EXPECT_EQ(Content("r.json"), "new");
  EXPECT_EQ(Files(), 1u);
}

TEST_F(OutputFileTest, WithoutAWriteNothingIsLeft) {
  { ASSERT_TRUE(OutputFile::Open(PathOf("r.json")).ok()); }
  EXPECT_EQ(Files(), 0u);
}

TEST_F(OutputFileTest, AMovedFileIsWrittenOnce) {
  auto file = OutputFile::Open(PathOf("r.json"));
  ASSERT_TRUE(file.ok());
  OutputFile moved = std::move(*file);
  ASSERT_TRUE(moved.Write("text").ok());
  EXPECT_EQ(Content("r.json"), "text");
}

TEST_F(OutputFileTest, WhatCannotBeWrittenIsKnownAtOnce) {
  for (const std::string& path : {PathOf("no/such/r.json"), folder_.string()}) {
    const auto file = OutputFile::Open(path);
    ASSERT_FALSE(file.ok());
    EXPECT_THAT(std::string(file.status().message()), testing::HasSubstr(path));
  }
  EXPECT_FALSE(OutputFile::Open("").ok());
}

TEST_F(OutputFileTest, WhatALinkLeadsToIsReplacedAndTheLinkStays) {
  std::ofstream(PathOf("real.json")) << "old";
  fs::create_symlink(PathOf("real.json"), PathOf("link.json"));
  auto file = OutputFile::Open(PathOf("link.json"));
  ASSERT_TRUE(file.ok()) << file.status();
  ASSERT_TRUE(file->Write("new").ok());
  EXPECT_TRUE(fs::is_symlink(PathOf("link.json")));
  EXPECT_EQ(Content("real.json"), "new");
  EXPECT_EQ(Files(), 2u);
}

TEST_F(OutputFileTest, StandardOutputHasTwoNames) {
  for (const char* name : {"-", "/dev/stdout"}) {
    const auto file = OutputFile::Open(name);
    ASSERT_TRUE(file.ok());
    EXPECT_TRUE(file->is_stdout());
  }
  EXPECT_TRUE(fs::is_symlink("/dev/stdout"));
}

TEST_F(OutputFileTest, ADeviceIsWrittenInPlace) {
  auto file = OutputFile::Open("/dev/null");
  ASSERT_TRUE(file.ok()) << file.status();
  EXPECT_TRUE(file->Write("text").ok());
  EXPECT_TRUE(fs::is_character_file("/dev/null"));
}

TEST_F(OutputFileTest, AFullDeviceIsAnError) {
  auto file = OutputFile::Open("/dev/full");
  if (!file.ok()) GTEST_SKIP() << "no /dev/full here";
  EXPECT_THAT(std::string(file->Write("text").message()), testing::HasSubstr("/dev/full"));
}

TEST_F(OutputFileTest, ADashIsStandardOutput) {
  testing::internal::CaptureStdout();
  auto file = OutputFile::Open("-");
  ASSERT_TRUE(file.ok());
  EXPECT_TRUE(file->is_stdout());
  EXPECT_TRUE(file->Write("pure\n").ok());
  EXPECT_EQ(testing::internal::GetCapturedStdout(), "pure\n");
}

}  // namespace
}  // namespace muster

#include "master/plan/file_reader.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <filesystem>
#include <fstream>

namespace muster {
namespace {

TEST(FileReaderTest, ReadsWholeFilesUpToTheLimit) {
  const std::string path = testing::TempDir() + "/muster_file_reader_test";
  const std::string text = std::string("a\0b\n", 4) + std::string(100'000, 'x');
  std::ofstream(path, std::ios::binary) << text;
  EXPECT_EQ(*ReadWholeFile(path, text.size()), text);
  EXPECT_EQ(Message(ReadWholeFile(path, text.size() - 1).status()),
            "cannot read '" + path + "': larger than 100003 bytes");
  std::filesystem::remove(path);
}

TEST(FileReaderTest, ErrorsNameTheFileAndTheReason) {
  EXPECT_EQ(Message(ReadWholeFile("/nowhere/x", 10).status()),
            "cannot read '/nowhere/x': No such file or directory");
  EXPECT_EQ(Message(ReadWholeFile("/", 10).status()), "cannot read '/': Is a directory");
}

}  // namespace
}  // namespace muster

// A folder of a test's own for stores, gone with it.
#pragma once

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <string>

namespace muster {

class StoreFolder {
 public:
  StoreFolder() : path_(testing::TempDir() + "muster-store-XXXXXX") {
    EXPECT_NE(mkdtemp(path_.data()), nullptr);
  }
  StoreFolder(const StoreFolder&) = delete;
  StoreFolder& operator=(const StoreFolder&) = delete;
  ~StoreFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  std::string File(const std::string& name = "runs.db") const { return path_ + "/" + name; }

 private:
  std::string path_;
};

}  // namespace muster

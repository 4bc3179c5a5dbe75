// Runs a fuzz target without libFuzzer: on every file of the given folders, whole and cut off after
// each of its bytes. Exits 2 when there is nothing to run, so that a lost corpus is noticed.
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <string>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

namespace {

// Beyond this a seed is run at this many evenly spaced truncations.
constexpr size_t kMaxTruncations = 4096;

void Replay(const std::string& input) {
  const size_t step = input.size() / kMaxTruncations + 1;
  for (size_t size = 0; size < input.size(); size += step) {
    const std::vector<uint8_t> cut(input.begin(), input.begin() + static_cast<ptrdiff_t>(size));
    LLVMFuzzerTestOneInput(cut.data(), cut.size());
  }
  LLVMFuzzerTestOneInput(reinterpret_cast<const uint8_t*>(input.data()), input.size());
}

}  // namespace

int main(int argc, char** argv) {
  std::set<std::string> files;
  for (int i = 1; i < argc; ++i) {
    for (const auto& entry : std::filesystem::directory_iterator(argv[i])) {
      files.insert(entry.path().string());
    }
  }
  for (const std::string& file : files) {
    std::ifstream in(file, std::ios::binary);
    Replay({std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()});
  }
  std::printf("%zu seeds and their truncations\n", files.size());
  return files.empty() ? 2 : 0;
}

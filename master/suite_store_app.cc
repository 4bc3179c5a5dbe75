#include "master/suite_store_app.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <utility>
#include <vector>

#include "master/plan/file_reader.h"
#include "master/report/output_file.h"

namespace muster {
namespace {

constexpr size_t kMaxCellBytes = 4 << 20;
constexpr size_t kShownBytes = 300;
constexpr size_t kShownLines = 3;
constexpr int64_t kSearchedBytes = 4 << 10;
constexpr int64_t kKeptLogBytes = 64 << 10;

// The last bytes of a file, at most `most`.
std::string EndOf(const std::string& path, int64_t most) {
  std::ifstream file(path, std::ios::ate | std::ios::binary);
  const auto size = static_cast<int64_t>(file.tellg());
  if (size <= 0) return "";
  file.seekg(std::max<int64_t>(0, size - most));
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

}  // namespace

StatusOr<SuiteStore> SuiteStore::Open(const std::string& folder) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) {
    return InvalidArgument("can't make the results folder " + folder + ": " + error.message());
  }
  const std::string path = folder + "/.lock";
  const int lock = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (lock < 0) {
    return InvalidArgument("can't write to the results folder " + folder + ": " +
                           std::strerror(errno));
  }
  if (::flock(lock, LOCK_EX | LOCK_NB) != 0) {
    ::close(lock);
    return InvalidArgument("the results folder " + folder + " is in use by another suite");
  }
  return SuiteStore(folder, lock);
}

SuiteStore::SuiteStore(SuiteStore&& other) noexcept
    : folder_(std::move(other.folder_)), lock_(std::exchange(other.lock_, -1)) {}

SuiteStore::~SuiteStore() {
  if (lock_ >= 0) ::close(lock_);
}

CellFiles SuiteStore::FilesOf(const SuiteSpec& suite, const SuiteCell& cell) const {
  const std::string stem = folder_ + "/" + suite.plans[cell.plan].name + "/" +
                           suite.targets[cell.target].name + "." + std::to_string(cell.repeat);
  return {stem + ".json", stem + ".result.json", stem + ".run.log", stem + ".target.log"};
}

Status SuiteStore::Prepare(const CellFiles& files) const {
  std::error_code error;
  std::filesystem::create_directories(std::filesystem::path(files.record).parent_path(), error);
  if (error) return InvalidArgument("can't write to " + folder_ + ": " + error.message());
  for (const std::string* file :
       {&files.record, &files.result, &files.run_log, &files.target_log}) {
    std::filesystem::remove(*file, error);
  }
  return absl::OkStatus();
}

std::optional<CellRecord> SuiteStore::Kept(const SuiteSpec& suite, const SuiteCell& cell) const {
  const auto text = ReadWholeFile(FilesOf(suite, cell).record, kMaxCellBytes);
  if (!text.ok()) return std::nullopt;
  auto record = ReadCell(*text);
  if (!record.ok()) return std::nullopt;
  return *std::move(record);
}

Status SuiteStore::Keep(const CellFiles& files, const CellRecord& record) const {
  ASSIGN_OR_RETURN(OutputFile file, OutputFile::Open(files.record));
  return file.Write(CellJson(record));
}

std::string LastLines(const std::string& path) {
  std::istringstream file(EndOf(path, kSearchedBytes));
  std::vector<std::string> lines;
  for (std::string line; std::getline(file, line);) {
    if (line.find_first_not_of(" \t\r") != std::string::npos) lines.push_back(line);
  }
  std::string text;
  for (size_t i = lines.size() - std::min(lines.size(), kShownLines); i < lines.size(); ++i) {
    text += (text.empty() ? "" : " | ") + lines[i];
  }
  return text.size() <= kShownBytes ? text : "..." + text.substr(text.size() - kShownBytes);
}

void TrimLog(const std::string& path) {
  std::error_code error;
  const auto size = std::filesystem::file_size(path, error);
  if (error || size <= kKeptLogBytes) return;
  const std::string end = EndOf(path, kKeptLogBytes);
  std::ofstream(path, std::ios::trunc) << end;
}

}  // namespace muster

#include "master/report/output_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <utility>

#include "common/base/check.h"

namespace muster {
namespace {

Status Failed(const std::string& path, const std::string& what, int error) {
  return FailedPrecondition("can't " + what + " '" + path + "': " + std::strerror(error));
}

Status WriteAll(int fd, const std::string& text, const std::string& path) {
  size_t done = 0;
  while (done < text.size()) {
    const ssize_t n = ::write(fd, text.data() + done, text.size() - done);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return Failed(path, "write", errno);
    done += static_cast<size_t>(n);
  }
  return absl::OkStatus();
}

}  // namespace

StatusOr<OutputFile> OutputFile::Open(const std::string& given) {
  if (given.empty())
    return InvalidArgument("an output file needs a name, or - for standard output");
  if (given == "-" || given == "/dev/stdout") return OutputFile("-", "", STDOUT_FILENO);
  std::string path = given;
  struct stat found {};
  if (::stat(path.c_str(), &found) == 0) {
    if (S_ISDIR(found.st_mode)) return Failed(path, "write", EISDIR);
    if (::access(path.c_str(), W_OK) != 0) return Failed(path, "write", errno);
    // A device, a pipe or an open descriptor (/dev/stdout) is written in place: a rename would
    // replace it by a file.
    if (!S_ISREG(found.st_mode) || given.rfind("/dev/", 0) == 0 || given.rfind("/proc/", 0) == 0) {
      const int fd = ::open(path.c_str(), O_WRONLY | O_CLOEXEC | O_NONBLOCK);
      if (fd < 0) return Failed(path, "write", errno);
      ::fcntl(fd, F_SETFL, ::fcntl(fd, F_GETFL) & ~O_NONBLOCK);
      return OutputFile(path, "", fd);
    }
    // What a link leads to is replaced, not the link.
    const std::unique_ptr<char, decltype(&std::free)> real(::realpath(path.c_str(), nullptr),
                                                           &std::free);
    if (real) path = real.get();
  }
  const std::string temporary = path + ".part-" + std::to_string(::getpid());
  const int fd = ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (fd < 0) return Failed(path, "write", errno);
  return OutputFile(path, temporary, fd);
}

OutputFile::OutputFile(OutputFile&& other) noexcept
    : path_(std::move(other.path_)),
      temporary_(std::exchange(other.temporary_, "")),
      fd_(std::exchange(other.fd_, -1)) {}

OutputFile& OutputFile::operator=(OutputFile&& other) noexcept {
  if (this == &other) return *this;
  Discard();
  path_ = std::move(other.path_);
  temporary_ = std::exchange(other.temporary_, "");
  fd_ = std::exchange(other.fd_, -1);
  return *this;
}

OutputFile::~OutputFile() { Discard(); }

void OutputFile::Discard() {
  if (fd_ >= 0 && fd_ != STDOUT_FILENO) ::close(fd_);
  fd_ = -1;
  if (!temporary_.empty()) ::unlink(temporary_.c_str());
  temporary_.clear();
}

Status OutputFile::Write(const std::string& text) {
  CHECK_GE(fd_, 0) << path_;
  const int fd = std::exchange(fd_, -1);
  if (fd == STDOUT_FILENO) return WriteAll(fd, text, "standard output");
  Status status = WriteAll(fd, text, path_);
  if (status.ok() && !temporary_.empty() && ::fsync(fd) != 0)
    status = Failed(path_, "write", errno);
  if (::close(fd) != 0 && status.ok()) status = Failed(path_, "write", errno);
  if (status.ok() && !temporary_.empty() && ::rename(temporary_.c_str(), path_.c_str()) != 0) {
    status = Failed(path_, "rename to", errno);
  }
  if (status.ok()) temporary_.clear();
  Discard();
  return status;
}

}  // namespace muster

#include "master/plan/file_reader.h"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>

namespace muster {
namespace {

Status Failed(const std::string& path, const std::string& reason) {
  return InvalidArgument("cannot read '" + path + "': " + reason);
}

StatusOr<std::string> ReadStream(std::FILE* file, const std::string& path, size_t max_bytes) {
  std::string text;
  char chunk[64 * 1024];
  while (const size_t got = std::fread(chunk, 1, sizeof chunk, file)) {
    text.append(chunk, got);
    if (text.size() > max_bytes) {
      return Failed(path, "larger than " + std::to_string(max_bytes) + " bytes");
    }
  }
  if (std::ferror(file) != 0) return Failed(path, std::strerror(errno));
  return text;
}

}  // namespace

StatusOr<std::string> ReadWholeFile(const std::string& path, size_t max_bytes) {
  if (path == "-") return ReadStream(stdin, "<stdin>", max_bytes);
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "rb"),
                                                             &std::fclose);
  if (file == nullptr) return Failed(path, std::strerror(errno));
  return ReadStream(file.get(), path, max_bytes);
}

}  // namespace muster

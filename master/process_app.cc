#include "master/process_app.h"

#include <langinfo.h>
#include <spdlog/spdlog.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <fstream>
#include <string_view>

namespace muster {

TextOptions OptionsFor(int fd, ColorMode color) {
  TextOptions options;
  const bool tty = isatty(fd) != 0;
  // https://no-color.org: set, and not empty.
  const bool wanted = tty && Variable("NO_COLOR").empty() && Variable("TERM") != "dumb";
  options.color = color == ColorMode::kAlways || (color == ColorMode::kAuto && wanted);
  options.unicode = std::string_view(nl_langinfo(CODESET)) == "UTF-8";
  winsize size{};
  options.width = tty && ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col >= 40 ? size.ws_col : 100;
  return options;
}

WallTime WallNow() {
  return WallTime::FromNanos(std::chrono::duration_cast<std::chrono::nanoseconds>(
                                 std::chrono::system_clock::now().time_since_epoch())
                                 .count());
}

MonoTime MonoNow() {
  return MonoTime::FromNanos(std::chrono::duration_cast<std::chrono::nanoseconds>(
                                 std::chrono::steady_clock::now().time_since_epoch())
                                 .count());
}

void AppendJobSummary(const std::string& markdown) {
  const std::string path = Variable("GITHUB_STEP_SUMMARY");
  if (path.empty()) return;
  std::ofstream file(path, std::ios::app);
  file << markdown << std::flush;
  if (!file) spdlog::warn("can't append the summary to GITHUB_STEP_SUMMARY, {}", path);
}

std::string Variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

}  // namespace muster

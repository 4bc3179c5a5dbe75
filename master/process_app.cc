#include "master/process_app.h"

#include <langinfo.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
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

std::string Variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

}  // namespace muster

#include "master/progress_app.h"

#include <poll.h>
#include <spdlog/spdlog.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdio>
#include <utility>

#include "master/process_app.h"

namespace muster {
namespace {

constexpr Duration kNewsEvery = Duration::Seconds(1);

bool TakesMore(int fd) {
  pollfd ready{.fd = fd, .events = POLLOUT, .revents = 0};
  return poll(&ready, 1, 0) == 1 && (ready.revents & POLLOUT) != 0;
}

winsize SizeOf(int fd) {
  winsize size{};
  if (ioctl(fd, TIOCGWINSZ, &size) != 0) size = {};
  return size;
}

}  // namespace

Progress::Progress(const RunOptions& options, const TextOptions& text)
    : options_(options),
      text_(text),
      terminal_(!options.quiet && options.progress > Duration() && isatty(STDERR_FILENO) != 0 &&
                Variable("TERM") != "dumb"),
      resumed_(keyboard_.resumed()) {}

void Progress::Line(const std::string& line) {
  if (!options_.log_file.empty()) spdlog::info("{}", line);
  if (options_.quiet) return;
  Erase();
  std::fprintf(stderr, "muster: %s\n", line.c_str());
}

void Progress::Announce(const std::string& line) {
  Erase();
  std::fprintf(stderr, "muster: %s\n", line.c_str());
}

LiveWish Progress::Keys(MonoTime now) {
  LiveWish wish = LiveWish::kNothing;
  if (!terminal_) return wish;
  for (const char key : keyboard_.Read()) {
    const LiveWish next = keys_.Press(key, now);
    if (next != LiveWish::kNothing) wish = next;
  }
  return wish;
}

bool Progress::Due(MonoTime now) const {
  if (options_.quiet || options_.progress <= Duration()) return false;
  if (!shown_ || now >= next_news_ || now >= next_line_) return true;
  return terminal_ && Keyboard::InForeground(STDERR_FILENO);
}

void Progress::Show(const LiveSnapshot& live, MonoTime now) {
  if (!std::exchange(shown_, true)) next_line_ = now + options_.progress;
  if (std::exchange(resumed_, keyboard_.resumed()) != resumed_) block_.clear();
  if (terminal_ && Keyboard::InForeground(STDERR_FILENO)) {
    ShowBlock(live, now);
  } else {
    block_.clear();  // what the shell has printed since is not to be gone back over
    ShowLines(live, now);
  }
}

void Progress::ShowBlock(const LiveSnapshot& live, MonoTime now) {
  if (!TakesMore(STDERR_FILENO)) return;
  LiveScreen screen{.text = text_,
                    .keys = keyboard_.listening(),
                    .help = keys_.help(),
                    .confirming = keys_.confirming(now),
                    .holds = holds_};
  // Asked each time, which follows every change of size.
  const winsize size = SizeOf(STDERR_FILENO);
  if (size.ws_col > 0) screen.text.width = text_.width = size.ws_col;
  screen.height = size.ws_row;
  LiveBlock block = RenderLiveBlock(live, screen, block_);
  std::fwrite(block.text.data(), 1, block.text.size(), stderr);
  block_ = std::move(block.widths);
}

void Progress::ShowLines(const LiveSnapshot& live, MonoTime now) {
  std::string text;
  if (now >= next_news_) {
    for (const std::string& line : news_.Take(live, text_)) text += line + "\n";
    next_news_ = now + kNewsEvery;
  }
  if (now >= next_line_) {
    text += RenderLiveLine(live, text_);
    next_line_ = now + options_.progress;
  }
  if (!text.empty()) std::fwrite(text.data(), 1, text.size(), stderr);
}

void Progress::Erase() {
  if (block_.empty()) return;
  const winsize size = SizeOf(STDERR_FILENO);
  const size_t width = size.ws_col > 0 ? size.ws_col : text_.width;
  const std::string text = EraseLiveBlock(std::exchange(block_, {}), width);
  std::fwrite(text.data(), 1, text.size(), stderr);
}

void Progress::Close() {
  if (!terminal_ || Keyboard::InForeground(STDERR_FILENO)) Erase();
  block_.clear();
  keyboard_.Close();
}

}  // namespace muster

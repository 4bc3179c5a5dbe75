// A run in progress as text: a block that redraws itself on a terminal, or plain lines for a log.
// Pure functions of a snapshot; the caller writes the text to standard error in one piece and
// remembers what it wrote.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "master/report/text_style.h"
#include "master/results/live.h"

namespace muster {

// The terminal and what was typed on it.
struct LiveScreen {
  TextOptions text{};       // width: of the terminal, 1 at least
  size_t height = 0;        // of the terminal; 0: unknown
  bool keys = false;        // they are listened to
  bool help = false;        // say what they do
  bool confirming = false;  // one more `s` stops the run
  bool holds = false;       // `h` holds the load
};

struct LiveBlock {
  std::string text;            // with the codes that go back over the block before
  std::vector<size_t> widths;  // of its lines, in columns
};

// `before`: widths of the block that this one replaces; empty for the first. No line reaches the
// terminal's last column, and there is at least one row left below, so that the block never scrolls
// by itself: what matters least is left out.
LiveBlock RenderLiveBlock(const LiveSnapshot& live, const LiveScreen& screen,
                          const std::vector<size_t>& before);
// Goes back over the last block and clears it, before other lines or the end's report.
std::string EraseLiveBlock(const std::vector<size_t>& before, size_t width);

// One line with a line end, without codes.
std::string RenderLiveLine(const LiveSnapshot& live, const TextOptions& options);

}  // namespace muster

// A run in progress as text: a block that redraws itself on a terminal, or one plain line for a
// log. Pure functions of a snapshot; the caller writes the text to standard error and remembers the
// height.
#pragma once

#include <cstddef>
#include <string>

#include "master/report/text_style.h"
#include "master/results/live.h"

namespace muster {

struct LiveBlock {
  std::string text;  // with the codes that go back over the block before and clear what it leaves
  size_t lines = 0;  // its height: `previous_lines` of the next one
};

// `previous_lines`: height of the block that this one replaces; 0 for the first. No line is wider
// than the terminal, so that the height is what it says.
LiveBlock RenderLiveBlock(const LiveSnapshot& live, const TextOptions& options,
                          size_t previous_lines);
// Goes back over the last block and clears it, before the end's report.
std::string EraseLiveBlock(size_t previous_lines);
// One line with a line end, without codes.
std::string RenderLiveLine(const LiveSnapshot& live, const TextOptions& options);

}  // namespace muster

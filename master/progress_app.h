// Progress: a run in progress on standard error. On a terminal, a block that is redrawn at every
// tick and the keys that go with it; else, and in the background of a terminal, plain lines: one an
// interval, and one for each thing that is new. Decides where and when, not what (report/live_*).
//
// Owner: the run thread. The options outlive it. Limits: a terminal that takes no more misses
// blocks, and nothing waits for it.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "common/time/time.h"
#include "master/keyboard_app.h"
#include "master/plan/flags.h"
#include "master/report/live_keys.h"
#include "master/report/live_news.h"
#include "master/report/live_view.h"

namespace muster {

class Progress {
 public:
  static constexpr Duration kTick = Duration::Millis(200);

  // `text`: what standard error wants.
  Progress(const RunOptions& options, const TextOptions& text);

  // A line of its own.
  void Line(const std::string& line);
  // One that a script waits for: printed even when quiet.
  void Announce(const std::string& line);

  // Says that `h` holds the load, where keys are named.
  void OfferHold() { holds_ = true; }
  // At every tick of a run that is on: what was asked for by keys since the one before.
  LiveWish Keys(MonoTime now);
  // It is drawn on a terminal, rather than printed line by line.
  bool draws() const { return terminal_; }
  // Something is to be shown.
  bool Due(MonoTime now) const;
  void Show(const LiveSnapshot& live, MonoTime now);
  // Takes the block away and gives the terminal back.
  void Close();

 private:
  void Erase();
  void ShowBlock(const LiveSnapshot& live, MonoTime now);
  void ShowLines(const LiveSnapshot& live, MonoTime now);

  const RunOptions& options_;
  TextOptions text_;
  const bool terminal_;  // standard error is one that blocks may be drawn on
  bool shown_ = false;   // Show was called
  bool holds_ = false;
  MonoTime next_line_, next_news_;
  Keyboard keyboard_;
  LiveKeys keys_;
  LiveNews news_;
  int resumed_ = 0;
  std::vector<size_t> block_;  // widths of the lines of the block on the screen
};

}  // namespace muster

// LiveKeys: what the keys of the live view ask for. Decides which key means what, and that stopping
// takes two presses. Reads no terminal and no clock. Owner: the run thread.
#pragma once

#include <optional>

#include "common/time/time.h"

namespace muster {

enum class LiveWish : uint8_t { kNothing, kDrain, kStop, kHold };  // kHold: or to go on

class LiveKeys {
 public:
  static constexpr Duration kConfirmWithin = Duration::Seconds(2);

  // `key`: one byte of what was typed. What means nothing is ignored, and takes a first `s` back.
  LiveWish Press(char key, MonoTime now);

  bool help() const { return help_; }  // `?` turns it on and off
  // An `s` was pressed, and a second one would stop.
  bool confirming(MonoTime now) const { return asked_ && now - *asked_ <= kConfirmWithin; }

 private:
  bool help_ = false;
  std::optional<MonoTime> asked_;  // when the first `s` came
};

}  // namespace muster

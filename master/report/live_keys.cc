#include "master/report/live_keys.h"

namespace muster {

LiveWish LiveKeys::Press(char key, MonoTime now) {
  const bool confirmed = confirming(now);
  asked_.reset();
  switch (key) {
    case '?':
      help_ = !help_;
      return LiveWish::kNothing;
    case 'd':
      return LiveWish::kDrain;
    case 'h':
      return LiveWish::kHold;
    case 's':
      if (confirmed) return LiveWish::kStop;
      asked_ = now;
      return LiveWish::kNothing;
    default:
      return LiveWish::kNothing;
  }
}

}  // namespace muster

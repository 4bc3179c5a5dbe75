#include "master/capacity/level.h"

namespace muster {

const char* NameOf(LevelPurpose purpose) {
  switch (purpose) {
    case LevelPurpose::kClimb:
      return "climb";
    case LevelPurpose::kBisect:
      return "bisect";
    case LevelPurpose::kHold:
      return "hold";
    case LevelPurpose::kConfirm:
      return "confirm";
    case LevelPurpose::kBeyond:
      return "beyond";
  }
  return "";
}

}  // namespace muster

#include "master/report/headline.h"

namespace muster {

Headline HeadlineOf(Outcome outcome) {
  switch (outcome) {
    case Outcome::kPassed:
      return {"PASSED", Style::kGood};
    case Outcome::kThresholdFailed:
      return {"FAILED", Style::kBad};
    case Outcome::kGeneratorLimited:
      return {"GENERATOR-LIMITED", Style::kWarn};
    case Outcome::kIncomplete:
      return {"INCOMPLETE", Style::kBad};
    case Outcome::kInterrupted:
      return {"INTERRUPTED", Style::kWarn};
    case Outcome::kInternalError:
      return {"INTERNAL ERROR", Style::kBad};
  }
  return {"INTERNAL ERROR", Style::kBad};
}

std::string FirstLine(const TextStyle& style, const FirstLineParts& parts) {
  const std::string left = style.Paint(parts.headline.style, parts.headline.word) + "  " +
                           style.Paint(Style::kBold, style.Clean(parts.name)) + style.dot() +
                           parts.answer + style.dot() + "exit " + std::to_string(parts.exit_code);
  const std::string right = style.Paint(Style::kDim, parts.right);
  const size_t used = TextWidth(left) + TextWidth(right);
  if (used + 2 > style.options().width) return left + "\n  " + right + "\n";
  return left + std::string(style.options().width - used, ' ') + right + "\n";
}

}  // namespace muster

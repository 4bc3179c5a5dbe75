#include "common/plan/threshold_scanner.h"

namespace muster {
namespace {

bool IsBlank(char c) { return c == ' ' || c == '\t'; }
bool IsWordChar(char c) {
  return (c >= '0' && c <= '9') || c == '_' || c == '.' || (c >= 'a' && c <= 'z') ||
         (c >= 'A' && c <= 'Z');
}

std::string_view Trimmed(std::string_view text) {
  while (!text.empty() && IsBlank(text.front())) text.remove_prefix(1);
  while (!text.empty() && IsBlank(text.back())) text.remove_suffix(1);
  return text;
}

}  // namespace

std::string_view ThresholdScanner::TrimmedText() const { return Trimmed(text_); }

Status ThresholdScanner::Fail(size_t at, const std::string& what) const {
  return InvalidArgument("column " + std::to_string(at + 1) + ": " + what);
}

Status ThresholdScanner::Expected(const std::string& what) const {
  const std::string found = pos_ < text_.size()
                                ? "found \"" + std::string(text_.substr(pos_, 1)) + "\""
                                : "found the end of the threshold";
  return Fail(pos_, "expected " + what + ", " + found);
}

void ThresholdScanner::SkipSpace() {
  while (pos_ < text_.size() && IsBlank(text_[pos_])) ++pos_;
}

bool ThresholdScanner::Accept(char c) {
  SkipSpace();
  if (pos_ >= text_.size() || text_[pos_] != c) return false;
  ++pos_;
  return true;
}

template <typename Fits>
std::string_view ThresholdScanner::While(Fits&& fits, size_t* at) {
  SkipSpace();
  *at = pos_;
  while (pos_ < text_.size() && fits(text_[pos_])) ++pos_;
  return text_.substr(*at, pos_ - *at);
}

std::string_view ThresholdScanner::Word(size_t* at) { return While(IsWordChar, at); }

std::string_view ThresholdScanner::NextWord(size_t* at) {
  return While([](char c) { return !IsBlank(c); }, at);
}

std::string_view ThresholdScanner::Run(std::string_view set, size_t* at) {
  return While([&](char c) { return set.find(c) != std::string_view::npos; }, at);
}

Status ThresholdScanner::Value(std::string* value) {
  if (Accept('"')) return QuotedValue(value);
  int depth = 0;
  size_t at = 0;
  const auto inside = [&](char c) {
    if (depth == 0 && (c == ',' || c == '}')) return false;
    depth += c == '{' ? 1 : c == '}' ? -1 : 0;
    return true;
  };
  *value = std::string(Trimmed(While(inside, &at)));
  return value->empty() ? Fail(at, "expected a value") : absl::OkStatus();
}

Status ThresholdScanner::QuotedValue(std::string* value) {
  const size_t at = pos_ - 1;
  while (pos_ < text_.size() && text_[pos_] != '"') {
    if (text_[pos_] == '\\') ++pos_;
    if (pos_ < text_.size()) value->push_back(text_[pos_++]);
  }
  if (pos_ >= text_.size()) return Fail(at, "the quoted value has no end");
  ++pos_;
  return value->empty() ? Fail(at, "expected a value") : absl::OkStatus();
}

}  // namespace muster

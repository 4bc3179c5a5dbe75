// Walks a threshold's text from left to right: words, marks, values, and errors with their column.
// What the words mean is threshold.cc's. Blanks between parts are skipped.
//
// Lives no longer than the text. One owner.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "common/base/status.h"

namespace muster {

class ThresholdScanner {
 public:
  explicit ThresholdScanner(std::string_view text) : text_(text) {}

  // Without blanks at its ends.
  std::string_view TrimmedText() const;
  // Of the next character, from 0.
  size_t position() const { return pos_; }
  // Requires a position that was passed.
  void GoBack(size_t position) { pos_ = position; }

  // "column N: what", N from 1.
  Status Fail(size_t at, const std::string& what) const;
  // The same where the scanner stands, with what was found there.
  Status Expected(const std::string& what) const;

  // Steps over `c` if it is next.
  bool Accept(char c);
  // What is next, perhaps nothing; `*at` is where it begins: letters, digits, '_' and '.';
  std::string_view Word(size_t* at);
  // ... everything up to a blank;
  std::string_view NextWord(size_t* at);
  // ... characters out of `set`.
  std::string_view Run(std::string_view set, size_t* at);
  // The value of a filter. A bare one runs to the next ',' or '}' outside braces of its own, as in
  // /users/{id}; a quoted one may hold them, and \" and \\. Never empty.
  Status Value(std::string* value);

 private:
  void SkipSpace();
  template <typename Fits>
  std::string_view While(Fits&& fits, size_t* at);
  Status QuotedValue(std::string* value);

  std::string_view text_;
  size_t pos_ = 0;
};

}  // namespace muster

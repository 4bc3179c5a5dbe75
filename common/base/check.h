// CHECK: our own bugs stop the program, in release builds too. Never for input from outside (that
// is an absl::Status) and never for a request's HTTP outcome (that is counted data).
#pragma once

#include <sstream>
#include <string>

namespace muster {

// Prints "CHECK failed: ... file:line" with the detail to standard error and aborts.
[[noreturn]] void CheckFailed(const char* expression, const char* file, int line,
                              const std::string& detail);

// Collects `CHECK(x) << "detail"`; aborts when it goes out of scope.
class CheckMessage {
 public:
  CheckMessage(const char* expression, const char* file, int line)
      : expression_(expression), file_(file), line_(line) {}
  CheckMessage(const CheckMessage&) = delete;
  CheckMessage& operator=(const CheckMessage&) = delete;
  [[noreturn]] ~CheckMessage() { CheckFailed(expression_, file_, line_, stream_.str()); }
  std::ostream& stream() { return stream_; }

 private:
  const char* expression_;
  const char* file_;
  int line_;
  std::ostringstream stream_;
};

}  // namespace muster

#define MUSTER_CHECK_STREAM(condition, text) \
  while (!(condition)) ::muster::CheckMessage(text, __FILE__, __LINE__).stream()
#define CHECK(condition) MUSTER_CHECK_STREAM((condition), #condition)
#define CHECK_OP(a, op, b) \
  MUSTER_CHECK_STREAM((a)op(b), #a " " #op " " #b) << " (" << (a) << " vs " << (b) << ") "
#define CHECK_EQ(a, b) CHECK_OP(a, ==, b)
#define CHECK_NE(a, b) CHECK_OP(a, !=, b)
#define CHECK_LE(a, b) CHECK_OP(a, <=, b)
#define CHECK_LT(a, b) CHECK_OP(a, <, b)
#define CHECK_GE(a, b) CHECK_OP(a, >=, b)
#define CHECK_GT(a, b) CHECK_OP(a, >, b)

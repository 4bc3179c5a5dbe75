// Status helpers: macros that pass an error on, and makers that take std::string (Debian's Abseil
// has its own string_view, to which std::string_view does not convert).
#pragma once

#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace muster {

using absl::Status;
using absl::StatusOr;

inline Status InvalidArgument(const std::string& text) { return absl::InvalidArgumentError(text); }
inline Status NotFound(const std::string& text) { return absl::NotFoundError(text); }
inline Status FailedPrecondition(const std::string& text) {
  return absl::FailedPreconditionError(text);
}
inline Status Unavailable(const std::string& text) { return absl::UnavailableError(text); }
inline Status DataLoss(const std::string& text) { return absl::DataLossError(text); }
inline std::string Message(const Status& status) { return std::string(status.message()); }

}  // namespace muster

#define MUSTER_CONCAT_(a, b) a##b
#define MUSTER_CONCAT(a, b) MUSTER_CONCAT_(a, b)

// Returns the status of `expr` from the calling function unless it is OK.
#define RETURN_IF_ERROR(expr)                        \
  do {                                               \
    ::muster::Status muster_status_ = (expr);        \
    if (!muster_status_.ok()) return muster_status_; \
  } while (false)

// ASSIGN_OR_RETURN(auto x, F()): x = *F(), or returns F()'s error.
#define ASSIGN_OR_RETURN(lhs, expr) \
  ASSIGN_OR_RETURN_IMPL(MUSTER_CONCAT(muster_status_or_, __LINE__), lhs, expr)
#define ASSIGN_OR_RETURN_IMPL(tmp, lhs, expr) \
  auto tmp = (expr);                          \
  if (!tmp.ok()) return tmp.status();         \
  lhs = std::move(tmp).value()

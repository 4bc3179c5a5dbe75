// FieldCheck: turns numbers and texts from the network into bounded values, and keeps the first
// violation with the name of its field. For the codecs of this folder; one per message, one owner.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "common/time/time.h"

namespace muster {

class FieldCheck {
 public:
  // Longer than any run: bounds durations so that adding a few of them can't overflow.
  static constexpr int64_t kMaxDurationNs = int64_t{366} * 24 * 3600 * 1'000'000'000;

  static constexpr int64_t kMaxInstantNs = int64_t{1} << 61;

  // `where` prefixes every error: "plan", "batch".
  explicit FieldCheck(std::string where) : where_(std::move(where)) {}

  bool ok() const { return status_.ok(); }
  const Status& status() const { return status_; }
  void Refuse(const char* field, const std::string& what) {
    if (status_.ok()) status_ = InvalidArgument(absl::StrCat(where_, ": ", field, " ", what));
  }

  // `value` if it lies in [low, high]; otherwise an error, and `low`.
  template <typename To, std::integral From>
  To Number(From value, To low, To high, const char* field) {
    if (std::cmp_greater_equal(value, low) && std::cmp_less_equal(value, high)) {
      return static_cast<To>(value);
    }
    Refuse(field, absl::StrCat(value, " is not in ", low, "..", high));
    return low;
  }
  // The enumerator of number `value`, the enum having `count` of them from 0 on.
  template <typename Enum, std::integral From>
  Enum Enumerator(From value, size_t count, const char* field) {
    return static_cast<Enum>(Number<uint64_t>(value, 0, count - 1, field));
  }
  Duration Span(int64_t nanos, const char* field) {
    return Duration::Nanos(Number<int64_t>(nanos, 0, kMaxDurationNs, field));
  }
  // A point in time, or a difference of clocks, that can be subtracted from another one.
  int64_t Instant(int64_t nanos, const char* field) {
    return Number<int64_t>(nanos, -kMaxInstantNs, kMaxInstantNs, field);
  }
  void AtMost(size_t size, size_t limit, const char* field) {
    if (size > limit) Refuse(field, absl::StrCat("has ", size, ", more than the limit of ", limit));
  }

 private:
  std::string where_;
  Status status_;
};

}  // namespace muster

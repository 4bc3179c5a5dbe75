#include "common/plan/threshold.h"

#include <array>
#include <optional>
#include <span>
#include <utility>

#include "common/base/nearest_key.h"
#include "common/plan/threshold_scanner.h"
#include "common/plan/units.h"

namespace muster {
namespace {

using Metric = Threshold::Metric;
using Op = Threshold::Op;

constexpr size_t kMaxLength = 1'000;
constexpr std::array<std::string_view, 9> kMetricWords = {
    "p99", "mean", "min", "max", "within", "error_rate", "not_started_rate", "rate", "count"};
constexpr std::string_view kTagPrefix = "tag.";
constexpr Duration kLongestWindow = Duration::Seconds(24 * 3600);
constexpr std::array<std::pair<std::string_view, Op>, 4> kOps = {
    {{"<", Op::kLess}, {"<=", Op::kLessEqual}, {">", Op::kGreater}, {">=", Op::kGreaterEqual}}};

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

std::string Quoted(std::string_view text) { return '"' + std::string(text) + '"'; }

// "; did you mean "x"?" when a known word is near, else the list of them.
std::string Suggestion(std::string_view word, std::span<const std::string_view> known) {
  const std::string nearest = NearestKey(word, known);
  if (!nearest.empty()) return "; did you mean " + Quoted(nearest) + "?";
  std::string list = "; expected one of";
  for (size_t i = 0; i < known.size(); ++i) list += (i == 0 ? " " : ", ") + std::string(known[i]);
  return list;
}

// "99.9" -> 99900; no value outside (0, 100] or beyond three decimals.
std::optional<uint32_t> PercentileMillis(std::string_view digits) {
  const size_t point = digits.find('.');
  const std::string_view whole = digits.substr(0, point);
  const std::string_view part =
      point == std::string_view::npos ? std::string_view() : digits.substr(point + 1);
  if (whole.empty() || whole.size() > 3 || part.size() > 3) return std::nullopt;
  if (point != std::string_view::npos && part.empty()) return std::nullopt;
  uint32_t value = 0;
  for (const std::string_view run : {whole, part}) {
    for (const char c : run) {
      if (!IsDigit(c)) return std::nullopt;
      value = value * 10 + static_cast<uint32_t>(c - '0');
    }
  }
  for (size_t i = part.size(); i < 3; ++i) value *= 10;
  if (value == 0 || value > 100'000) return std::nullopt;
  return value;
}

// Reads one threshold from left to right; every Parse* reads its part or fails with the column.
class ThresholdParser : private ThresholdScanner {
 public:
  explicit ThresholdParser(std::string_view text) : ThresholdScanner(text) {}

  StatusOr<Threshold> Parse() {
    threshold_.expression = std::string(TrimmedText());
    RETURN_IF_ERROR(ParseMetric());
    RETURN_IF_ERROR(ParseFilters());
    RETURN_IF_ERROR(ParseOp());
    RETURN_IF_ERROR(ParseLimit());
    RETURN_IF_ERROR(ParseSuffixes());
    return std::move(threshold_);
  }

 private:
  Status Open(std::string_view word, const std::string& inside) {
    if (Accept('(')) return absl::OkStatus();
    return Expected("\"(\" after " + std::string(word) + ", as in " + std::string(word) + inside);
  }
  Status Close() { return Accept(')') ? absl::OkStatus() : Expected("\")\""); }

  Status ParseMetric() {
    size_t at = 0;
    const std::string_view word = Word(&at);
    if (word.empty()) return Expected("a metric like p99(response), within(250ms) or error_rate");
    if (word == "error_rate") return SetMetric(Metric::kErrorRate);
    if (word == "not_started_rate") return SetMetric(Metric::kNotStartedRate);
    if (word == "rate") return SetMetric(Metric::kRate);
    if (word == "count") return ParseCount();
    if (word == "within") return ParseWithin();
    if (word == "mean") return ParseLatency(word, Metric::kMean);
    if (word == "min") return ParseLatency(word, Metric::kMin);
    if (word == "max") return ParseLatency(word, Metric::kMax);
    if (word[0] == 'p' && word.size() > 1 && IsDigit(word[1])) {
      const std::optional<uint32_t> millis = PercentileMillis(word.substr(1));
      if (!millis) {
        return Fail(at,
                    Quoted(word) +
                        " is no percentile: expected p50, p99 or p99.9, above 0, at most 100, with "
                        "at most three decimals");
      }
      threshold_.percentile_millis = *millis;
      return ParseLatency(word, Metric::kPercentile);
    }
    return Fail(at, "unknown metric " + Quoted(word) + Suggestion(word, kMetricWords));
  }

  Status SetMetric(Metric metric) {
    threshold_.metric = metric;
    return absl::OkStatus();
  }

  Status ParseLatency(std::string_view metric, Metric kind) {
    threshold_.metric = kind;
    RETURN_IF_ERROR(Open(metric, "(response)"));
    size_t at = 0;
    const std::string_view word = Word(&at);
    if (word.empty()) return Expected("a latency like response or service");
    size_t latency = 0;
    while (latency < kLatencyKinds && kLatencyNames[latency] != word) ++latency;
    if (latency == kLatencyKinds) {
      return Fail(at, "unknown latency " + Quoted(word) + Suggestion(word, kLatencyNames));
    }
    threshold_.latency = static_cast<LatencyKind>(latency);
    bool ok = false;
    if (Accept(',')) {
      ok = Word(&at) == "ok";
      if (!ok) return Fail(at, "expected \"ok\", as in p99(response, ok)");
    }
    // Only a percentile of the response has the not completed in it; everything else is of
    // completed ones alone.
    threshold_.ok_only =
        ok || kind != Metric::kPercentile || threshold_.latency != LatencyKind::kResponse;
    return Close();
  }

  Status ParseWithin() {
    threshold_.metric = Metric::kWithin;
    RETURN_IF_ERROR(Open("within", "(250ms)"));
    size_t at = 0;
    const std::string_view word = Word(&at);
    if (word.empty()) return Expected("a duration like 250ms");
    const StatusOr<Duration> duration = ParseDuration(word);
    if (!duration.ok()) return Fail(at, Message(duration.status()));
    if (duration->nanos() == 0) return Fail(at, "expected a duration above 0");
    threshold_.within = *duration;
    return Close();
  }

  Status ParseCount() {
    threshold_.metric = Metric::kCount;
    RETURN_IF_ERROR(Open("count", "(failed)"));
    size_t at = 0;
    const std::string_view word = Word(&at);
    if (word.empty()) return Expected("what to count, like failed");
    size_t count = 0;
    while (count < kCountNames.size() && kCountNames[count] != word) ++count;
    if (count == kCountNames.size()) {
      return Fail(at,
                  "nothing called " + Quoted(word) + " is counted" + Suggestion(word, kCountNames));
    }
    threshold_.count = static_cast<CountKind>(count);
    return Close();
  }

  Status ParseFilters() {
    if (!Accept('{')) return absl::OkStatus();
    do {
      size_t at = 0;
      const std::string_view key = Word(&at);
      if (key.empty()) return Expected("name=, stage=, worker= or a tag");
      RETURN_IF_ERROR(ParseFilter(key, at));
    } while (Accept(','));
    return Accept('}') ? absl::OkStatus() : Expected("\",\" or \"}\"");
  }

  Status ParseFilter(std::string_view key, size_t at) {
    std::string value;
    if (Accept(':')) {
      return Fail(position() - 1, "expected \"=\" after " + std::string(key) + ", as in " +
                                      std::string(key) + "=checkout");
    }
    if (!Accept('=')) return Expected("\"=\" after " + std::string(key));
    std::string* const reserved = key == "name"     ? &threshold_.name
                                  : key == "stage"  ? &threshold_.stage
                                  : key == "worker" ? &threshold_.group
                                                    : nullptr;
    const std::string_view tag = key.starts_with(kTagPrefix) ? key.substr(kTagPrefix.size()) : key;
    if (tag.empty()) return Fail(at, "expected the name of a tag after \"tag.\"");
    bool twice = reserved != nullptr && !reserved->empty();
    for (const Threshold::Tag& known : threshold_.tags) {
      twice = twice || (reserved == nullptr && known.first == tag);
    }
    if (twice) return Fail(at, Quoted(key) + " is given twice");
    RETURN_IF_ERROR(Value(&value));
    if (reserved != nullptr) {
      *reserved = std::move(value);
    } else {
      threshold_.tags.emplace_back(tag, std::move(value));
    }
    return absl::OkStatus();
  }

  Status ParseOp() {
    size_t at = 0;
    const std::string_view op = Run("<>=!", &at);
    if (op.empty()) return Expected("<, <=, > or >=");
    for (const auto& [word, value] : kOps) {
      if (word != op) continue;
      threshold_.op = value;
      return absl::OkStatus();
    }
    return Fail(at, "expected <, <=, > or >=, found " + Quoted(op));
  }

  Status ParseLimit() {
    size_t at = 0;
    const std::string_view word = NextWord(&at);
    if (word.empty()) return Expected(LimitExample());
    const StatusOr<double> limit = LimitOf(word);
    if (!limit.ok()) return Fail(at, Message(limit.status()));
    threshold_.limit = *limit;
    return absl::OkStatus();
  }

  // What may follow the limit: a window, or how sure it has to be.
  Status ParseSuffixes() {
    size_t at = 0;
    const std::string_view word = NextWord(&at);
    if (word.empty()) return absl::OkStatus();
    if (word == "over") {
      RETURN_IF_ERROR(ParseWindow(at));
    } else if (word == "with") {
      RETURN_IF_ERROR(ParseConfidence(at));
    } else if (word == "for") {
      return Fail(at, "\"for\" needs a window before it, as in over 10s for 30s");
    } else {
      return Fail(
          at, "expected \"over 10s\", \"with 95% confidence\" or the end, found " + Quoted(word));
    }
    const std::string_view rest = NextWord(&at);
    if (rest.empty()) return absl::OkStatus();
    return Fail(at, "expected the end of the threshold, found " + Quoted(rest));
  }

  StatusOr<Duration> ParseSpan(const std::string& after) {
    size_t at = 0;
    const std::string_view word = NextWord(&at);
    if (word.empty()) return Expected("a duration after " + after);
    const StatusOr<Duration> span = ParseDuration(word);
    if (!span.ok()) return Fail(at, Message(span.status()));
    if (*span <= Duration() || *span > kLongestWindow) {
      return Fail(at, "expected a duration above 0 and at most 24h");
    }
    return *span;
  }

  bool OfResponse() const {
    return threshold_.latency == LatencyKind::kResponse || !IsLatency(threshold_.metric);
  }

  Status ParseWindow(size_t at) {
    if (!OfResponse()) {
      return Fail(at, "a window knows response times alone, not " +
                          std::string(NameOf(kLatencyNames, threshold_.latency)));
    }
    ASSIGN_OR_RETURN(threshold_.window, ParseSpan("over"));
    const size_t before = position();
    if (NextWord(&at) != "for") {
      GoBack(before);
      return absl::OkStatus();
    }
    ASSIGN_OR_RETURN(threshold_.window_for, ParseSpan("for"));
    if (threshold_.window_for >= threshold_.window) return absl::OkStatus();
    return Fail(at, "\"for\" must not be shorter than the window");
  }

  Status ParseConfidence(size_t with) {
    const bool has_interval = threshold_.metric != Metric::kCount &&
                              (!IsLatency(threshold_.metric) ||
                               (threshold_.metric == Metric::kPercentile && OfResponse()));
    if (!has_interval) {
      return Fail(with,
                  "no interval is known for this metric, only for percentiles of the "
                  "response, shares and rates");
    }
    size_t at = 0;
    const std::string_view level = NextWord(&at);
    if (level != "95%") return Fail(at, "expected 95%, the one level that intervals are made for");
    if (NextWord(&at) != "confidence") return Fail(at, "expected \"confidence\"");
    threshold_.confident = true;
    return absl::OkStatus();
  }

  static bool IsLatency(Metric metric) {
    return metric == Metric::kPercentile || metric == Metric::kMean || metric == Metric::kMin ||
           metric == Metric::kMax;
  }

  std::string LimitExample() const {
    switch (threshold_.metric) {
      case Metric::kPercentile:
      case Metric::kMean:
      case Metric::kMin:
      case Metric::kMax:
        return "a duration like 250ms";
      case Metric::kWithin:
      case Metric::kErrorRate:
      case Metric::kNotStartedRate:
        return "a share like 99% or 0.99";
      case Metric::kRate:
        return "a rate like 1000/s";
      case Metric::kCount:
        return "a whole number";
    }
    return "a limit";
  }

  StatusOr<double> LimitOf(std::string_view word) const {
    switch (threshold_.metric) {
      case Metric::kPercentile:
      case Metric::kMean:
      case Metric::kMin:
      case Metric::kMax: {
        ASSIGN_OR_RETURN(const Duration duration, ParseDuration(word));
        return static_cast<double>(duration.nanos());
      }
      case Metric::kWithin:
      case Metric::kErrorRate:
      case Metric::kNotStartedRate:
        return ParseShare(word);
      case Metric::kRate: {
        ASSIGN_OR_RETURN(const Rate rate, ParseRate(word));
        return rate.per_second();
      }
      case Metric::kCount:
        break;
    }
    return CountOf(word);
  }

  static StatusOr<double> CountOf(std::string_view word) {
    constexpr size_t kExactDigits = 15;
    uint64_t value = 0;
    for (const char c : word) {
      if (!IsDigit(c) || word.size() > kExactDigits) {
        return InvalidArgument(Quoted(word) +
                               " is not a count: expected a whole number of at most 15 "
                               "digits");
      }
      value = value * 10 + static_cast<uint64_t>(c - '0');
    }
    return static_cast<double>(value);
  }

  Threshold threshold_;
};

}  // namespace

StatusOr<Threshold> ParseThreshold(std::string_view text) {
  if (text.size() > kMaxLength) {
    return InvalidArgument("column " + std::to_string(kMaxLength + 1) +
                           ": a threshold has at most 1000 characters");
  }
  return ThresholdParser(text).Parse();
}

}  // namespace muster

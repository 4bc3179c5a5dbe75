#include "master/store/summary_codec.h"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <concepts>
#include <limits>
#include <tuple>
#include <type_traits>

#include "common/stats/histogram_codec.h"
#include "master/store/cbor.h"

namespace muster {
namespace {

constexpr std::string_view kSummaryMagic = "MUSM";
constexpr char kFormatVersion = 1;
constexpr size_t kHeadBytes = 4 + 1 + 8;
// What adds and subtracts times stays far from overflow.
constexpr int64_t kFarthestNs = int64_t{1} << 61;
constexpr double kFarthest = 0x1p61;

// Calls fn("a, b", value.a, value.b) with all members of T in their order. The names are those of
// the structured binding, which doesn't compile with a member too many or too few.
#define MUSTER_MEMBERS(T, ...)                              \
  template <typename Value, typename Fn>                    \
  requires std::same_as<std::remove_const_t<Value>, T>      \
  void WithMembers(Value& muster_value_, Fn&& muster_fn_) { \
    auto& [__VA_ARGS__] = muster_value_;                    \
    muster_fn_(#__VA_ARGS__, __VA_ARGS__);                  \
  }

MUSTER_MEMBERS(Counts, due, not_started, started, finished, cut, requests_started, completed,
               load_completed, failed, failed_after_send, unexpected, bytes_sent, bytes_received,
               slow_connect, connects, tls_handshakes, tls_resumed, h2_goaways, idle_closed,
               unanswered, compressed, cached, other_fields, errors)
MUSTER_MEMBERS(LatencySummary, count, saturated, min_ns, mean_ns, max_ns, p50_ns, p90_ns, p95_ns,
               p99_ns, p999_ns, buckets, sum_ns)
MUSTER_MEMBERS(LatencyTable, by_kind, response_all)
MUSTER_MEMBERS(TimelineRow, start, end, due, not_started, started, completed, failed, unexpected,
               bytes_received, by_status_class, other_fields, in_flight, response)
MUSTER_MEMBERS(NameSummary, name, tags, counts, statuses, latency, rate_per_s, timeline, method)
MUSTER_MEMBERS(TagSummary, key, value, counts, statuses, latency, rate_per_s)
MUSTER_MEMBERS(StageSummary, name, from, to, measured)
MUSTER_MEMBERS(Finding, number, code, severity, text, evidence, advice)
MUSTER_MEMBERS(FirstSight, what, at, worker, request)
MUSTER_MEMBERS(RunEvent, at, text)
MUSTER_MEMBERS(SaturatedSpan, worker, from, to, red)
MUSTER_MEMBERS(Environment, command, plan_file, plan_text, host, kernel, cpu, cores)
MUSTER_MEMBERS(GeneratorHealth, handler_ns, span_ns, cpu_ns, run_queue_ns, throttled_ns, steal_ns,
               host_ns, listen_drops, memory_bytes, memory_limit_bytes, descriptors,
               descriptor_limit, time_wait, local_ports)
MUSTER_MEMBERS(WorkerSecond, lag_p99_ns, service_p50_ns, run_queue, throttled, steal, busy)
MUSTER_MEMBERS(WorkerSummary, name, state, due, started, completed, failed, batches, clock_offset,
               clock_error, busy, lag, completions, service_mean_ns, health, seconds, amber_seconds,
               red_seconds, worst, group)
MUSTER_MEMBERS(Loss, worker, from, to, first, last, at_most)
MUSTER_MEMBERS(Interval, low, high)
MUSTER_MEMBERS(Certainty, interval, borderline, optimistic, length_that_would_do)
MUSTER_MEMBERS(Threshold, metric, latency, percentile_millis, ok_only, within, count, name, stage,
               group, tags, op, limit, window, window_for, confident, abort, abort_after,
               expression, is_default)
MUSTER_MEMBERS(WorstWindow, from, to, observed, observed_text)
MUSTER_MEMBERS(ThresholdResult, threshold, observed, observed_text, passed, first_breach, certainty,
               worst_window, windows_decided, windows_passed_over, aborted_at, remark, where)
MUSTER_MEMBERS(Verdict, outcome, passed, complete, generator_limited, aborted, reasons)
MUSTER_MEMBERS(RunSummary, tool_version, id, name, plan_hash, load_hash, seed, started_at, duration,
               load_duration, model, target, asked, poisson, insecure_control, insecure_target,
               counts, iterations_in_flight, iterations_lost, requests_in_flight, requests_lost,
               statuses, rate_per_s, load_rate_per_s, asked_rate_per_s, latency, latency_failed,
               by_name, by_tag, timeline, stages, workers, saturated, losses, thresholds, verdict,
               exit_code, first_seen, events, findings, few_samples, environment, notes,
               books_balanced)

#undef MUSTER_MEMBERS

bool IsKnown(Outcome value) {
  constexpr Outcome kAll[] = {Outcome::kPassed,           Outcome::kThresholdFailed,
                              Outcome::kGeneratorLimited, Outcome::kIncomplete,
                              Outcome::kInterrupted,      Outcome::kInternalError};
  return std::find(std::begin(kAll), std::end(kAll), value) != std::end(kAll);
}
bool IsKnown(Severity value) { return value <= Severity::kNote; }
bool IsKnown(Threshold::Metric value) { return value <= Threshold::Metric::kCount; }
bool IsKnown(Threshold::Op value) { return value <= Threshold::Op::kGreaterEqual; }
bool IsKnown(LatencyKind value) { return static_cast<size_t>(value) < kLatencyKinds; }
bool IsKnown(CountKind value) { return static_cast<size_t>(value) < kCountNames.size(); }

template <typename T>
concept Time = requires(const T& t) {
  { t.nanos() } -> std::same_as<int64_t>;
};
template <typename T>
concept Pair = requires(const T& t) {
  t.first, t.second;
};
template <typename T>
concept List = requires(const T& t) {
  t.begin(), t.size();
}
&&!std::same_as<T, std::string>;
template <typename T>
concept FixedList = List<T> && requires {
  std::tuple_size<T>::value;
};
template <typename T>
concept Maybe = requires(const T& t) {
  t.has_value();
};

// "a, b" -> {"a", "b"}
template <size_t N>
std::array<std::string_view, N> SplitNames(std::string_view names) {
  std::array<std::string_view, N> split;
  for (std::string_view& name : split) {
    name = names.substr(0, names.find(','));
    names.remove_prefix(std::min(names.size(), name.size() + 1));
    names.remove_prefix(std::min(names.size(), names.find_first_not_of(' ')));
  }
  return split;
}

// --- to bytes

template <typename T>
void Put(const T& value, CborWriter& out) {
  if constexpr (std::same_as<T, bool>) {
    out.Bool(value);
  } else if constexpr (std::is_enum_v<T>) {
    out.Uint(static_cast<uint64_t>(value));
  } else if constexpr (std::same_as<T, Int128>) {
    out.List(2);
    out.Int(static_cast<int64_t>(value >> 64));
    out.Uint(static_cast<uint64_t>(value));
  } else if constexpr (std::is_floating_point_v<T>) {
    out.Double(value);
  } else if constexpr (std::is_unsigned_v<T>) {
    out.Uint(value);
  } else if constexpr (std::is_integral_v<T>) {
    out.Int(value);
  } else if constexpr (Time<T>) {
    out.Int(value.nanos());
  } else if constexpr (std::same_as<T, std::string>) {
    out.Bytes(value);  // names come out of plans: they need not be UTF-8
  } else if constexpr (std::same_as<T, StatusCounts>) {
    Put(value.entries(), out);
  } else if constexpr (Maybe<T>) {
    value ? Put(*value, out) : out.Null();
  } else if constexpr (List<T>) {
    out.List(value.size());
    for (const auto& item : value) Put(item, out);
  } else if constexpr (Pair<T>) {
    out.List(2);
    Put(value.first, out);
    Put(value.second, out);
  } else {
    WithMembers(value, [&](std::string_view names, const auto&... members) {
      const auto split = SplitNames<sizeof...(members)>(names);
      auto name = split.begin();
      out.Map(split.size());
      ((out.Text(*name++), Put(members, out)), ...);
    });
  }
}

// --- from bytes

// What Summarize made: else a reporter that asks for its histogram would find none.
void CheckLatency(const LatencySummary& latency, CborReader& in) {
  Histogram histogram;
  Status status = AddSparseCounts(latency.buckets, &histogram);
  if (status.ok() && histogram.count() > 0) {
    status = histogram.SetExact(latency.sum_ns, latency.min_ns.value_or(0),
                                latency.max_ns.value_or(0), latency.saturated);
  }
  if (!status.ok()) return in.Fail("buckets: " + Message(status));
  for (const auto& ns : {latency.min_ns, latency.mean_ns, latency.max_ns, latency.p50_ns,
                         latency.p90_ns, latency.p95_ns, latency.p99_ns, latency.p999_ns}) {
    if (ns.value_or(0) < 0) return in.Fail("a latency below 0");
  }
}

// Latencies, shares, rates and counts: what a threshold is about is never below 0, and is printed
// so.
void CheckThreshold(const ThresholdResult& result, CborReader& in) {
  Interval interval;
  if (result.certainty && result.certainty->interval) interval = *result.certainty->interval;
  const double worst = result.worst_window ? result.worst_window->observed.value_or(0) : 0;
  for (const double value :
       {result.threshold.limit, result.observed.value_or(0), interval.low, interval.high, worst}) {
    if (value < 0) return in.Fail("a figure below 0");
  }
}

template <typename T>
void Get(CborReader& in, T& value);

template <typename T>
void GetList(CborReader& in, T& value) {
  const size_t size = in.List();
  if constexpr (FixedList<T>) {
    // Items are only ever added at the end.
    if (size > value.size()) return in.Fail("more kinds than this version knows");
    for (size_t i = 0; i < size; ++i) Get(in, value[i]);
  } else {
    value.clear();
    for (size_t i = 0; i < size && in.ok(); ++i) Get(in, value.emplace_back());
  }
}

void GetStatuses(CborReader& in, StatusCounts& value) {
  std::vector<std::pair<uint16_t, uint64_t>> entries;
  GetList(in, entries);
  value.Clear();
  for (const auto& [status, count] : entries) {
    if (status < 100 || status > 599) return in.Fail("no status");
    value.Add(status, count);
  }
}

template <typename T>
void GetUnsigned(CborReader& in, T& value) {
  const uint64_t n = in.Uint();
  if (n > std::numeric_limits<T>::max()) return in.Fail("too large a number");
  value = static_cast<T>(n);
}

template <typename T>
void GetTime(CborReader& in, T& value) {
  const int64_t ns = in.Int();
  if (ns > kFarthestNs || ns < -kFarthestNs) return in.Fail("no time");
  if constexpr (std::same_as<T, Duration>) {
    value = Duration::Nanos(ns);
  } else {
    value = T::FromNanos(ns);
  }
}

template <typename T>
void GetMembers(CborReader& in, T& value) {
  WithMembers(value, [&](std::string_view names, auto&... members) {
    const auto split = SplitNames<sizeof...(members)>(names);
    const size_t pairs = in.Map();
    for (size_t i = 0; i < pairs && in.ok(); ++i) {
      const std::string_view key = in.Text();
      auto name = split.begin();
      const bool known = ((*name++ == key && (Get(in, members), true)) || ...);
      if (!known) in.Skip();
    }
  });
  if constexpr (std::same_as<T, LatencySummary>) CheckLatency(value, in);
  if constexpr (std::same_as<T, ThresholdResult>) CheckThreshold(value, in);
}

template <typename T>
void Get(CborReader& in, T& value) {
  if (!in.ok()) return;
  if constexpr (std::same_as<T, bool>) {
    value = in.Bool();
  } else if constexpr (std::is_enum_v<T>) {
    uint8_t number = 0;
    GetUnsigned(in, number);
    if (!IsKnown(static_cast<T>(number))) return in.Fail("a value that this version doesn't know");
    value = static_cast<T>(number);
  } else if constexpr (std::same_as<T, Int128>) {
    if (in.List() != 2) return in.Fail("no large number");
    const int64_t high = in.Int();
    // Sums of nanoseconds: nothing near the ends of the type.
    if (high > kFarthestNs || high < -kFarthestNs) return in.Fail("too large a number");
    value = static_cast<Int128>(high) * (static_cast<Int128>(1) << 64) + in.Uint();
  } else if constexpr (std::is_floating_point_v<T>) {
    value = in.Double();
    // Rounding one to a whole number stays defined.
    if (std::isnan(value) || (std::isfinite(value) && std::abs(value) > kFarthest)) {
      return in.Fail("no number");
    }
  } else if constexpr (std::is_unsigned_v<T>) {
    GetUnsigned(in, value);
  } else if constexpr (std::is_integral_v<T>) {
    const int64_t n = in.Int();
    if (n > std::numeric_limits<T>::max() || n < std::numeric_limits<T>::min()) {
      return in.Fail("too large a number");
    }
    value = static_cast<T>(n);
  } else if constexpr (Time<T>) {
    GetTime(in, value);
  } else if constexpr (std::same_as<T, std::string>) {
    value = std::string(in.Bytes());
  } else if constexpr (std::same_as<T, StatusCounts>) {
    GetStatuses(in, value);
  } else if constexpr (Maybe<T>) {
    value.reset();
    if (!in.TakeNull()) Get(in, value.emplace());
  } else if constexpr (List<T>) {
    GetList(in, value);
  } else if constexpr (Pair<T>) {
    if (in.List() != 2) return in.Fail("no pair");
    Get(in, value.first);
    Get(in, value.second);
  } else {
    GetMembers(in, value);
  }
}

StatusOr<std::string> Inflate(std::string_view packed, uint64_t size) {
  if (size > kMaxSummaryBytes) return DataLoss("it says that it is larger than any summary");
  std::string raw(size, '\0');
  uLongf length = size;
  const int result = uncompress(reinterpret_cast<Bytef*>(raw.data()), &length,
                                reinterpret_cast<const Bytef*>(packed.data()), packed.size());
  if (result != Z_OK || length != size) return DataLoss("its compressed bytes are damaged");
  return raw;
}

}  // namespace

StatusOr<std::string> EncodeSummary(const RunSummary& summary) {
  CborWriter out;
  Put(summary, out);
  const std::string& raw = out.bytes();
  if (raw.size() > kMaxSummaryBytes) {
    return InvalidArgument("its summary has " + std::to_string(raw.size()) + " bytes, more than " +
                           std::to_string(kMaxSummaryBytes));
  }
  uLongf length = compressBound(raw.size());
  std::string bytes(kHeadBytes + length, '\0');
  kSummaryMagic.copy(bytes.data(), kSummaryMagic.size());
  bytes[4] = kFormatVersion;
  for (size_t i = 0; i < 8; ++i) {
    bytes[5 + i] = static_cast<char>(uint64_t{raw.size()} >> (56 - 8 * i) & 0xff);
  }
  const int result = compress2(reinterpret_cast<Bytef*>(bytes.data() + kHeadBytes), &length,
                               reinterpret_cast<const Bytef*>(raw.data()), raw.size(), 6);
  if (result != Z_OK) return FailedPrecondition("can't compress the summary");
  bytes.resize(kHeadBytes + length);
  return bytes;
}

StatusOr<RunSummary> DecodeSummary(std::string_view bytes) {
  if (bytes.size() < kHeadBytes || !bytes.starts_with(kSummaryMagic))
    return DataLoss("it is no summary");
  if (bytes[4] > kFormatVersion) {
    return FailedPrecondition("it was written by a newer Muster (format " +
                              std::to_string(bytes[4]) + ", this one reads " +
                              std::to_string(kFormatVersion) + ")");
  }
  if (bytes[4] != kFormatVersion) return DataLoss("it is no summary");
  uint64_t size = 0;
  for (size_t i = 5; i < kHeadBytes; ++i) size = size << 8 | static_cast<unsigned char>(bytes[i]);
  ASSIGN_OR_RETURN(const std::string raw, Inflate(bytes.substr(kHeadBytes), size));
  CborReader in(raw);
  RunSummary summary;
  Get(in, summary);
  if (in.ok() && !in.at_end()) in.Fail("bytes are left over");
  RETURN_IF_ERROR(in.status());
  return summary;
}

}  // namespace muster

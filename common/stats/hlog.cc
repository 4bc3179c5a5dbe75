#include "common/stats/hlog.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/stats/histogram_codec.h"

namespace muster {
namespace {

constexpr int64_t kNanosPerSecond = 1'000'000'000;
constexpr int64_t kMaxSeconds = INT64_MAX / kNanosPerSecond - 1;
constexpr size_t kMaxHlogIntervals = 100'000;
constexpr std::string_view kBaseTime = "#[BaseTime:";
constexpr std::string_view kStartTime = "#[StartTime:";
constexpr std::string_view kTag = "Tag=";

std::string_view Strip(std::string_view text) {
  const size_t from = text.find_first_not_of(" \t\r");
  if (from == std::string_view::npos) return {};
  return text.substr(from, text.find_last_not_of(" \t\r") - from + 1);
}

// Cuts `text` at the first `mark` and returns what was before it; the rest stays in `text`.
std::string_view TakeUntil(char mark, std::string_view* text) {
  const size_t at = std::min(text->find(mark), text->size());
  const std::string_view taken = text->substr(0, at);
  text->remove_prefix(std::min(at + 1, text->size()));
  return taken;
}

// Decimal seconds, exact to the nanosecond; further digits are dropped.
StatusOr<int64_t> ParseSeconds(std::string_view text) {
  std::string_view fraction = Strip(text);
  const std::string_view whole = TakeUntil('.', &fraction);
  int64_t nanos = 0;
  if (whole.empty() || whole.size() > 10) return InvalidArgument("bad number of seconds");
  const auto digit = [](char c) { return c >= '0' && c <= '9'; };
  for (const char c : whole) {
    if (!digit(c)) return InvalidArgument("bad number of seconds");
    nanos = nanos * 10 + (c - '0');
  }
  if (nanos > kMaxSeconds) return InvalidArgument("more seconds than fit");
  nanos *= kNanosPerSecond;
  int64_t unit = kNanosPerSecond / 10;
  for (const char c : fraction) {
    if (!digit(c)) return InvalidArgument("bad number of seconds");
    nanos += (c - '0') * unit;
    unit /= 10;
  }
  return nanos;
}

// Requires `nanos` >= 0.
std::string Decimal(int64_t nanos, int64_t unit, int digits) {
  return absl::StrFormat("%d.%0*d", nanos / unit, digits, nanos % unit);
}

std::string SafeTag(std::string tag) {
  for (char& c : tag) {
    if (c == ',' || static_cast<unsigned char>(c) <= ' ') c = '_';
  }
  return tag;
}

// One interval line: [Tag=..,]start,length,max,base64.
StatusOr<HlogInterval> ParseInterval(std::string_view line) {
  HlogInterval interval;
  if (line.starts_with(kTag)) interval.tag = TakeUntil(',', &line).substr(kTag.size());
  ASSIGN_OR_RETURN(const int64_t start, ParseSeconds(TakeUntil(',', &line)));
  ASSIGN_OR_RETURN(const int64_t length, ParseSeconds(TakeUntil(',', &line)));
  TakeUntil(',', &line);  // the maximum: the histogram has it
  ASSIGN_OR_RETURN(const std::string bytes, FromBase64(Strip(line)));
  ASSIGN_OR_RETURN(interval.histogram, DecodeV2(bytes));
  interval.start = RunTime::FromNanos(start);
  interval.length = Duration::Nanos(length);
  return interval;
}

// Reads a log line by line: comments give the times, all else is an interval.
class HlogReader {
 public:
  Status ReadLine(std::string_view line) {
    if (line.starts_with(kStartTime) || line.starts_with(kBaseTime)) return ReadTime(line);
    if (line.empty() || line[0] == '#' || line[0] == '"') return absl::OkStatus();
    if (intervals_.size() == kMaxHlogIntervals) {
      return InvalidArgument(absl::StrCat("more than ", kMaxHlogIntervals, " intervals"));
    }
    ASSIGN_OR_RETURN(HlogInterval interval, ParseInterval(line));
    // HdrHistogram's rule: without a base time, a time stamp at most a year before the start time
    // is absolute.
    if (!absolute_.has_value()) {
      constexpr int64_t kYear = 365 * 24 * 3600 * kNanosPerSecond;
      absolute_ = !has_base_ && start_ > 0 && interval.start.nanos() >= start_ - kYear;
    }
    if (*absolute_) interval.start = RunTime::FromNanos(interval.start.nanos() - start_);
    if (interval.start < RunTime()) return InvalidArgument("starts before the log's start time");
    intervals_.push_back(std::move(interval));
    return absl::OkStatus();
  }
  std::vector<HlogInterval> Finish() && { return std::move(intervals_); }

 private:
  Status ReadTime(std::string_view line) {
    const bool base = line.starts_with(kBaseTime);
    line = Strip(line.substr(base ? kBaseTime.size() : kStartTime.size()));
    ASSIGN_OR_RETURN(const int64_t nanos, ParseSeconds(TakeUntil(' ', &line)));
    if (base) {
      has_base_ = true;
    } else {
      start_ = nanos;
    }
    return absl::OkStatus();
  }

  bool has_base_ = false;
  int64_t start_ = 0;
  std::optional<bool> absolute_;  // decided by the first interval
  std::vector<HlogInterval> intervals_;
};

}  // namespace

void WriteHlog(WallTime base, std::span<const HlogInterval> intervals, std::ostream& out) {
  const std::string seconds = Decimal(base.nanos(), kNanosPerSecond, 9);
  out << "#[Logged with Muster]\n#[Histogram log format version 1.3]\n"
      << "#[BaseTime: " << seconds << " (seconds since epoch)]\n"
      << "#[StartTime: " << seconds << " (seconds since epoch)]\n"
      << "\"StartTimestamp\",\"Interval_Length\",\"Interval_Max\",\"Interval_Compressed_"
         "Histogram\"\n";
  for (const HlogInterval& interval : intervals) {
    if (!interval.tag.empty()) out << kTag << SafeTag(interval.tag) << ',';
    out << Decimal(interval.start.nanos(), kNanosPerSecond, 9) << ','
        << Decimal(interval.length.nanos(), kNanosPerSecond, 9) << ','
        << Decimal(interval.histogram.max(), 1'000'000, 6) << ','
        << Base64(EncodeV2Compressed(interval.histogram)) << '\n';
  }
}

StatusOr<std::vector<HlogInterval>> ReadHlog(std::string_view text) {
  HlogReader reader;
  for (size_t number = 1; !text.empty(); ++number) {
    const Status status = reader.ReadLine(Strip(TakeUntil('\n', &text)));
    if (!status.ok()) return InvalidArgument(absl::StrCat("line ", number, ": ", Message(status)));
  }
  return std::move(reader).Finish();
}

}  // namespace muster

#include "master/report/live_view.h"

#include <algorithm>
#include <vector>

#include "master/results/format.h"

namespace muster {
namespace {

constexpr size_t kMostBarColumns = 40;

std::string Clock(const LiveSnapshot& live) {
  const RunTime now = RunTime() + live.elapsed;
  // To the second: a counter that runs in tenths at first only flickers.
  const RunTime whole = RunTime() + Duration::Seconds(now.nanos() / 1'000'000'000);
  return FormatRunClock(whole);
}

double Progress(const LiveSnapshot& live) {
  if (live.load_length <= Duration() || live.elapsed <= Duration()) return 0;
  return std::min(1.0, live.elapsed.seconds() / live.load_length.seconds());
}

std::string Bar(const TextStyle& style, double progress, size_t columns) {
  const auto full = static_cast<size_t>(progress * static_cast<double>(columns));
  const bool unicode = style.options().unicode;
  std::string done, rest;
  for (size_t i = 0; i < columns; ++i) {
    (i < full ? done : rest) += unicode ? (i < full ? "█" : "░") : (i < full ? "#" : "-");
  }
  return style.Paint(Style::kGood, done) + style.Paint(Style::kDim, rest);
}

std::string PhaseText(const TextStyle& style, const LiveSnapshot& live) {
  if (live.elapsed < Duration()) return "starts in " + FormatSpan(Duration() - live.elapsed);
  if (live.draining) return "draining";
  return "stage " + style.Clean(live.stage);
}

std::string TimeText(const LiveSnapshot& live) {
  if (live.elapsed < Duration()) return "0:00";
  std::string text = Clock(live);
  if (live.load_length > Duration()) text += " of " + FormatSpan(live.load_length);
  return text;
}

std::string AskedPart(const LiveSnapshot& live) {
  if (live.open) return "asked " + FormatRatePerSecond(live.asked_per_s);
  return FormatCount(live.users) + (live.users == 1 ? " user" : " users");
}

std::string LatencyOr(const std::optional<int64_t>& ns) {
  return ns ? FormatLatency(*ns) : std::string("-");
}

std::string Errors(const TextStyle& style, const LiveSnapshot& live) {
  return style.Paint(live.errors > 0 ? Style::kBad : Style::kPlain,
                     "errors " + FormatCount(live.errors));
}

std::string Workers(const TextStyle& style, const LiveSnapshot& live) {
  std::string text = std::to_string(live.workers_ready) + "/" + std::to_string(live.workers_total);
  if (live.workers_lost > 0) {
    text += style.dot() + style.Paint(Style::kBad, std::to_string(live.workers_lost) + " lost");
  }
  return text;
}

std::string FirstLine(const TextStyle& style, const LiveSnapshot& live) {
  const std::string left = style.Paint(Style::kBold, style.Clean(live.name)) + "  " +
                           TimeText(live) + style.dot() + PhaseText(style, live);
  const size_t used = TextWidth(left) + 2 + 6 + 1;  // gaps, percentage, free last column
  if (live.load_length <= Duration() || used + 10 > style.options().width) return left;
  const size_t columns = std::min(kMostBarColumns, style.options().width - used);
  const double progress = Progress(live);
  return left + "  " + Bar(style, progress, columns) + " " +
         PadLeft(std::to_string(static_cast<int>(progress * 100)) + " %", 5);
}

std::string Row(const TextStyle& style, const std::string& label,
                const std::vector<std::string>& parts) {
  std::string line = "  " + style.Paint(Style::kDim, PadRight(label, kLabelWidth - 2));
  for (size_t i = 0; i < parts.size(); ++i) line += (i == 0 ? "" : style.dot()) + parts[i];
  return line;
}

}  // namespace

LiveBlock RenderLiveBlock(const LiveSnapshot& live, const TextOptions& options,
                          size_t previous_lines) {
  const TextStyle style(options);
  std::vector<std::string> lines = {
      FirstLine(style, live),
      Row(style, "rate",
          {AskedPart(live), "started " + FormatRatePerSecond(live.started_per_s),
           "completed " + FormatRatePerSecond(live.completed_per_s)}),
      Row(style, "response",
          {"p50 " + LatencyOr(live.p50_ns), "p99 " + LatencyOr(live.p99_ns),
           "completed in the last second"}),
      Row(style, "so far",
          {"completed " + FormatCount(live.completed), "in flight " + FormatCount(live.in_flight),
           Errors(style, live), "not started " + FormatCount(live.not_started)}),
      Row(style, "workers", {Workers(style, live)}),
  };
  if (live.insecure_control) {
    lines.push_back("  " + style.Paint(Style::kWarn, "! control channel without TLS"));
  }
  if (live.insecure_target) {
    lines.push_back("  " + style.Paint(Style::kWarn, "! target not verified"));
  }
  LiveBlock block;
  block.lines = lines.size();
  block.text = EraseLiveBlock(previous_lines);
  for (const std::string& line : lines) {
    // The last column stays free: some terminals wrap when it is written.
    block.text += CutToWidth(line, options.width > 1 ? options.width - 1 : 1) + "\n";
  }
  return block;
}

std::string EraseLiveBlock(size_t previous_lines) {
  if (previous_lines == 0) return "";
  return "\x1b[" + std::to_string(previous_lines) + "A\r\x1b[J";
}

std::string RenderLiveLine(const LiveSnapshot& live, const TextOptions& options) {
  TextOptions plain = options;
  plain.color = false;
  const TextStyle style(plain);
  std::string line = TimeText(live) + style.dot() + PhaseText(style, live) + style.dot() +
                     AskedPart(live) + style.dot() + "started " +
                     FormatRatePerSecond(live.started_per_s) + style.dot() + "in flight " +
                     FormatCount(live.in_flight) + style.dot() + Errors(style, live) + style.dot() +
                     "p50 " + LatencyOr(live.p50_ns) + " p99 " + LatencyOr(live.p99_ns) +
                     style.dot() + "workers " + Workers(style, live);
  if (live.not_started > 0) line += style.dot() + "not started " + FormatCount(live.not_started);
  if (live.insecure_control) line += style.dot() + "control channel without TLS";
  if (live.insecure_target) line += style.dot() + "target not verified";
  return line + "\n";
}

}  // namespace muster

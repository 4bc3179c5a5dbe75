#include "master/report/live_text.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "master/results/format.h"

namespace muster {
namespace {

constexpr double kWorthAWord = 0.01;  // shares below are not named

std::string LevelText(bool open, double level) {
  if (open) return FormatRatePerSecond(level);
  return FormatCount(static_cast<uint64_t>(level));
}

std::string PercentText(double share) { return std::to_string(std::lround(share * 100)) + " %"; }

}  // namespace

std::string LiveClock(const LiveSnapshot& live) {
  if (live.elapsed < Duration()) return "0:00";
  // To the second: a counter that runs in tenths at first only flickers.
  const RunTime whole = RunTime() + Duration::Seconds(live.elapsed.nanos() / 1'000'000'000);
  return FormatRunClock(whole) + (live.limit ? " of at most " : " of ") +
         FormatSpan(live.load_length);
}

std::string LivePhase(const LiveSnapshot& live, const TextStyle& style) {
  if (live.elapsed < Duration()) return "starts in " + FormatSpan(Duration() - live.elapsed);
  if (live.draining) return "draining";
  return "stage " + style.Clean(live.stage.name);
}

std::string LiveLeft(Duration left) {
  const int64_t ns = std::max<int64_t>(0, left.nanos());
  return FormatSpan(Duration::Seconds((ns + 999'999'999) / 1'000'000'000)) + " left";
}

double LiveProgress(const LiveSnapshot& live) {
  if (live.load_length <= Duration() || live.elapsed <= Duration()) return 0;
  double progress = live.elapsed.seconds() / live.load_length.seconds();
  if (live.limit && *live.limit > 0) {
    progress = std::max(progress, static_cast<double>(live.due) / static_cast<double>(*live.limit));
  }
  return std::min(1.0, progress);
}

std::string LiveAsked(const LiveSnapshot& live) {
  if (live.open) return "asked " + FormatRatePerSecond(live.asked_per_s);
  return FormatCount(live.users) + (live.users == 1 ? " user" : " users");
}

std::string LiveLevel(const LiveSnapshot& live, const TextStyle& style) {
  const LiveStage& stage = live.stage;
  const std::string unit = live.open ? "" : " users";
  if (stage.from == stage.to) return "hold " + LevelText(live.open, stage.to) + unit;
  const std::string to = style.options().unicode ? " → " : " to ";
  return LevelText(live.open, stage.from) + to + LevelText(live.open, stage.to) + unit;
}

std::string LiveHeld(const LiveSnapshot& live) {
  const LiveHold& hold = *live.hold;
  const std::string from = FormatRunClock(hold.from);
  const bool on = live.elapsed >= hold.from - RunTime();
  if (!hold.wanted) {
    return (on ? "held " : "to be held ") + from + " to " + FormatRunClock(hold.until);
  }
  return (on ? "held since " : "to be held from ") + from;
}

std::string LiveP99(const LivePoint& point) {
  if (point.p99_failed) return "failed";
  return point.p99_ns ? FormatLatency(*point.p99_ns) : "-";
}

bool LiveIsBehind(const LiveSnapshot& live) {
  const LivePoint* now = live.now();
  if (now == nullptr || live.draining) return false;
  // The next point is due one length after the last, and then a batch is on its way.
  return live.elapsed - (now->to - RunTime()) > (now->to - now->from) * 2 + Duration::Seconds(1);
}

int LiveConcern(const LiveWorker& worker) {
  if (worker.state == LiveState::kLost) return 4;
  if (worker.state == LiveState::kLeft) return 3;
  if (!worker.latest || worker.latest->colour == WorkerColour::kGreen) return 0;
  return worker.latest->colour == WorkerColour::kRed ? 2 : 1;
}

std::vector<std::string> LiveHealth(const LiveWorker& worker, const TextStyle& style) {
  switch (LiveConcern(worker)) {
    case 4:
      return {style.Paint(Style::kBad, style.cross() + " lost")};
    case 3:
      return {style.Paint(Style::kBad, style.cross() + " left early")};
    default:
      break;
  }
  if (worker.state == LiveState::kDone) return {style.Paint(Style::kDim, "done")};
  if (!worker.latest) return {style.Paint(Style::kDim, "-")};
  const WorkerSecond& second = worker.latest->second;
  static constexpr std::array<std::string_view, 3> kWords = {"ok", "strained", "saturated"};
  static constexpr std::array<Style, 3> kStyles = {Style::kGood, Style::kWarn, Style::kBad};
  const auto colour = static_cast<size_t>(worker.latest->colour);
  const std::string sign = colour == 0 ? style.tick() : colour == 1 ? "!" : style.cross();
  std::vector<std::string> parts = {
      style.Paint(kStyles[colour], sign + " " + std::string(kWords[colour]))};
  parts.push_back(second.lag_p99_ns > 0 ? "lag p99 " + FormatLatency(second.lag_p99_ns)
                                        : "lag under 1ms");
  parts.push_back("busy " + PercentText(second.busy));
  const std::pair<double, const char*> shares[] = {{second.run_queue, "waits for a core "},
                                                   {second.throttled, "throttled "},
                                                   {second.steal, "steal "}};
  for (const auto& [share, name] : shares) {
    if (share >= kWorthAWord) parts.push_back(name + PercentText(share));
  }
  return parts;
}

std::vector<std::string> LiveWorkerCounts(const LiveSnapshot& live, const TextStyle& style) {
  std::array<size_t, 5> by_concern{};
  for (const LiveWorker& worker : live.workers) {
    ++by_concern[static_cast<size_t>(LiveConcern(worker))];
  }
  const size_t all = live.workers.size();
  std::vector<std::string> parts = {std::to_string(all - by_concern[4] - by_concern[3]) + "/" +
                                    std::to_string(all)};
  static constexpr std::array<std::string_view, 5> kWords = {"", " strained", " saturated",
                                                             " left early", " lost"};
  for (size_t i = by_concern.size() - 1; i > 0; --i) {
    if (by_concern[i] == 0) continue;
    parts.push_back(style.Paint(i == 1 ? Style::kWarn : Style::kBad,
                                std::to_string(by_concern[i]) + std::string(kWords[i])));
  }
  return parts;
}

}  // namespace muster

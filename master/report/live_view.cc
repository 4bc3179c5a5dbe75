#include "master/report/live_view.h"

#include <algorithm>

#include "master/report/live_text.h"
#include "master/report/sparkline.h"
#include "master/results/format.h"

namespace muster {
namespace {

constexpr size_t kMostBarColumns = 40;
constexpr size_t kLeastSparkColumns = 10;
constexpr size_t kMostWorkerRows = 8;
constexpr size_t kStageBarColumns = 12;
constexpr size_t kStageBarFrom = 50;  // columns
constexpr size_t kWorkerNameColumns = 18;

// A line, and how much it matters where there is no room for all.
struct RankedLine {
  std::string text;
  int rank;
};
enum Rank : int {
  kHintRank,
  kGoodWorkerRank,
  kStageRank,
  kBadWorkerRank,
  kWorkersRank,
  kErrorsRank,
  kTotalsRank,
  kHelpRank,
  kSparkRank,
  kWarningRank,
  kHeadRank
};

// Parts from the first on, as many as fit, the first in any case.
std::string FitParts(const TextStyle& style, const std::vector<std::string>& parts,
                     size_t columns) {
  std::string text;
  for (const std::string& part : parts) {
    const std::string joint = text.empty() ? "" : style.dot();
    const bool fits = TextWidth(text) + TextWidth(joint) + TextWidth(part) <= columns;
    if (!text.empty() && !fits) break;
    text += joint + part;
  }
  return text;
}

// The same, and how many are missing: "timeout 30 +2".
std::string FitPartsAndCount(const TextStyle& style, std::vector<std::string> parts,
                             size_t columns) {
  constexpr size_t kCountColumns = 4;
  const size_t all = parts.size();
  std::string text = FitParts(style, parts, columns);
  if (text == FitParts(style, parts, std::string::npos)) return text;
  while (parts.size() > 1 && TextWidth(FitParts(style, parts, std::string::npos)) >
                                 columns - std::min(columns, kCountColumns)) {
    parts.pop_back();
  }
  text = FitParts(style, parts, std::string::npos);
  return parts.size() == all ? text : text + " +" + std::to_string(all - parts.size());
}

class BlockWriter {
 public:
  BlockWriter(const LiveSnapshot& live, const LiveScreen& screen)
      : live_(live),
        screen_(screen),
        style_(screen.text),
        width_(screen.text.width > 1 ? screen.text.width - 1 : 1) {}

  std::vector<std::string> Lines() {
    AddHead();
    AddWarnings();
    AddStage();
    AddSparks();
    AddTotals();
    AddErrors();
    AddWorkers();
    AddKeys();
    DropLeast();
    std::vector<std::string> lines;
    // The last column stays free: some terminals wrap when it is written.
    for (const RankedLine& line : lines_) lines.push_back(CutToWidth(line.text, width_));
    return lines;
  }

 private:
  size_t columns() const { return width_ > kLabelWidth ? width_ - kLabelWidth : 1; }
  std::string Label(const std::string& text) const {
    return "  " + style_.Paint(Style::kDim, PadRight(text, kLabelWidth - 2));
  }
  void Add(int rank, std::string text) { lines_.push_back({std::move(text), rank}); }
  void AddRow(int rank, const std::string& label, const std::vector<std::string>& parts) {
    Add(rank, Label(label) + FitParts(style_, parts, columns()));
  }

  void AddHead() {
    const std::string name = style_.Paint(Style::kBold, style_.Clean(live_.name)) + "  ";
    std::vector<std::string> parts = {LiveClock(live_)};
    if (live_.elapsed < Duration()) parts = {"starts in " + FormatSpan(Duration() - live_.elapsed)};
    if (live_.draining) parts.push_back(style_.Paint(Style::kWarn, "draining"));
    if (!live_.draining && live_.elapsed >= Duration() && !live_.limit) {
      parts.push_back(LiveLeft(live_.load_length - live_.elapsed));
    }
    // A name may be as long as it likes; the time is what one looks for.
    const size_t least = TextWidth(FitParts(style_, parts, width_));
    const size_t room = width_ > least + 2 ? width_ - least - 2 : 0;
    std::string left = TextWidth(name) <= room + 2 ? name : CutToWidth(name, room) + "  ";
    if (room < 4) left.clear();
    left += FitParts(style_, parts, width_ - std::min(width_, TextWidth(left)));
    const size_t used = TextWidth(left) + 2 + 6;
    if (used + 8 > width_) return Add(kHeadRank, left);
    const double progress = LiveProgress(live_);
    Add(kHeadRank, left + "  " + Bar(progress, std::min(kMostBarColumns, width_ - used)) + " " +
                       PadLeft(std::to_string(static_cast<int>(progress * 100)) + " %", 5));
  }

  std::string Bar(double progress, size_t columns) const {
    const auto full = static_cast<size_t>(progress * static_cast<double>(columns));
    const bool unicode = style_.options().unicode;
    std::string done, rest;
    for (size_t i = 0; i < columns; ++i) {
      (i < full ? done : rest) += unicode ? (i < full ? "█" : "░") : (i < full ? "#" : "-");
    }
    return style_.Paint(Style::kGood, done) + style_.Paint(Style::kDim, rest);
  }

  void AddWarnings() {
    const auto warn = [&](const std::string& text) {
      Add(kWarningRank, "  " + style_.Paint(Style::kWarn, "! " + text));
    };
    if (live_.insecure_control) warn("control channel without TLS");
    if (live_.insecure_target) warn("target not verified");
  }

  void AddStage() {
    const bool shown = live_.stage.count >= 2 || live_.hold;
    if (!shown || live_.draining || live_.elapsed < Duration()) return;
    const LiveStage& stage = live_.stage;
    std::string left = LiveLeft(stage.length - stage.elapsed);
    if (live_.hold) {
      const bool hint = live_.hold->wanted && screen_.keys && screen_.holds;
      left = style_.Paint(Style::kWarn, LiveHeld(live_)) + (hint ? ", h goes on" : "");
    } else if (columns() >= kStageBarFrom && stage.length > Duration()) {
      left = Bar(stage.elapsed.seconds() / stage.length.seconds(), kStageBarColumns) + " " + left;
    }
    AddRow(kStageRank, "stage",
           {std::to_string(stage.number) + "/" + std::to_string(stage.count) + " " +
                style_.Clean(stage.name),
            left, LiveLevel(live_, style_)});
  }

  // Both with the same columns, so that what happened at once stands in one column.
  void AddSparks() {
    const LivePoint* now = live_.now();
    std::vector<std::string> rates = {now ? FormatRatePerSecond(now->completed_per_s) : "-"};
    std::vector<std::string> latencies = {now ? LiveP99(*now) : "-"};
    if (now != nullptr && LiveIsBehind(live_)) {
      const std::string behind = style_.Paint(Style::kWarn, "as of " + FormatRunClock(now->to));
      rates.push_back(behind);
      latencies.push_back(behind);
    }
    if (!live_.draining && live_.elapsed >= Duration()) rates.push_back(LiveAsked(live_));
    if (now != nullptr) {
      rates.push_back("started " + FormatRatePerSecond(now->started_per_s));
      if (now->p99_failed && now->p99_ns) {
        latencies.push_back("of completed " + FormatLatency(*now->p99_ns));
      }
      if (now->p50_ns) latencies.push_back("p50 " + FormatLatency(*now->p50_ns));
      latencies.push_back(WorstText());
    }
    const size_t room = columns() > kLeastSparkColumns + 2 ? columns() - kLeastSparkColumns - 2 : 0;
    const std::string rate = FitParts(style_, rates, room);
    const std::string latency = FitParts(style_, latencies, room);
    // In steps, so that one digit more does not move everything.
    const size_t longest = std::max(TextWidth(rate), TextWidth(latency));
    const size_t text = std::max(longest, std::min(room, (longest + 5) / 6 * 6));
    const size_t spark = columns() > text + 2 ? columns() - text - 2 : 0;
    const size_t shown = std::min(spark, LiveHistory::kMaxPoints);
    AddSpark("completed", rate, shown, [](const LivePoint& point) {
      return SparkBar{.value = point.completed_per_s, .bad = false};
    });
    AddSpark("p99", latency, shown, [](const LivePoint& point) {
      return SparkBar{.value = static_cast<double>(point.p99_ns.value_or(0)),
                      .bad = point.p99_failed};
    });
  }

  // Of the points that are kept: the scale that a full bar stands for, or one beyond.
  std::string WorstText() const {
    int64_t worst = 0;
    for (const LivePoint& point : live_.points) worst = std::max(worst, point.p99_ns.value_or(0));
    const Duration span = live_.points.back().to - live_.points.front().from;
    return "worst " + (worst == 0 ? "-" : FormatLatency(worst)) + " in " + FormatSpan(span);
  }

  void AddSpark(const std::string& label, const std::string& text, size_t columns, auto bar_of) {
    if (columns < kLeastSparkColumns) return Add(kSparkRank, Label(label) + text);
    std::vector<SparkBar> bars;
    for (const LivePoint& point : live_.points) bars.push_back(bar_of(point));
    Add(kSparkRank, Label(label) + Sparkline(style_, bars, columns) + "  " + text);
  }

  void AddTotals() {
    std::vector<std::string> parts = {"completed " + FormatCount(live_.completed)};
    if (live_.now() != nullptr) parts.push_back("in flight " + FormatCount(live_.in_flight));
    const bool errors = live_.failures > 0;
    parts.insert(errors ? parts.begin() + 1 : parts.end(),
                 style_.Paint(errors ? Style::kBad : Style::kPlain,
                              "errors " + FormatCount(live_.failures)));
    if (live_.limit) parts.push_back("at most " + FormatCount(*live_.limit) + " iterations");
    AddRow(kTotalsRank, "so far", parts);
    if (live_.not_started == 0) return;
    std::vector<std::string> reasons = {"not started " + FormatCount(live_.not_started)};
    for (const auto& [reason, count] : live_.not_started_by) {
      reasons.push_back(reason + " " + FormatCount(count));
    }
    if (reasons.size() == 2) reasons = {reasons[0] + " (" + live_.not_started_by[0].first + ")"};
    Add(kErrorsRank, Label("") + FitPartsAndCount(style_, reasons, columns()));
  }

  void AddErrors() {
    if (live_.errors.empty()) return;
    std::vector<std::string> parts;
    for (const LiveError& error : live_.errors) {
      parts.push_back(style_.Paint(Style::kBad, error.name) + " " + FormatCount(error.count) +
                      " since " + FormatRunClock(error.first));
    }
    const std::string text = FitPartsAndCount(style_, parts, columns());
    Add(kErrorsRank, Label("errors") + text);
  }

  void AddWorkers() {
    if (live_.workers.size() == 1) {
      const LiveWorker& only = live_.workers[0];
      std::vector<std::string> parts = LiveHealth(only, style_);
      parts[0] = style_.Clean(only.name) + " " + parts[0];
      return AddRow(kWorkersRank, "worker", parts);
    }
    AddRow(kWorkersRank, "workers", LiveWorkerCounts(live_, style_));
    std::vector<const LiveWorker*> worst;
    for (const LiveWorker& worker : live_.workers) worst.push_back(&worker);
    std::stable_sort(worst.begin(), worst.end(), [](const LiveWorker* a, const LiveWorker* b) {
      return LiveConcern(*a) > LiveConcern(*b);
    });
    if (worst.size() > kMostWorkerRows) worst.resize(kMostWorkerRows);
    for (const LiveWorker* worker : worst) AddWorker(*worker);
  }

  void AddWorker(const LiveWorker& worker) {
    const std::string name = style_.Clean(worker.name);
    const size_t name_columns = std::min(kWorkerNameColumns, columns() / 2);
    const std::string shown = PadRight(CutToWidth(name, name_columns), name_columns);
    const size_t room = columns() > name_columns + 1 ? columns() - name_columns - 1 : 1;
    Add(LiveConcern(worker) > 0 ? kBadWorkerRank : kGoodWorkerRank,
        std::string(kLabelWidth, ' ') + shown + " " +
            FitParts(style_, LiveHealth(worker, style_), room));
  }

  void AddKeys() {
    if (!screen_.keys) return;
    if (screen_.confirming) {
      const std::string again = "! press s again to stop at once";
      return Add(kWarningRank, "  " + style_.Paint(Style::kWarn, again));
    }
    if (!screen_.help) {
      std::vector<std::string> keys = {"keys: d drain", "s stop", "? explain"};
      if (screen_.holds) {
        keys.insert(keys.begin() + 1, Holding() ? "h go on" : "h hold");
        const size_t all = TextWidth(FitParts(style_, keys, std::string::npos));
        if (all + 2 > width_) keys.erase(keys.begin() + 1);
      }
      return Add(kHintRank, "  " + style_.Paint(Style::kDim, FitParts(style_, keys, width_)));
    }
    AddRow(kHelpRank, "d", {"drain: start nothing new, let what is in flight finish"});
    if (screen_.holds) {
      AddRow(kHelpRank, "h",
             {Holding() ? "go on, when what is agreed on of the hold is over"
                        : "hold the stage at its level, from two or three seconds on"});
    }
    AddRow(kHelpRank, "s", {"stop at once: pressed twice within 2 s"});
    AddRow(kHelpRank, "?", {"hide this"});
  }

  bool Holding() const { return live_.hold && live_.hold->wanted; }

  // Of lines that matter alike the lower go first.
  void DropLeast() {
    const size_t room = screen_.height == 0 ? lines_.size() : std::max<size_t>(2, screen_.height);
    while (lines_.size() > std::max<size_t>(1, room - (screen_.height == 0 ? 0 : 1))) {
      const auto least = std::min_element(
          lines_.rbegin(), lines_.rend(),
          [](const RankedLine& a, const RankedLine& b) { return a.rank < b.rank; });
      lines_.erase(std::next(least).base());
    }
  }

  const LiveSnapshot& live_;
  const LiveScreen& screen_;
  const TextStyle style_;
  const size_t width_;
  std::vector<RankedLine> lines_;
};

// To the start of the block. A terminal that has become narrower since has wrapped its lines.
std::string BackOver(const std::vector<size_t>& before, size_t width) {
  size_t rows = 0;
  for (const size_t line : before) rows += line <= width ? 1 : (line - 1) / width + 1;
  return rows == 0 ? "" : "\x1b[" + std::to_string(rows) + "A\r";
}

}  // namespace

LiveBlock RenderLiveBlock(const LiveSnapshot& live, const LiveScreen& screen,
                          const std::vector<size_t>& before) {
  LiveBlock block;
  block.text = BackOver(before, std::max<size_t>(1, screen.text.width));
  // Each line is written over what stood there, and only its rest cleared: nothing flickers.
  for (const std::string& line : BlockWriter(live, screen).Lines()) {
    block.text += line + "\x1b[K\n";
    block.widths.push_back(TextWidth(line));
  }
  block.text += "\x1b[J";
  return block;
}

std::string EraseLiveBlock(const std::vector<size_t>& before, size_t width) {
  if (before.empty()) return "";
  return BackOver(before, std::max<size_t>(1, width)) + "\x1b[J";
}

std::string RenderLiveLine(const LiveSnapshot& live, const TextOptions& options) {
  TextOptions plain = options;
  plain.color = false;
  const TextStyle style(plain);
  std::vector<std::string> parts = {LivePhase(live, style)};
  if (live.hold && !live.draining) parts.push_back(LiveHeld(live));
  if (live.elapsed >= Duration()) parts.insert(parts.begin(), LiveClock(live));
  if (!live.draining) parts.push_back(LiveAsked(live));
  if (const LivePoint* now = live.now()) {
    if (!live.draining) {  // its last point is the load's, and over
      parts.push_back("started " + FormatRatePerSecond(now->started_per_s));
      parts.push_back("completed " + FormatRatePerSecond(now->completed_per_s));
      parts.push_back("p50 " + (now->p50_ns ? FormatLatency(*now->p50_ns) : "-") + " p99 " +
                      LiveP99(*now));
      if (LiveIsBehind(live)) parts.push_back("as of " + FormatRunClock(now->to));
    }
    parts.push_back("in flight " + FormatCount(live.in_flight));
  }
  parts.push_back("errors " + FormatCount(live.failures));
  if (live.not_started > 0) parts.push_back("not started " + FormatCount(live.not_started));
  const std::vector<std::string> workers = LiveWorkerCounts(live, style);
  parts.push_back("workers " + workers[0]);
  parts.insert(parts.end(), workers.begin() + 1, workers.end());
  if (live.insecure_control) parts.push_back("control channel without TLS");
  if (live.insecure_target) parts.push_back("target not verified");
  return FitParts(style, parts, std::string::npos) + "\n";
}

}  // namespace muster

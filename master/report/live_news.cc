#include "master/report/live_news.h"

#include "master/report/live_text.h"
#include "master/results/format.h"

namespace muster {

std::vector<std::string> LiveNews::Take(const LiveSnapshot& live, const TextOptions& options) {
  TextOptions plain = options;
  plain.color = false;
  const TextStyle style(plain);
  std::vector<std::string> lines;
  const auto add = [&](const std::string& text) {
    lines.push_back(
        FormatRunClock(RunTime() + Duration::Seconds(live.elapsed.nanos() / 1'000'000'000)) +
        style.dot() + text);
  };
  if (live.elapsed < Duration()) return lines;
  if (!live.draining && live.stage.number != stage_) {
    stage_ = live.stage.number;
    add("stage " + style.Clean(live.stage.name) + " begins: " + LiveLevel(live, style) + " for " +
        FormatSpan(live.stage.length));
  }
  const bool held = live.hold && live.elapsed >= live.hold->from - RunTime() && !live.draining;
  if (held != held_) {
    held_ = held;
    const std::string stage = "stage " + style.Clean(live.stage.name);
    if (held) {
      add(stage + " is held by hand: " + LiveAsked(live));
    } else if (!live.draining) {
      add(stage + " goes on");
    }
  }
  for (const LiveError& error : live.errors) {
    if (!errors_.insert(error.name).second) continue;
    add("new error: " + error.name + ", since " + FormatRunClock(error.first));
  }
  for (const LiveWorker& worker : live.workers) {
    const bool gone = worker.state == LiveState::kLost || worker.state == LiveState::kLeft;
    if (!gone || !workers_.insert(worker.name).second) continue;
    add("worker " + style.Clean(worker.name) +
        (worker.state == LiveState::kLost ? " is lost" : " left early"));
  }
  if (live.draining && !draining_) {
    draining_ = true;
    add("draining: nothing new is started");
  }
  return lines;
}

}  // namespace muster

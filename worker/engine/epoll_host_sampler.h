// How the host treats the generator, read from /proc and the control group's files, which
// host_text.h understands: what has come since the call before. Files that are missing or
// unreadable leave their fields at 0.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "common/stats/delta_batch.h"
#include "common/time/time.h"

namespace muster {

// How far a counter has gone since it was looked at before.
class CounterSteps {
 public:
  // 0 at first, and when it is not there or has gone back.
  uint64_t Step(std::optional<uint64_t> now) {
    if (!now) return 0;
    const uint64_t before = before_.value_or(*now);
    before_ = now;
    return *now > before ? *now - before : 0;
  }

 private:
  std::optional<uint64_t> before_;
};

// One thread's: made and used on it. One read of an open file a call, 2 us.
class ThreadSampler {
 public:
  ThreadSampler();
  ~ThreadSampler();
  ThreadSampler(const ThreadSampler&) = delete;
  ThreadSampler& operator=(const ThreadSampler&) = delete;

  // Time that the thread was ready and had no core.
  uint64_t TakeRunQueueNs();

 private:
  std::optional<uint64_t> Read() const;
  const int fd_;
  CounterSteps run_queue_;
};

// The process' and the host's: the counters since the call before, and what is held now. Not for a
// thread that must be on time: half a dozen files are read, at most once a second (in between:
// nothing).
class HostSampler {
 public:
  static constexpr Duration kEvery = Duration::Seconds(1);

  explicit HostSampler(MonoTime now);
  // `at_once`: the last time, however short the time since the one before.
  GeneratorHealth Take(MonoTime now, bool at_once = false);

 private:
  GeneratorHealth Read();

  std::string cpu_stat_path_;      // of the control group; empty: none
  std::string memory_limit_path_;  // likewise
  CounterSteps throttled_, steal_, ticks_, listen_drops_;
  uint64_t local_ports_ = 0;
  MonoTime read_at_;
};

}  // namespace muster

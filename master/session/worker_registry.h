// WorkerRegistry: who is connected to this master, under which name, and when each was last heard.
//
// It admits or refuses a Hello, answers pings, and keeps each worker's state for the live list. It
// does not know about pipes (RunSession does) nor about the run (RunController does).
//
// A name belongs to one live process. The same name and instance is a resumed session and keeps its
// id. The same name from another instance is a duplicate while the first is linked and was heard
// within kLively: refused for good. When the first is linked but silent, the newcomer is told to
// try again. When the first has lost its link, it is taken for a restarted process and gets an id
// of its own; what becomes of the old one in a run is for the lease to decide.
//
// Owner: the run thread. Pure. Limits: kMaxWorkers connected, kMaxEntries in a life, names and
// leases as checked in Admit.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/session/message.h"
#include "common/time/time.h"
#include "master/schedule/worker_id.h"

namespace muster {

enum class WorkerState : uint8_t { kReady, kRunning, kSpare, kLost, kLeft };
std::string_view NameOf(WorkerState state);  // "ready", "running", "spare", "lost", "left"

struct WorkerEntry {
  WorkerId id = 0;
  std::string name;
  uint64_t instance = 0;
  uint32_t weight = 1;
  uint32_t threads = 0;
  Duration lease;
  WorkerState state = WorkerState::kReady;
  bool linked = false;
  MonoTime last_heard;
  std::string peer;  // of its newest link
};

class WorkerRegistry {
 public:
  static constexpr size_t kMaxWorkers = 1'000;
  static constexpr size_t kMaxEntries = 10'000;
  static constexpr size_t kMaxNameBytes = 128;
  static constexpr uint32_t kMaxWeight = 1'000;
  static constexpr uint32_t kMaxThreads = 1'024;
  static constexpr Duration kShortestLease = Duration::Seconds(1);
  static constexpr Duration kLongestLease = Duration::Seconds(600);
  static constexpr Duration kLively = Duration::Seconds(1);

  // `build`: this master's version, which every worker must have too.
  explicit WorkerRegistry(std::string build) : build_(std::move(build)) {}

  struct Admission {
    Welcome welcome;
    std::optional<WorkerId> id;  // when taken
    bool resumed = false;        // known before: an older link of it is void
  };
  Admission Admit(const Hello& hello, const std::string& peer, MonoTime now);

  // Pong to a ping that is answered as it is received.
  Pong Answer(WorkerId id, const Ping& ping, MonoTime now);
  void Heard(WorkerId id, MonoTime now) { entries_[id].last_heard = now; }
  void Unlinked(WorkerId id) { entries_[id].linked = false; }
  void SetState(WorkerId id, WorkerState state) { entries_[id].state = state; }
  const WorkerEntry& entry(WorkerId id) const { return entries_.at(id); }

  // Linked workers that take part or could, by name.
  std::vector<const WorkerEntry*> Live() const;
  // For people: "2/3 workers: a b". `wanted`: how many a run needs.
  std::string LiveText(uint32_t wanted) const;

 private:
  Status CheckHello(const Hello& hello) const;
  WorkerEntry* FindByName(const std::string& name);

  std::string build_;
  std::vector<WorkerEntry> entries_;  // by id
};

}  // namespace muster

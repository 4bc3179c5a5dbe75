#include "master/session/worker_registry.h"

#include <algorithm>
#include <tuple>

#include "absl/strings/str_format.h"

namespace muster {
namespace {

bool PrintableName(const std::string& name) {
  return !name.empty() && name.size() <= WorkerRegistry::kMaxNameBytes &&
         std::all_of(name.begin(), name.end(), [](char c) { return c > ' ' && c < '\x7f'; });
}

}  // namespace

std::string_view NameOf(WorkerState state) {
  switch (state) {
    case WorkerState::kReady:
      return "ready";
    case WorkerState::kRunning:
      return "running";
    case WorkerState::kSpare:
      return "spare";
    case WorkerState::kLost:
      return "lost";
    case WorkerState::kLeft:
      return "left";
  }
  return "?";
}

Status WorkerRegistry::CheckHello(const Hello& hello) const {
  if (hello.protocol != kProtocolVersion) {
    return InvalidArgument(absl::StrFormat(
        "the worker speaks protocol %d, this master %d: install the same version on both",
        hello.protocol, kProtocolVersion));
  }
  if (hello.build != build_) {
    return InvalidArgument(absl::StrFormat(
        "the worker is version %s, this master %s: install the same version on both", hello.build,
        build_));
  }
  if (!PrintableName(hello.name)) {
    return InvalidArgument(absl::StrFormat(
        "a worker's name has 1 to %d printable ASCII characters and no space", kMaxNameBytes));
  }
  if (!hello.group.empty() && !PrintableName(hello.group)) {
    return InvalidArgument(absl::StrFormat(
        "a worker's group has at most %d printable ASCII characters and no space", kMaxNameBytes));
  }
  if (hello.weight < 1 || hello.weight > kMaxWeight) {
    return InvalidArgument(
        absl::StrFormat("a worker's weight is 1 to %d, not %d", kMaxWeight, hello.weight));
  }
  if (hello.threads > kMaxThreads) {
    return InvalidArgument(absl::StrFormat("a worker has at most %d threads", kMaxThreads));
  }
  if (hello.lease < kShortestLease || hello.lease > kLongestLease) {
    return InvalidArgument("a worker's lease is 1s to 10m");
  }
  return absl::OkStatus();
}

// The newest of that name that could still come back.
WorkerEntry* WorkerRegistry::FindByName(const std::string& name) {
  for (auto it = entries_.rbegin(); it != entries_.rend(); ++it) {
    if (it->name == name && it->state != WorkerState::kLeft) return &*it;
  }
  return nullptr;
}

WorkerRegistry::Admission WorkerRegistry::Admit(const Hello& hello, const std::string& peer,
                                                MonoTime now) {
  Admission result;
  if (const Status status = CheckHello(hello); !status.ok()) {
    result.welcome = Welcome{Message(status), true};
    return result;
  }
  WorkerEntry* known = FindByName(hello.name);
  if (known != nullptr && known->instance == hello.instance) {
    result.resumed = true;
  } else if (known != nullptr && known->linked) {
    const bool lively = now - known->last_heard <= kLively;
    result.welcome.refused =
        absl::StrFormat("a worker named %s is connected already, from %s: choose another --name",
                        hello.name, known->peer);
    result.welcome.final = lively;
    return result;
  } else {
    if (Live().size() >= kMaxWorkers || entries_.size() >= kMaxEntries) {
      result.welcome.refused = "this master has as many workers as it can take";
      return result;
    }
    known = &entries_.emplace_back();
    known->id = static_cast<WorkerId>(entries_.size() - 1);
    known->name = hello.name;
    known->instance = hello.instance;
  }
  known->weight = hello.weight;
  known->threads = hello.threads;
  known->lease = hello.lease;
  known->linked = true;
  known->last_heard = now;
  known->peer = peer;
  result.id = known->id;
  return result;
}

Pong WorkerRegistry::Answer(WorkerId id, const Ping& ping, MonoTime now) {
  Heard(id, now);
  return Pong{.id = ping.id, .ping_sent = ping.sent, .received = now, .replied = now};
}

std::vector<const WorkerEntry*> WorkerRegistry::Live() const {
  std::vector<const WorkerEntry*> live;
  for (const WorkerEntry& entry : entries_) {
    if (entry.linked && entry.state != WorkerState::kLeft) live.push_back(&entry);
  }
  std::sort(live.begin(), live.end(), [](const WorkerEntry* a, const WorkerEntry* b) {
    return std::tie(a->name, a->id) < std::tie(b->name, b->id);
  });
  return live;
}

std::string WorkerRegistry::LiveText(uint32_t wanted) const {
  const std::vector<const WorkerEntry*> live = Live();
  std::string text = absl::StrFormat("%d/%d workers", live.size(), wanted);
  for (size_t i = 0; i < live.size(); ++i) text += (i == 0 ? ": " : " ") + live[i]->name;
  return text;
}

}  // namespace muster

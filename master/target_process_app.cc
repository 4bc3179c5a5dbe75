#include "master/target_process_app.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <utility>

#include "master/process_app.h"
#include "master/target_keeper_app.h"

namespace muster {
namespace {

constexpr Duration kKeeperTime = Duration::Seconds(15);  // beyond the grace, to kill and reap

}  // namespace

StatusOr<TargetProcess> TargetProcess::Start(const SpawnSpec& spec, StopWay stop) {
  int link[2];
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, link) != 0) {
    return Unavailable(std::strerror(errno));
  }
  const pid_t keeper = ::fork();
  if (keeper == 0) {
    ::close(link[0]);
    KeepTarget(spec, link[1], stop.signal, stop.grace);
  }
  const int fork_error = errno;
  ::close(link[1]);
  if (keeper < 0) {
    ::close(link[0]);
    return Unavailable(std::string("can't start a process: ") + std::strerror(fork_error));
  }
  TargetProcess target(keeper, link[0], stop);
  const std::string news = ReceiveNews(link[0]);
  if (news == kKeeperStarted) return target;
  return Unavailable(news.empty() ? "its keeper has died" : news);
}

TargetProcess::TargetProcess(TargetProcess&& other) noexcept
    : keeper_(std::exchange(other.keeper_, 0)),
      link_(std::exchange(other.link_, -1)),
      stop_(other.stop_),
      ended_(std::move(other.ended_)) {}

TargetProcess::~TargetProcess() { Stop(); }

const std::optional<std::string>& TargetProcess::Ended() {
  pollfd wait{link_, POLLIN, 0};
  if (ended_ || link_ < 0 || ::poll(&wait, 1, 0) <= 0) return ended_;
  const std::string news = ReceiveNews(link_);
  ended_ = news.empty() ? "its keeper has died" : news;
  return ended_;
}

ProcessUse TargetProcess::Use() const { return keeper_ > 0 ? UseOfTree(keeper_) : ProcessUse(); }

void TargetProcess::Stop(const std::function<bool()>& at_once) {
  if (keeper_ <= 0) return;
  const pid_t keeper = std::exchange(keeper_, 0);
  const MonoTime until = MonoNow() + stop_.grace + kKeeperTime;
  ::send(link_, &kStop, 1, MSG_NOSIGNAL);
  bool hurried = false;
  while (::waitpid(keeper, nullptr, WNOHANG) == 0) {
    if (!hurried && at_once()) {
      hurried = true;
      ::send(link_, &kKillAtOnce, 1, MSG_NOSIGNAL);
    }
    if (MonoNow() >= until) {
      // Something can't be killed (it waits for a disk, say): what can is.
      for (const pid_t pid : Descendants(keeper)) ::kill(pid, SIGKILL);
      ::kill(keeper, SIGKILL);
      ::waitpid(keeper, nullptr, 0);
      break;
    }
    ::poll(nullptr, 0, 5);
  }
  ::close(std::exchange(link_, -1));
}

}  // namespace muster

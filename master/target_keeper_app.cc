#include "master/target_keeper_app.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <vector>

#include "master/process_app.h"
#include "master/process_tree_app.h"

namespace muster {
namespace {

constexpr int kStopTickMs = 10;

void Tell(int link, const std::string& news) {
  ::send(link, news.data(), news.size(), MSG_NOSIGNAL);
}

// Which signals of ours the keeper sees: the ends of children, as readable events, and no others.
int WatchChildren() {
  sigset_t watched;
  sigemptyset(&watched);
  sigaddset(&watched, SIGCHLD);
  sigprocmask(SIG_BLOCK, &watched, nullptr);
  for (const int number : {SIGINT, SIGTERM, SIGHUP}) std::signal(number, SIG_IGN);
  return ::signalfd(-1, &watched, SFD_CLOEXEC | SFD_NONBLOCK);
}

class Keeper {
 public:
  Keeper(int link, int signal, Duration grace) : link_(link), signal_(signal), grace_(grace) {}

  [[noreturn]] void Keep(const SpawnSpec& spec) {
    ::setsid();
    ::prctl(PR_SET_CHILD_SUBREAPER, 1);
    const int children = WatchChildren();
    const auto target = Spawn(spec);
    if (!target.ok()) {
      Tell(link_, Message(target.status()));
      _exit(1);
    }
    target_ = *target;
    Tell(link_, kKeeperStarted);
    std::array<pollfd, 2> waits = {pollfd{link_, POLLIN, 0}, pollfd{children, POLLIN, 0}};
    for (;;) {
      ::poll(waits.data(), waits.size(), -1);
      if (waits[1].revents != 0) {
        signalfd_siginfo info;
        while (::read(children, &info, sizeof info) > 0) {
        }
        Reap();
      }
      if (waits[0].revents == 0) continue;
      StopAll(IsHurried());
    }
  }

 private:
  void Reap() {
    int status = 0;
    for (pid_t pid = 0; (pid = ::waitpid(-1, &status, WNOHANG)) > 0;) {
      if (pid != target_) continue;
      target_ = 0;
      Tell(link_, StatusText(status));
    }
  }

  // Takes the next order, if there is one.
  bool IsHurried() const {
    char order = 0;
    return ::recv(link_, &order, 1, MSG_DONTWAIT) == 1 && order == kKillAtOnce;
  }

  [[noreturn]] void StopAll(bool at_once) {
    if (!at_once && target_ > 0) ::kill(-target_, signal_);
    const MonoTime until = MonoNow() + grace_;
    bool alone = false;  // the target has gone, and something else is left
    for (;;) {
      Reap();
      const std::vector<pid_t> left = Descendants(::getpid());
      if (left.empty()) _exit(0);
      at_once = at_once || IsHurried() || MonoNow() >= until;
      if (at_once) {
        for (const pid_t pid : left) ::kill(pid, SIGKILL);
      } else if (target_ == 0 && !alone) {
        alone = true;
        for (const pid_t pid : left) ::kill(pid, signal_);
      }
      ::poll(nullptr, 0, kStopTickMs);
    }
  }

  int link_, signal_;
  Duration grace_;
  pid_t target_ = 0;  // 0: it has ended
};

}  // namespace

std::string ReceiveNews(int link) {
  std::array<char, 1024> buffer;
  ssize_t got = 0;
  do got = ::recv(link, buffer.data(), buffer.size(), 0);
  while (got < 0 && errno == EINTR);
  return got > 0 ? std::string(buffer.data(), static_cast<size_t>(got)) : "";
}

void KeepTarget(SpawnSpec spec, int link, int signal, Duration grace) {
  // The standard streams are the master's: who waits for their end must not wait for the keeper.
  const int nothing = ::open("/dev/null", O_RDWR | O_CLOEXEC);
  for (const int stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) ::dup2(nothing, stream);
  Keeper(link, signal, grace).Keep(spec);
}

}  // namespace muster

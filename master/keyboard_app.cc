#include "master/keyboard_app.h"

#include <poll.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>

namespace muster {
namespace {

constexpr std::array<int, 7> kDeadly = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGQUIT, SIGSYS};

// What the handlers know: they have no other way to it.
termios saved_modes;
volatile sig_atomic_t modes_changed = 0;
volatile sig_atomic_t times_resumed = 0;

void InstallHandler(int number, void (*handler)(int), int flags) {
  struct sigaction action {};
  action.sa_handler = handler;
  action.sa_flags = flags;
  sigemptyset(&action.sa_mask);
  sigaction(number, &action, nullptr);
}

// Only what a signal handler may call. In the background the terminal is the shell's, which has set
// its own modes.
void PutModesBack() {
  if (modes_changed == 0) return;
  modes_changed = 0;
  if (tcgetpgrp(STDIN_FILENO) == getpgrp()) tcsetattr(STDIN_FILENO, TCSANOW, &saved_modes);
}

void OnDeadly(int number) {
  PutModesBack();
  raise(number);  // its default again by SA_RESETHAND, when this returns
}

// Stops as if the signal had never been caught: an orphaned process group then goes on at once.
void OnTerminalStop(int number) {
  const int error = errno;
  PutModesBack();
  InstallHandler(number, SIG_DFL, 0);
  sigset_t only, before;
  sigemptyset(&only);
  sigaddset(&only, number);
  raise(number);
  pthread_sigmask(SIG_UNBLOCK, &only, &before);  // stopped here
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  InstallHandler(number, OnTerminalStop, SA_RESTART);
  times_resumed = times_resumed + 1;
  errno = error;
}

bool IsDefault(int number) {
  struct sigaction action {};
  return sigaction(number, nullptr, &action) == 0 && (action.sa_flags & SA_SIGINFO) == 0 &&
         action.sa_handler == SIG_DFL;
}

// Keys come one by one and unseen. Ctrl-C and Ctrl-Z stay signals; Ctrl-S no longer holds the
// screen, and with it this process, which has workers to answer.
bool TakeKeysOneByOne() {
  termios modes{};
  if (tcgetattr(STDIN_FILENO, &modes) != 0) return false;
  if ((modes.c_lflag & (ICANON | ECHO)) == 0) return true;
  saved_modes = modes;
  modes.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO);
  modes.c_iflag &= ~static_cast<tcflag_t>(IXON);
  modes.c_cc[VMIN] = 0;
  modes.c_cc[VTIME] = 0;
  modes_changed = 1;
  // What was typed before was meant for somebody else.
  return tcsetattr(STDIN_FILENO, TCSAFLUSH, &modes) == 0;
}

}  // namespace

Keyboard::Keyboard() : usable_(Possible()) {
  // A write from the background stops a process where the terminal has `tostop`.
  if (isatty(STDERR_FILENO) != 0 || isatty(STDIN_FILENO) != 0) {
    std::signal(SIGTTIN, SIG_IGN);
    std::signal(SIGTTOU, SIG_IGN);
  }
  if (!usable_) return;
  if (IsDefault(SIGTSTP)) InstallHandler(SIGTSTP, OnTerminalStop, SA_RESTART);
  for (const int number : kDeadly) {
    if (IsDefault(number)) InstallHandler(number, OnDeadly, static_cast<int>(SA_RESETHAND));
  }
}

Keyboard::~Keyboard() { Close(); }

bool Keyboard::Possible() {
  struct stat out {};
  const bool piped = fstat(STDOUT_FILENO, &out) == 0 && S_ISFIFO(out.st_mode);
  return isatty(STDIN_FILENO) != 0 && !piped;
}

bool Keyboard::InForeground(int fd) {
  const pid_t group = tcgetpgrp(fd);
  return group < 0 || group == getpgrp();
}

std::string Keyboard::Read() {
  listening_ = false;
  // Not of our session: it would not tell when we are in the background.
  if (!usable_ || tcgetpgrp(STDIN_FILENO) != getpgrp()) {
    modes_changed = 0;
    return "";
  }
  if (!TakeKeysOneByOne()) return "";
  listening_ = true;
  pollfd ready{.fd = STDIN_FILENO, .events = POLLIN, .revents = 0};
  if (poll(&ready, 1, 0) <= 0) return "";
  char keys[64];
  const ssize_t got = read(STDIN_FILENO, keys, sizeof(keys));
  if (got > 0) return std::string(keys, static_cast<size_t>(got));
  const bool gone = (ready.revents & (POLLHUP | POLLERR | POLLNVAL)) != 0;
  usable_ = usable_ && !gone;
  return "";
}

int Keyboard::resumed() const { return times_resumed; }

void Keyboard::Close() {
  PutModesBack();
  listening_ = false;
}

}  // namespace muster

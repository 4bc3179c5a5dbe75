// Keyboard: single keys from the terminal on standard input, for as long as this process is in its
// foreground. The terminal's modes are put back by Close and the destructor, before the process
// stops (Ctrl-Z), and when a signal kills it that can be caught; only SIGKILL leaves them.
//
// In the background nothing is read or set, and neither reading nor writing stops the process.
// Job control is looked at when asked, not by signals.
//
// One at a time in a process: signal handlers know its terminal. Owner: the run thread.
#pragma once

#include <string>

namespace muster {

class Keyboard {
 public:
  Keyboard();
  ~Keyboard();
  Keyboard(const Keyboard&) = delete;
  Keyboard& operator=(const Keyboard&) = delete;

  // Standard input is a terminal, and nobody else reads keys from it (a pager after a pipe does).
  static bool Possible();
  // This process is in the foreground of the terminal at `fd`, or that is nobody's.
  static bool InForeground(int fd);

  // Takes the terminal over when it is ours to take, and gives what was typed since the last call,
  // at most 64 bytes. Never waits.
  std::string Read();
  // Of the last Read.
  bool listening() const { return listening_; }
  // How often the process was stopped and went on: the screen is another one then.
  int resumed() const;
  // Puts the modes back. Read may be called again.
  void Close();

 private:
  bool usable_;
  bool listening_ = false;
};

}  // namespace muster

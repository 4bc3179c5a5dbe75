"""A terminal to run programs in: a pseudo-terminal with pyte as its screen."""

import fcntl
import os
import pty
import re
import select
import signal
import struct
import sys
import termios
import time

from e2e import environment

try:
    import pyte
except ModuleNotFoundError:  # python3 may be one from elsewhere, which does not look at Debian's packages
    sys.path.append("/usr/lib/python3/dist-packages")
    import pyte


def terminal_environment(**extra):
    return environment() | {"TERM": "xterm"} | extra


class Terminal:
    """`command` in the foreground of a terminal of its own, whose screen is `lines()`.

    `shell`: the command is a script for a shell that has job control."""

    def __init__(self, command, columns=80, rows=24, env=None, stdout=None, stderr=None):
        self.screen = pyte.Screen(columns, rows)
        self.stream = pyte.ByteStream(self.screen)
        self.raw = b""
        self.chunks = []  # (time, what came at once)
        self.controller, self.terminal = pty.openpty()
        self.resize(columns, rows, tell=False)
        self.modes_before = termios.tcgetattr(self.terminal)
        self.code = None
        self.pid = os.fork()
        if self.pid == 0:
            self._become(command, env or terminal_environment(), stdout, stderr)

    def _become(self, command, env, stdout, stderr):
        try:
            os.setsid()
            fcntl.ioctl(self.terminal, termios.TIOCSCTTY, 0)
            os.dup2(self.terminal, 0)
            os.dup2(stdout.fileno() if stdout else self.terminal, 1)
            os.dup2(stderr.fileno() if stderr else self.terminal, 2)
            os.closerange(3, 256)
            os.execvpe(str(command[0]), [str(word) for word in command], env)
        finally:
            os._exit(127)

    def resize(self, columns, rows, tell=True):
        fcntl.ioctl(self.terminal, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        if tell:
            self.screen.resize(rows, columns)

    def modes(self):
        return termios.tcgetattr(self.terminal)

    def keys_are_taken(self):
        return self.modes()[3] & (termios.ICANON | termios.ECHO) == 0

    def type(self, keys):
        os.write(self.controller, keys.encode())

    def signal(self, number):
        os.kill(self.pid, number)

    def foreground(self):
        return os.tcgetpgrp(self.controller)

    def pump(self, seconds):
        """Shows what comes for so long."""
        end = time.monotonic() + seconds
        while True:
            left = end - time.monotonic()
            if left <= 0 or not select.select([self.controller], [], [], left)[0]:
                return
            data = os.read(self.controller, 65536)
            self.raw += data
            self.chunks.append((time.monotonic(), data))
            self.stream.feed(data)

    def lines(self):
        return [line.rstrip() for line in self.screen.display]

    def text(self):
        return "\n".join(self.lines()).rstrip()

    def wait_for(self, pattern, timeout=20):
        """The first match on the screen."""
        return self.until(lambda: re.search(pattern, self.text()), timeout, pattern)

    def until(self, holds, timeout=20, what="condition"):
        end = time.monotonic() + timeout
        while time.monotonic() < end:
            self.pump(0.05)
            found = holds()
            if found:
                return found
        raise AssertionError(f"no {what!r} on:\n{self.text()}")

    def wait(self, timeout=60):
        """The exit code, negative for a signal."""
        end = time.monotonic() + timeout
        while self.code is None and time.monotonic() < end:
            self.pump(0.05)
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.code = os.waitstatus_to_exitcode(status)
        self.pump(0.2)
        if self.code is None:
            raise AssertionError("still running:\n" + self.text())
        return self.code

    def close(self):
        if self.code is None:
            try:
                os.killpg(self.pid, signal.SIGKILL)
                os.waitpid(self.pid, 0)
            except (ProcessLookupError, ChildProcessError):
                pass
        os.close(self.controller)
        os.close(self.terminal)

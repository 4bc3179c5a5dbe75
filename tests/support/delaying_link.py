"""A link that takes its time: two network namespaces joined by TUN devices, between which a process carries
packets after a fixed delay. For what a long way does to connections, where the kernel's netem is missing.

    python3 delaying_link.py NETNS_A NETNS_B MILLISECONDS     runs until it is killed; prints "ready"
    python3 delaying_link.py MILLISECONDS -- COMMAND ...      runs COMMAND in a namespace of its own, so far away from
                                                              this one, which reaches it at 198.18.9.2; ends with it

Root only. MILLISECONDS are those of one way. Delays are of at least what was asked, and a millisecond more at most
on an idle machine. Namespace and devices are gone when the process is, whatever ended it."""

import collections
import ctypes
import fcntl
import os
import select
import signal
import socket
import struct
import subprocess
import sys
import time
import uuid

TUNSETIFF = 0x400454CA
IFF_TUN, IFF_NO_PI = 1, 0x1000
CLONE_NEWNET = 0x40000000
PR_SET_PDEATHSIG = 1
MOST = 100_000  # packets on their way; beyond, they are lost, as in any queue


class DelayingLink:
    """Hosts 198.18.8.1 and 198.18.8.2, `one_way_ms` from each other."""

    addresses = ("198.18.8.1", "198.18.8.2")

    def __init__(self, one_way_ms):
        self.netns = [f"muster-{uuid.uuid4().hex[:5]}-{end}" for end in "ab"]
        for name in self.netns:
            subprocess.run(["ip", "netns", "add", name], check=True)
            subprocess.run(["ip", "-n", name, "link", "set", "lo", "up"], check=True)
        self.process = subprocess.Popen([sys.executable, os.path.abspath(__file__), *self.netns, str(one_way_ms)],
                                        stdout=subprocess.PIPE, text=True)
        if self.process.stdout.readline() != "ready\n":
            self.close()
            raise RuntimeError("the link did not come up")

    def close(self):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()
        for name in self.netns:
            subprocess.run(["ip", "netns", "del", name], check=False, capture_output=True)


def libc_call(name, *arguments):
    libc = ctypes.CDLL(None, use_errno=True)
    if getattr(libc, name)(*arguments) != 0:
        raise OSError(ctypes.get_errno(), name)


def open_tun(name, address):
    """A TUN device in the namespace that this process is in, with its address, up."""
    device = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(device, TUNSETIFF, struct.pack("16sH", name.encode("ascii"), IFF_TUN | IFF_NO_PI))
    for arguments in (["addr", "add", address + "/24", "dev", name], ["link", "set", name, "up"]):
        subprocess.run(["ip", *arguments], check=True)
    return device


def open_tun_in(netns, address):
    """The same in another namespace, by its name."""
    here = os.open("/proc/self/ns/net", os.O_RDONLY)
    there = os.open(f"/run/netns/{netns}", os.O_RDONLY)
    libc_call("setns", there, 0)
    device = open_tun("far0", address)
    libc_call("setns", here, 0)
    return device


def carry(one, other, delay, until=lambda: False):
    """Carries packets both ways, each after `delay` seconds. `until` is asked ten times a second."""
    on_the_way = {one: collections.deque(), other: collections.deque()}  # (when, packet) for that end
    far_end = {one: other, other: one}
    asked = time.monotonic()
    while True:
        now = time.monotonic()
        if now - asked >= 0.1:
            asked = now
            if until():
                return
        for end, packets in on_the_way.items():
            while packets and packets[0][0] <= now:
                try:
                    os.write(end, packets.popleft()[1])
                except OSError:
                    pass  # no room: lost
        due = min((packets[0][0] for packets in on_the_way.values() if packets), default=None)
        for end in select.select([one, other], [], [], 0.1 if due is None else min(0.1, max(0, due - now)))[0]:
            try:
                while True:
                    packet = os.read(end, 65536)
                    if len(on_the_way[far_end[end]]) < MOST:
                        on_the_way[far_end[end]].append((time.monotonic() + delay, packet))
            except BlockingIOError:
                pass


def start_far_away(command, address, channel):
    """In a child process: a namespace of its own with its end of the link, which goes to the parent; the command."""
    libc_call("prctl", PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    libc_call("unshare", CLONE_NEWNET)
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    device = open_tun("far0", address)
    socket.send_fds(channel, [b"link"], [device])
    channel.recv(1)  # the other end is there
    os.execvp(command[0], command)


def run_far_away(delay, command):
    """The exit code of the command, run on the far side of a link."""
    near, far = "198.18.9.1", "198.18.9.2"
    ours, theirs = socket.socketpair()
    child = os.fork()
    if child == 0:
        try:
            start_far_away(command, far, theirs)
        except (OSError, subprocess.CalledProcessError) as error:
            print(f"delaying_link: {error}", file=sys.stderr, flush=True)
        os._exit(127)
    theirs.close()
    _, devices, _, _ = socket.recv_fds(ours, 16, 1)
    if not devices:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT, signal.SIGHUP):
        signal.signal(number, lambda number, _frame: os.kill(child, number))
    ends = [open_tun(f"near{os.getpid()}", near), devices[0]]
    ours.sendall(b"!")
    status = []

    def ended():
        pid, how = os.waitpid(child, os.WNOHANG)
        status.extend([how] if pid else [])
        return pid != 0
    carry(*ends, delay, ended)
    code = os.waitstatus_to_exitcode(status[0])
    return code if code >= 0 else 128 - code


def main():
    if "--" in sys.argv:
        delay, command = float(sys.argv[1]) / 1000, sys.argv[sys.argv.index("--") + 1:]
        sys.exit(run_far_away(delay, command))
    ends = [open_tun_in(name, address) for name, address in zip(sys.argv[1:3], DelayingLink.addresses)]
    print("ready", flush=True)
    carry(*ends, float(sys.argv[3]) / 1000)


if __name__ == "__main__":
    main()

"""A link that takes its time: two network namespaces joined by TUN devices, between which a process carries
packets after a fixed delay. For what a long way does to connections, where the kernel's netem is missing.

    python3 delaying_link.py NETNS_A NETNS_B MILLISECONDS     runs until it is killed; prints "ready"

Root only. Delays are of at least what was asked, and a millisecond more at most on an idle machine."""

import collections
import ctypes
import fcntl
import os
import select
import struct
import subprocess
import sys
import time
import uuid

TUNSETIFF = 0x400454CA
IFF_TUN, IFF_NO_PI = 1, 0x1000
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


def open_tun(netns, address):
    """A TUN device in that namespace, with its address, up."""
    here = os.open("/proc/self/ns/net", os.O_RDONLY)
    there = os.open(f"/run/netns/{netns}", os.O_RDONLY)
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.setns(there, 0) != 0:
        raise OSError(ctypes.get_errno(), "setns")
    device = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(device, TUNSETIFF, struct.pack("16sH", b"far0", IFF_TUN | IFF_NO_PI))
    libc.setns(here, 0)
    for arguments in (["addr", "add", address + "/24", "dev", "far0"], ["link", "set", "far0", "up"]):
        subprocess.run(["ip", "-n", netns, *arguments], check=True)
    return device


def carry(one, other, delay):
    on_the_way = {one: collections.deque(), other: collections.deque()}  # (when, packet) for that end
    far_end = {one: other, other: one}
    while True:
        now = time.monotonic()
        for end, packets in on_the_way.items():
            while packets and packets[0][0] <= now:
                try:
                    os.write(end, packets.popleft()[1])
                except OSError:
                    pass  # no room: lost
        due = min((packets[0][0] for packets in on_the_way.values() if packets), default=None)
        for end in select.select([one, other], [], [], None if due is None else max(0, due - now))[0]:
            try:
                while True:
                    packet = os.read(end, 65536)
                    if len(on_the_way[far_end[end]]) < MOST:
                        on_the_way[far_end[end]].append((time.monotonic() + delay, packet))
            except BlockingIOError:
                pass


if __name__ == "__main__":
    ends = [open_tun(name, address) for name, address in zip(sys.argv[1:3], DelayingLink.addresses)]
    print("ready", flush=True)
    carry(*ends, float(sys.argv[3]) / 1000)

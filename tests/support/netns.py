"""Several hosts on one machine: network namespaces on one bridge, made and removed by the test. Root only."""

import os
import subprocess
import uuid


def available():
    return os.geteuid() == 0 and subprocess.run(["ip", "netns", "list"], capture_output=True,
                                                check=False).returncode == 0


def run(*arguments):
    subprocess.run(list(arguments), check=True, capture_output=True)


class Hosts:
    """`names` become hosts 198.18.7.1, .2, ... (a range that RFC 2544 keeps for benchmarks)."""

    def __init__(self, names):
        self.id = uuid.uuid4().hex[:5]
        self.names = list(names)
        self.namespaces = []
        self._namespace("switch")
        switch = self.netns("switch")
        run("ip", "-n", switch, "link", "add", "switch0", "type", "bridge")
        run("ip", "-n", switch, "link", "set", "switch0", "up")
        for number, name in enumerate(self.names, 1):
            self._namespace(name)
            inner, outer = f"m{self.id}i{number}", f"m{self.id}o{number}"
            run("ip", "link", "add", inner, "type", "veth", "peer", "name", outer)
            run("ip", "link", "set", inner, "netns", self.netns(name), "name", "eth0")
            run("ip", "link", "set", outer, "netns", switch)
            run("ip", "-n", switch, "link", "set", outer, "master", "switch0", "up")
            run("ip", "-n", self.netns(name), "addr", "add", f"{self.address(name)}/24", "dev", "eth0")
            run("ip", "-n", self.netns(name), "link", "set", "eth0", "up")

    def _namespace(self, name):
        run("ip", "netns", "add", self.netns(name))
        self.namespaces.append(self.netns(name))
        run("ip", "-n", self.netns(name), "link", "set", "lo", "up")

    def netns(self, name):
        return f"muster-{self.id}-{name}"

    def address(self, name):
        return f"198.18.7.{self.names.index(name) + 1}"

    def cable(self, name, plugged):
        """Pulls or plugs the host's cable."""
        number = self.names.index(name) + 1
        run("ip", "-n", self.netns("switch"), "link", "set", f"m{self.id}o{number}",
            "up" if plugged else "down")

    def close(self):
        for namespace in self.namespaces:
            subprocess.run(["ip", "netns", "del", namespace], capture_output=True, check=False)

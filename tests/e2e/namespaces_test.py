#!/usr/bin/env python3
"""Five hosts in network namespaces: three workers, the master and the target, mutual TLS between master
and workers. Needs root; without it the tests are skipped and say so."""

import os
import subprocess
import sys
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "support"))
from e2e import MUSTER, SOURCE, WORKER, E2eTest, unique_path  # noqa: E402
from netns import Hosts, available  # noqa: E402

REPEATS = int(os.environ.get("MUSTER_REPEATS", "2"))
SECONDS = int(os.environ.get("MUSTER_SECONDS", "3"))  # of each counted run
WORKERS = ["w1", "w2", "w3"]


@unittest.skipUnless(available(), "network namespaces need root")
class Namespaces(E2eTest):
    def setUp(self):
        super().setUp()
        self.hosts = Hosts(WORKERS + ["master", "target"])
        self.addCleanup(self.hosts.close)
        os.chmod(self.folder, 0o755)
        self.certificates = self.path("certs")
        subprocess.run([os.path.join(SOURCE, "deploy", "make-certs.sh"), self.certificates,
                        self.hosts.address("master"), *WORKERS], check=True, capture_output=True)

    def tls(self, name):
        folder = self.certificates
        return ["--tls-ca", f"{folder}/ca.pem", "--tls-cert", f"{folder}/{name}.pem", "--tls-key",
                f"{folder}/{name}.key"]

    def start(self, nginx, path, *arguments, lease="10s"):
        out = self.path("out.json")
        if os.path.exists(out):
            os.unlink(out)
        listen = self.hosts.address("master") + ":7700"
        master = self.process([MUSTER, "run", nginx.url(path), *arguments, "--listen", listen,
                               "--workers", "3", "--out", "json=" + out, *self.tls("master")],
                              netns=self.hosts.netns("master"))
        master.wait_for("listening on")
        workers = {name: self.process([WORKER, "--master", listen, "--name", name, "--lease", lease,
                                       *self.tls(name)], netns=self.hosts.netns(name))
                   for name in WORKERS}
        return master, workers, out

    def target(self):
        return self.nginx(host=self.hosts.address("target"), netns=self.hosts.netns("target"))

    def test_counts_equal_the_access_log(self):
        for load in (["--users", "50"], ["--rate", "2000"]):
            for _ in range(REPEATS):
                nginx, path = self.target(), unique_path()
                master, workers, out = self.start(nginx, path, *load, "--duration", f"{SECONDS}s")
                self.assertEqual(master.wait(60), 0, master.output())
                nginx.stop()
                result = self.json(out)
                self.assert_books(result)
                self.assertEqual(nginx.count(path), result["requests"]["completed"])
                self.assertEqual(sorted(w["name"] for w in result["workers"]), WORKERS)
                for worker in result["workers"]:
                    self.assertGreater(worker["completed"], 0)
                    self.assertLess(abs(worker["clock_offset_ns"]),
                                    worker["clock_error_ns"] + 1_000_000)
                for worker in workers.values():
                    worker.close()

    def test_a_cable_pulled_for_less_than_the_lease_loses_nothing(self):
        nginx, path = self.target(), unique_path()
        master, _, out = self.start(nginx, path, "--users", "12", "--duration", "10s", "--timeout",
                                    "8s")
        master.wait_for(r"(?i)running|started")
        time.sleep(2)
        # The control channel alone: the worker's way to the master, not to the target.
        namespace, address = self.hosts.netns("w2"), self.hosts.address("master")
        drop = ["ip", "netns", "exec", namespace, "ip", "route"]
        subprocess.run([*drop, "add", "blackhole", address], check=True)
        time.sleep(4)
        subprocess.run([*drop, "del", "blackhole", address], check=True)
        master.wait(60)
        nginx.stop()
        result = self.json(out)
        self.assert_books(result)
        self.assertEqual(result["losses"], [])
        self.assertEqual(nginx.count(path), result["requests"]["completed"])

    def test_a_cable_pulled_for_good_is_a_listed_loss(self):
        nginx, path = self.target(), unique_path()
        master, _, out = self.start(nginx, path, "--rate", "600", "--duration", "10s", lease="2s")
        master.wait_for(r"(?i)running|started")
        time.sleep(3)
        self.hosts.cable("w3", plugged=False)
        self.assertEqual(master.wait(90), 3, master.output())
        nginx.stop()
        result = self.json(out)
        self.assert_books(result)
        self.assertEqual(result["iterations"]["due"], 6000)
        self.assertEqual([loss["worker"] for loss in result["losses"]], ["w3"])
        served, requests = nginx.count(path), result["requests"]
        self.assertLessEqual(requests["completed"], served)
        self.assertLessEqual(served, requests["completed"] + requests["failed_after_send"] +
                             result["losses"][0]["at_most"])


if __name__ == "__main__":
    unittest.main(verbosity=2)

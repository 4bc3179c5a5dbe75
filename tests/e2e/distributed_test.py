#!/usr/bin/env python3
"""Master and workers as processes: exact counts, the same arrivals at any number of workers, deaths of
either side, the control channel's security."""

import itertools
import os
import re
import signal
import subprocess
import sys
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "support"))
from e2e import MUSTER, SOURCE, WORKER, E2eTest, free_port, muster, unique_path  # noqa: E402

REPEATS = int(os.environ.get("MUSTER_REPEATS", "3"))
SECONDS = int(os.environ.get("MUSTER_SECONDS", "2"))  # of each counted run


class Cluster(E2eTest):
    def master(self, *arguments, workers, listen="127.0.0.1:0", netns=None):
        """Starts a master; its process and its address."""
        process = self.process([MUSTER, "run", *arguments, "--listen", listen, "--workers", workers,
                                "--color", "never"], netns=netns)
        port = process.wait_for(r"listening on \S*:(\d+)").group(1)
        return process, listen.rsplit(":", 1)[0] + ":" + port

    def worker(self, address, *arguments, netns=None):
        return self.process([WORKER, "--master", address, *arguments], netns=netns)


class Counts(Cluster):
    def test_two_workers_equal_the_access_log(self):
        for load in (["--users", "50"], ["--rate", "2000"]):
            for _ in range(REPEATS):
                with self.subTest(load=load):
                    nginx, path = self.nginx(), unique_path()
                    out = self.path("out.json")
                    master, address = self.master(nginx.url(path), *load, "--duration", f"{SECONDS}s",
                                                  "--out", "json=" + out, workers=2)
                    workers = [self.worker(address, "--name", name) for name in ("a", "b")]
                    self.assertEqual(master.wait(60), 0, master.output())
                    nginx.stop()
                    result = self.json(out)
                    self.assert_books(result)
                    self.assertEqual(nginx.count(path), result["requests"]["completed"])
                    self.assertEqual(sum(w["completed"] for w in result["workers"]),
                                     result["requests"]["completed"])
                    if load[0] == "--rate":
                        self.assertEqual(result["requests"]["completed"], 4000)
                        self.assertEqual([w["completed"] for w in result["workers"]], [2000, 2000])
                    for worker in workers:
                        worker.close()

    def test_workers_serve_run_after_run_on_one_port(self):
        nginx, port = self.nginx(), free_port()
        worker = self.worker(f"127.0.0.1:{port}", "--name", "steady")
        for _ in range(2):
            path, out = unique_path(), self.path("out.json")
            master, _ = self.master(nginx.url(path), "--rate", "200", "--duration", "1s", "--out",
                                    "json=" + out, workers=1, listen=f"127.0.0.1:{port}")
            self.assertEqual(master.wait(60), 0, master.output() + worker.output())
            self.assertEqual(self.json(out)["requests"]["completed"], 200)

    def test_a_surplus_worker_is_a_spare(self):
        nginx, path, out = self.nginx(), unique_path(), self.path("out.json")
        master, address = self.master(nginx.url(path), "--rate", "500", "--duration", "2s", "--out",
                                      "json=" + out, workers=1)
        self.worker(address, "--name", "first")
        master.wait_for("first")
        self.worker(address, "--name", "second")
        self.assertEqual(master.wait(60), 0, master.output())
        self.assertEqual([w["name"] for w in self.json(out)["workers"]], ["first"])

    def test_sigterm_to_a_worker_drains_it_and_counts_stay_exact(self):
        nginx, path, out = self.nginx(), unique_path(), self.path("out.json")
        master, address = self.master(nginx.url(path), "--users", "20", "--duration", "4s", "--out",
                                      "json=" + out, workers=2)
        workers = [self.worker(address, "--name", name) for name in ("a", "b")]
        master.wait_for(r"(?i)running|started")
        time.sleep(1.5)
        workers[1].signal(signal.SIGTERM)
        self.assertEqual(workers[1].wait(20), 0, workers[1].output())
        master.wait(60)
        nginx.stop()
        result = self.json(out)
        self.assert_books(result)
        self.assertEqual(nginx.count(path), result["requests"]["completed"])


class Groups(Cluster):
    def test_a_threshold_over_one_group_sees_its_workers_alone(self):
        nginx, out = self.nginx(), self.path("out.json")
        master, address = self.master(
            nginx.url(), "--rate", 1000, "--duration", "2s", "--out", "json=" + out,
            "--threshold", "count(completed){worker=eu} <= 500",
            "--threshold", "count(completed){worker=us} >= 1500",
            "--threshold", "count(completed) >= 2000",
            "--threshold", "count(completed){worker=mars} >= 0", workers=2)
        self.worker(address, "--name", "a", "--group", "eu", "--weight", 1)
        self.worker(address, "--name", "b", "--group", "us", "--weight", 3)
        self.assertEqual(master.wait(60), 1, master.output())
        result = self.json(out)
        self.assert_books(result)
        self.assertEqual([t["observed"] for t in result["thresholds"]], [500, 1500, 2000, None])
        self.assertEqual([t["passed"] for t in result["thresholds"]], [True, True, True, False],
                         "a group that nobody is in has no data, and no data fails")

    def test_a_threshold_ends_the_run_of_all_workers(self):
        nginx, path, out = self.nginx(), unique_path(), self.path("out.json")
        master, address = self.master(
            nginx.url(path), "--rate", 400, "--duration", "60s", "--out", "json=" + out,
            "--expect", "418", "--abort-on", "error_rate{worker=eu} < 50%", "--abort-after", "1s",
            workers=2)
        for name, group in (("a", "eu"), ("b", "us")):
            self.worker(address, "--name", name, "--group", group)
        self.assertEqual(master.wait(30), 1, master.output())
        nginx.stop()
        result = self.json(out)
        self.assert_books(result)
        self.assertTrue(result["verdict"]["aborted"])
        self.assertTrue(result["verdict"]["complete"], result["verdict"]["reasons"])
        self.assertEqual({w["state"] for w in result["workers"]}, {"finished"})
        self.assertEqual(nginx.count(path), result["requests"]["completed"])


class Trace(Cluster):
    PLAN = """muster: 1
name: trace
target: {target}
seed: 42
load:
  rate:
    arrivals: {arrivals}
    stages:
      - {{to: 800/s, over: 1s}}
      - {{at: 300/s, for: 500ms}}
      - {{to: 0/s, over: 500ms}}
"""

    def trace(self, nginx, arrivals, weights, threads):
        plan, trace = self.path("plan.yaml"), self.path("trace")
        with open(plan, "w", encoding="utf-8") as file:
            file.write(self.PLAN.format(target=nginx.url(), arrivals=arrivals))
        master, address = self.master(plan, "--trace", trace, workers=len(weights))
        for index, weight in enumerate(weights):
            self.worker(address, "--name", f"w{index}", "--weight", weight, "--threads", threads)
        self.assertEqual(master.wait(60), 0, master.output())
        with open(trace, encoding="utf-8") as file:
            rows = [line.split() for line in file if line.strip()]
        self.assertEqual([int(row[0]) for row in rows], list(range(len(rows))))
        return "\n".join(f"{row[0]} {row[1]}" for row in rows)

    def test_arrivals_are_the_same_at_any_number_of_workers_and_threads(self):
        nginx = self.nginx()
        for arrivals in ("even", "poisson"):
            shapes = itertools.product([[1], [1, 1], [1, 1, 1], [1, 2, 3]], [1, 2])
            traces = {str(shape): self.trace(nginx, arrivals, *shape) for shape in shapes}
            self.assertEqual(len(set(traces.values())), 1, list(traces))
            self.assertEqual(len(next(iter(traces.values())).split("\n")), 400 + 150 + 75)


class Deaths(Cluster):
    def test_killed_master_stops_the_load_within_the_lease(self):
        nginx = self.nginx()
        master, address = self.master(nginx.url(), "--rate", "500", "--duration", "60s", workers=2)
        for name in ("a", "b"):
            self.worker(address, "--name", name, "--lease", "2s")
        master.wait_for(r"(?i)running|started")
        time.sleep(2)
        master.signal(signal.SIGKILL)
        time.sleep(3.2)  # the lease and a second
        self.assertEqual(self.connections(nginx.port), 0)
        before = self.served(nginx)
        time.sleep(5)
        self.assertEqual(self.served(nginx), before)
        self.assertGreater(before, 500)

    def served(self, nginx):
        # stub_status would count its own probes: the kernel's count of the port's connections and the
        # flushed log are enough.
        nginx.process.signal(signal.SIGUSR1)  # reopens the log, which flushes it
        time.sleep(0.3)
        return nginx.size()

    def connections(self, port):
        out = subprocess.run(["ss", "-Htn", "state", "established", f"( dport = :{port} )"],
                             capture_output=True, text=True, check=True).stdout
        return len(out.strip().split("\n")) if out.strip() else 0

    def test_killed_worker_is_exit_3_with_the_loss_listed(self):
        nginx, path, out = self.nginx(), unique_path(), self.path("out.json")
        master, address = self.master(nginx.url(path), "--rate", "1000", "--duration", "8s", "--out",
                                      "json=" + out, workers=2)
        self.worker(address, "--name", "stays", "--lease", "2s")
        dies = self.worker(address, "--name", "dies", "--lease", "2s")
        master.wait_for(r"(?i)running|started")
        time.sleep(2)
        dies.signal(signal.SIGKILL)
        self.assertEqual(master.wait(60), 3, master.output())
        nginx.stop()
        result = self.json(out)
        self.assert_books(result)
        self.assertEqual(result["iterations"]["due"], 8000)
        self.assertEqual([loss["worker"] for loss in result["losses"]], ["dies"])
        loss = result["losses"][0]
        self.assertGreater(loss["last"], loss["first"])
        self.assertGreater(result["not_started_by"]["worker_lost"], 1000)
        served, requests = nginx.count(path), result["requests"]
        self.assertLessEqual(requests["completed"], served)
        self.assertLessEqual(served, requests["completed"] + requests["failed_after_send"] +
                             loss["at_most"])
        self.assertIn("INCOMPLETE", master.output())
        lost = [reason for reason in result["verdict"]["reasons"] if not reason.startswith("threshold failed")]
        self.assertEqual(len(lost), 2, lost)
        self.assertRegex(lost[0], r"^worker dies was lost at 0:0[0-9.]+: .*; [0-9,]+ of its iterations were not started")
        self.assertRegex(lost[1], r"^in doubt: numbers .* of worker dies between 0:0[0-9.]+ and 0:0[0-9.]+, ")
        texts = [event["text"] for event in result["events"]]
        self.assertTrue(any("dies" in text and "lost" in text for text in texts), texts)
        states = {w["name"]: w["state"] for w in result["workers"]}
        self.assertEqual(states, {"stays": "finished", "dies": "lost"})

    def test_stopped_worker_that_comes_back_within_its_lease_loses_nothing(self):
        nginx, path, out = self.nginx(), unique_path(), self.path("out.json")
        master, address = self.master(nginx.url(path), "--users", "10", "--duration", "6s", "--out",
                                      "json=" + out, workers=2)
        self.worker(address, "--name", "a", "--lease", "10s")
        sleepy = self.worker(address, "--name", "b", "--lease", "10s")
        master.wait_for(r"(?i)running|started")
        time.sleep(1.5)
        sleepy.signal(signal.SIGSTOP)
        time.sleep(2)
        sleepy.signal(signal.SIGCONT)
        master.wait(60)
        nginx.stop()
        result = self.json(out)
        self.assert_books(result)
        self.assertEqual(result["losses"], [])
        self.assertEqual(nginx.count(path), result["requests"]["completed"])

    def test_interrupt_drains_and_reports_with_exit_5(self):
        nginx, path, out = self.nginx(), unique_path(), self.path("out.json")
        master, address = self.master(nginx.url(path), "--rate", "500", "--duration", "60s", "--out",
                                      "json=" + out, workers=1)
        self.worker(address)
        master.wait_for(r"(?i)running|started")
        time.sleep(2)
        master.signal(signal.SIGINT)
        self.assertEqual(master.wait(20), 5, master.output())
        nginx.stop()
        result = self.json(out)
        self.assert_books(result)
        self.assertEqual(nginx.count(path), result["requests"]["completed"])
        self.assertLess(result["iterations"]["due"], 5000)

    def test_second_interrupt_stops_at_once_and_still_reports(self):
        def behave(server, connection):
            while server.read_request(connection) is not None:
                pass
        server, out = self.bad_server(behave), self.path("out.json")
        master, address = self.master(server.url(), "--users", "5", "--duration", "60s", "--timeout",
                                      "50s", "--drain", "50s", "--out", "json=" + out, workers=1)
        self.worker(address)
        master.wait_for(r"(?i)running|started")
        time.sleep(1)
        master.signal(signal.SIGTERM)
        time.sleep(1)
        master.signal(signal.SIGTERM)
        self.assertEqual(master.wait(10), 5, master.output())
        result = self.json(out)
        self.assert_books(result)
        self.assertEqual(result["iterations"]["cut"], 5)

    def test_too_few_workers_is_exit_3(self):
        nginx = self.nginx()
        master, address = self.master(nginx.url(), "--rate", "10", "--wait", "2s", workers=3)
        self.worker(address, "--name", "alone")
        self.assertEqual(master.wait(20), 3, master.output())
        self.assertIn("1", re.search(r".*alone.*", master.output()).group(0))


class Security(Cluster):
    def certificates(self, folder):
        subprocess.run([os.path.join(SOURCE, "deploy", "make-certs.sh"), folder, "127.0.0.1", "w1", "w2"],
                       check=True, capture_output=True)

    def tls(self, folder, name):
        return ["--tls-ca", f"{folder}/ca.pem", "--tls-cert", f"{folder}/{name}.pem", "--tls-key",
                f"{folder}/{name}.key"]

    def test_mutual_tls_lets_in_only_its_own(self):
        ours, other = self.path("ours"), self.path("other")
        self.certificates(ours)
        self.certificates(other)
        nginx, path, out = self.nginx(), unique_path(), self.path("out.json")
        master, address = self.master(nginx.url(path), "--rate", "500", "--duration", "4s", "--out",
                                      "json=" + out, *self.tls(ours, "master"), "--tls-server-name", "w1",
                                      workers=1)
        strangers = [self.worker(address, "--name", "misnamed", *self.tls(ours, "w2")),
                     self.worker(address, "--name", "plain"),
                     self.worker(address, "--name", "foreign", *self.tls(other, "w1"))]
        self.worker(address, "--name", "friend", *self.tls(ours, "w1"))
        self.assertEqual(master.wait(60), 0, master.output())
        result = self.json(out)
        self.assertEqual([w["name"] for w in result["workers"]], ["friend"])
        self.assertEqual(result["requests"]["completed"], 2000)
        for stranger in strangers:
            stranger.wait_for("certificate|CA|TLS")
        self.assertNotIn("plain", master.output())

    def test_port_in_use_is_exit_2(self):
        nginx = self.nginx()
        _, address = self.master(nginx.url(), "--rate", "10", workers=1)
        code, _, err = muster("run", nginx.url(), "--rate", "10", "--listen", address, "--workers", "1")
        self.assertEqual(code, 2)
        self.assertIn(address, err)

    def test_duplicate_name_is_refused(self):
        nginx = self.nginx()
        master, address = self.master(nginx.url(), "--rate", "10", "--duration", "1s", workers=2)
        self.worker(address, "--name", "same")
        master.wait_for("same")
        twin = self.worker(address, "--name", "same")
        self.assertNotEqual(twin.wait(20), 0)
        self.assertIn("same", twin.output())

    def test_worker_refuses_to_leave_loopback_in_the_clear(self):
        worker = self.worker("192.0.2.1:7700")
        self.assertEqual(worker.wait(10), 2)
        self.assertIn("--tls-ca", worker.output())


if __name__ == "__main__":
    unittest.main(verbosity=2)

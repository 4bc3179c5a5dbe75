#!/usr/bin/env python3
"""`muster find-capacity` against targets whose capacity is known: an nginx with a limit, a server with so many
slots, one that is down; generators that give out first; workers over the network; wrong input, Ctrl-C, and the
page in a headless Chromium."""

import asyncio
import json
import os
import re
import signal
import sys
import threading
import time
import unittest

import jsonschema

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "support"))
from chromium import Chromium  # noqa: E402
from e2e import MUSTER, SOURCE, WORKER, E2eTest, environment, free_port, muster  # noqa: E402


class SlotServer:
    """Answers every request after `seconds`, at most `slots` at once: its capacity is slots / seconds."""

    def __init__(self, seconds, slots=None):
        self.seconds, self.slots = seconds, slots
        self.loop = asyncio.new_event_loop()
        self.port = free_port()
        ready = threading.Event()
        self.thread = threading.Thread(target=self._run, args=(ready,), daemon=True)
        self.thread.start()
        assert ready.wait(10)

    def _run(self, ready):
        asyncio.set_event_loop(self.loop)
        self.semaphore = asyncio.Semaphore(self.slots) if self.slots else None
        server = self.loop.run_until_complete(
            asyncio.start_server(self._serve, "127.0.0.1", self.port, backlog=4096))
        ready.set()
        self.loop.run_forever()
        server.close()

    async def _serve(self, reader, writer):
        try:
            while await reader.readuntil(b"\r\n\r\n"):
                if self.semaphore:
                    async with self.semaphore:
                        await asyncio.sleep(self.seconds)
                else:
                    await asyncio.sleep(self.seconds)
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    def url(self):
        return f"http://127.0.0.1:{self.port}/"

    def close(self):
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join(10)


class Capacity(E2eTest):
    @classmethod
    def setUpClass(cls):
        with open(os.path.join(SOURCE, "docs", "capacity.schema.json"), encoding="utf-8") as file:
            cls.validator = jsonschema.Draft202012Validator(json.load(file))

    def slots(self, *arguments):
        server = SlotServer(*arguments)
        self.addCleanup(server.close)
        return server

    def read(self, path):
        result = self.json(path)
        errors = [f"{error.json_path}: {error.message}" for error in self.validator.iter_errors(result)]
        self.assertEqual(errors, [])
        return result

    def find(self, *arguments, expect, timeout=240, **keywords):
        """(result, standard output, standard error)"""
        path = self.path("capacity.json")
        code, out, err = muster("find-capacity", *arguments, "--out", "json=" + path, timeout=timeout, **keywords)
        self.assertIn(code, expect if isinstance(expect, tuple) else (expect,), f"{out}\n{err}")
        result = self.read(path)
        self.assertEqual(result["exit_code"], code)
        return result, out, err

    def test_a_limited_rate_is_found(self):
        page = self.path("page")
        with open(page, "w", encoding="utf-8") as file:
            file.write("hello")
        os.chmod(self.folder, 0o755)
        nginx = self.nginx(http="limit_req_zone $binary_remote_addr zone=all:1m rate=1000r/s; limit_req_status 503;",
                           extra="location = /limited { limit_req zone=all burst=200 nodelay; "
                                 f"default_type text/plain; alias {page}; }}")
        html = self.path("capacity.html")
        result, out, err = self.find(nginx.url("/limited"), "--objective", "error_rate < 1%", "--from", "400/s",
                                     "--budget", "90s", "--seed", "5", "--out", "html=" + html,
                                     "--at-least", "900/s", expect=0)
        capacity = result["capacity"]
        self.assertAlmostEqual(capacity["estimate_per_s"], 1010, delta=30, msg=out)  # 1 % may fail
        self.assertLessEqual(capacity["low_per_s"], capacity["estimate_per_s"])
        self.assertGreater(capacity["sustained_per_s"], 900)
        self.assertLess(capacity["sustained_per_s"], 1030)
        self.assertEqual(capacity["limited_by"], "error_rate < 1%")
        self.assertTrue(capacity["breaking_point"]["errors"])
        # The screen says what the JSON says, and each level had its line while it went.
        self.assertRegex(out, r"^PASSED  ")
        self.assertIn("error_rate < 1%", out)
        levels = result["searches"][0]["levels"]
        self.assertEqual(len(re.findall(r"^muster: \w+ [\d,.]+/s for ", err, re.M)), len(levels))
        self.look_at_page(html, result)

    def look_at_page(self, path, result):
        """The page draws itself, fetches nothing, complains of nothing, and its answer is the JSON's."""
        with Chromium() as browser:
            for width, dark in ((360, True), (1280, False)):
                page = browser.open("file://" + path, width=width, dark=dark)
                self.assertEqual(page.problems, [])
                self.assertEqual([r for r in page.requests if not r.startswith(("file://", "data:"))], [])
                self.assertEqual(page.evaluate("document.getElementById('answer').textContent"),
                                 result["capacity"]["text"])
                self.assertEqual(page.evaluate("document.querySelectorAll('#levels tbody tr').length"),
                                 len(result["searches"][0]["levels"]))
                self.assertGreater(page.evaluate("document.querySelectorAll('#chart canvas').length"), 0)
                self.assertLessEqual(page.evaluate("document.documentElement.scrollWidth"), width)
                self.assertEqual(page.evaluate("document.getElementById('plain')"), None)
                page.close()

    def test_a_generator_that_gives_out_is_no_capacity(self):
        """Beside a process that takes its core, the generator is late long before nginx has much to do."""
        nginx = self.nginx(core=1)
        burner = self.process(["taskset", "-c", "0", "sh", "-c", "while :; do :; done"])
        path = self.path("capacity.json")
        command = ["taskset", "-c", "0", "nice", "-n", "19", MUSTER, "find-capacity", nginx.url("/"), "--threads", "1",
                   "--objective", "within(50ms) >= 99%", "--from", "2000/s", "--budget", "30s", "--out",
                   "json=" + path]
        search = self.process(command)
        self.assertEqual(search.wait(120), 4, search.output())
        result = self.read(path)
        self.assertEqual(result["exit_code"], 4)
        capacity = result["capacity"]
        self.assertEqual(capacity["limited_by"], "generator")
        for name in ("estimate_per_s", "low_per_s", "high_per_s"):
            self.assertIsNone(capacity[name])
        self.assertNotIn("estimate", search.output())
        self.assertIn("add workers", search.output())
        burner.close()

    def search_with_workers(self, url, workers):
        """At least so much: each worker may open 300 files, a connection for each request in flight."""
        port, path = free_port(), self.path(f"with-{workers}.json")
        master = self.process([MUSTER, "find-capacity", url, "--objective", "within(1s) >= 99%", "--from", "80/s",
                               "--budget", "40s", "--listen", f"127.0.0.1:{port}", "--workers", workers,
                               "--out", "json=" + path])
        master.wait_for("listening on")
        few = ["prlimit", "--nofile=300:300"]
        for number in range(workers):
            self.process([*few, WORKER, "--master", f"127.0.0.1:{port}", "--name", f"w{number}", "--threads", "1"])
        self.assertEqual(master.wait(120), 4, master.output())
        result = self.read(path)
        self.assertEqual([w["name"] for w in result["workers"]], [f"w{n}" for n in range(workers)])
        reasons = [level["reason"] for level in result["searches"][0]["levels"] if level["generator_limited"]]
        self.assertTrue(any("open files" in reason for reason in reasons), reasons)
        return result["capacity"]["at_least_per_s"]

    def test_two_workers_get_further_than_one(self):
        url = self.slots(0.02).url()
        one = self.search_with_workers(url, 1)
        two = self.search_with_workers(url, 2)
        self.assertGreaterEqual(one, 80)
        self.assertGreater(two, 1.4 * one)

    def test_users(self):
        """Four slots of 50 ms are 80/s: within 200 ms for 16 users at most."""
        result, out, _ = self.find(self.slots(0.05, 4).url(), "--axis", "users", "--objective",
                                   "within(200ms) >= 90%", "--from", "4", "--budget", "40s", expect=(0, 1))
        capacity = result["capacity"]
        self.assertEqual(capacity["axis"], "users")
        self.assertGreaterEqual(capacity["users"]["sustained"], 8)
        self.assertLessEqual(capacity["users"]["sustained"], 17)
        self.assertAlmostEqual(capacity["sustained_per_s"], 80, delta=8)
        self.assertIn(f"sustained {capacity['users']['sustained']} users", out)

    def test_a_target_that_is_down_sustains_nothing(self):
        began = time.monotonic()
        result, out, _ = self.find(f"http://127.0.0.1:{free_port()}/", "--from", "3", "--budget", "12s", expect=1)
        self.assertLess(time.monotonic() - began, 40)
        self.assertEqual(result["capacity"]["reason"], "nothing_sustained")
        self.assertIsNone(result["capacity"]["sustained_per_s"])
        self.assertIn("the lowest load that was tried fails already", out)

    def test_at_least_is_a_gate(self):
        nginx = self.nginx()
        common = (nginx.url("/"), "--from", "50/s", "--max", "100/s", "--budget", "10s", "--objective",
                  "within(5s) >= 90%")
        _, out, _ = self.find(*common, "--at-least", "60/s", expect=0)
        self.assertRegex(out, r"^PASSED  ")
        down = f"http://127.0.0.1:{free_port()}/"
        junit = self.path("capacity.xml")
        _, out, _ = self.find(down, "--from", "4", "--max", "5", "--budget", "10s", "--at-least", "4", "--out",
                              "junit=" + junit, expect=1)
        self.assertRegex(out, r"^FAILED  ")
        self.assertIn("want at least 4.00/s", out)
        with open(junit, encoding="utf-8") as file:
            self.assertIn('<failure type="failed"', file.read())

    def test_one_interrupt_ends_the_search_with_what_is_known(self):
        path = self.path("capacity.json")
        search = self.process([MUSTER, "find-capacity", self.slots(0.01).url(), "--from", "20/s", "--budget", "5m",
                               "--out", "json=" + path])
        search.wait_for(r"muster: climb 30.0/s for ")
        search.signal(signal.SIGINT)
        self.assertEqual(search.wait(20), 5, search.output())
        self.assertIn("stopping: this level may finish", search.output())
        result = self.read(path)
        self.assertEqual(result["verdict"]["outcome"], "interrupted")
        self.assertEqual(result["verdict"]["reasons"][0], "interrupted by SIGINT")
        self.assertGreaterEqual(len(result["searches"][0]["levels"]), 2)

    def test_a_worker_that_is_lost_ends_the_search(self):
        port, path = free_port(), self.path("capacity.json")
        master = self.process([MUSTER, "find-capacity", self.slots(0.01).url(), "--from", "20/s", "--budget", "5m",
                               "--listen", f"127.0.0.1:{port}", "--workers", "2", "--out", "json=" + path])
        workers = [self.process([WORKER, "--master", f"127.0.0.1:{port}", "--name", name, "--lease", "2s",
                                 "--threads", "1"]) for name in ("a", "b")]
        master.wait_for(r"climb 30.0/s for ")
        workers[1].signal(signal.SIGKILL)
        self.assertEqual(master.wait(60), 3, master.output())
        result = self.read(path)
        self.assertEqual(result["verdict"]["outcome"], "incomplete")
        self.assertFalse(result["verdict"]["complete"])
        self.assertIsNone(workers[0].popen.poll(), "the other waits for the next run")

    def test_wrong_input_is_one_line(self):
        plan = self.path("plan.yaml")
        with open(plan, "w", encoding="utf-8") as file:
            file.write("muster: 1\ntarget: http://127.0.0.1:1\nthresholds:\n  - within(1s) >= 99% ovr 3s\n")
        url = "http://127.0.0.1:1/"
        cases = [
            ((url, "--objective", "p99(respnse) < 1s"), "--objective: column 5: unknown latency"),
            ((url, "--objective", "mean(response) < 1s"), "--objective: a mean, least or greatest time is no share"),
            ((url, "--rate", "5/s"), "--rate: the search chooses the loads"),
            ((url, "--axis", "users", "--from", "5/s"), "--from: a rate, and the axis is users"),
            ((url, "--out", "hlog=x"), "--out: a search has no histogram"),
            ((url, "--out", "json=/no/such/folder/x"), "/no/such/folder/x"),
            ((url, "--budget", "2s"), "--budget: 2s is not from 10s"),
            ((plan,), f"{plan}:4:"),
            ((), "a plan file or a URL is missing"),
        ]
        for arguments, error in cases:
            with self.subTest(arguments):
                code, out, err = muster("find-capacity", *arguments)
                self.assertEqual((code, out), (2, ""), err)
                self.assertIn(error, err.strip().split("\n")[-1])


if __name__ == "__main__":
    unittest.main()

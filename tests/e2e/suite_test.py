"""`muster suite` with small servers: rows and their figures, and everything that can go wrong with a target.
After every test nothing that a suite has started is left."""

import csv
import os
import re
import signal
import socket
import sys
import textwrap
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "support"))
import e2e  # noqa: E402

# Says what it may use at /limits; kills itself at /die; grows by 16 MiB a request with HOG.
SERVER = """
import http.server, os, signal, sys
if os.environ.get("STUBBORN"):
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
if os.environ.get("FORKS"):  # a grandchild in a session of its own, whose parent is gone
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            os.execvp("sleep", ["sleep", os.environ["FORKS"]])
        os._exit(0)
    os.wait()
grown = []
class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1
    def do_GET(self):
        if os.environ.get("HOG"):
            grown.append(b"x" * (16 << 20))
        body = b"Hello World"
        if self.path == "/limits":
            import resource
            files = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
            body = f"files {files} cores {sorted(os.sched_getaffinity(0))} by {os.environ.get('WORD')}".encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()
        if self.path == "/die":
            os.kill(os.getpid(), signal.SIGKILL)
    def log_message(self, *arguments):
        pass
http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
"""

HEAD = "suite: 1\nname: test\npause: 50ms\n"


def commands():
    """Of all processes, zombies left out."""
    found = {}
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/cmdline", "rb") as file:
                found[int(pid)] = file.read().replace(b"\0", b" ").decode(errors="replace").strip()
        except OSError:
            pass
    return found


class SuiteTest(e2e.E2eTest):
    def setUp(self):
        super().setUp()
        self.mark = "muster-suite-test-" + os.path.basename(self.folder)
        self.server = self.write(self.mark + ".py", SERVER)

    def tearDown(self):
        left = self.left()
        for pid in left:
            os.kill(pid, signal.SIGKILL)
        self.assertEqual(left, {}, "left running")

    def left(self):
        return {pid: command for pid, command in commands().items() if self.mark in command}

    def write(self, name, text):
        path = self.path(name)
        with open(path, "w", encoding="utf-8") as file:
            file.write(textwrap.dedent(text))
        return path

    def text(self, name):
        with open(self.path(name), encoding="utf-8") as file:
            return file.read()

    def target(self, name, more=""):
        return (f'  - name: {name}\n    start: ["{{python}}", {self.server}, "{{port}}"]\n'
                + textwrap.indent(textwrap.dedent(more).strip("\n"), "    ") + "\n")

    def suite(self, targets, plans, head=""):
        return self.write("suite.yaml", HEAD + head
                          + "defaults: {ready: {body: Hello, within: 5s}, stop: {grace: 2s}}\n"
                          + "targets:\n" + "".join(targets) + "plans:\n" + plans)

    def arguments(self, suite, *more):
        return ["suite", suite, "--results", self.path("results"), "--out", "json=" + self.path("s.json"), *more]

    def run_suite(self, suite, *more, expect=0):
        code, out, err = e2e.muster(*self.arguments(suite, *more))
        self.assertEqual(code, expect, f"standard output:\n{out}\nstandard error:\n{err}")
        return self.json(self.path("s.json"))["suite"], out, err

    def rows(self, suite):
        return {(row["target"], row["plan"]): row for row in suite["rows"]}


ONE_SECOND = "  - {name: text, path: /text, flags: [--users, 4, --duration, 1s]}\n"


class Rows(SuiteTest):
    def test_all_formats_hold_the_same_rows(self):
        suite = self.suite([self.target("one", "version: [sh, -c, \"echo 1.2.3; echo more\"]"), self.target("two")],
                           ONE_SECOND + "  - {name: open, path: /json, flags: [--rate, 50/s, --duration, 1s]}\n",
                           head="repeats: 2\n")
        outs = [part for kind in ("csv", "markdown", "html") for part in ("--out", f"{kind}={self.path('s.' + kind)}")]
        result, terminal, _ = self.run_suite(suite, *outs)
        rows = self.rows(result)
        self.assertEqual(sorted(rows), [("one", "open"), ("one", "text"), ("two", "open"), ("two", "text")])
        with open(self.path("s.csv"), encoding="utf-8", newline="") as file:
            table = list(csv.DictReader(file))
        text = {kind: self.text("s." + kind) for kind in ("markdown", "html")}
        self.assertEqual(len(table), 4)
        for line in table:
            row = rows[line["target"], line["plan"]]
            self.assertEqual(int(line["requests_total"]), row["requests_total"])
            self.assertAlmostEqual(float(line["median_ms"]), row["median_ms"], places=6)
            self.assertEqual(row["verdict"], "passed")
            self.assertEqual(row["repeats_measured"], 2)
            # The figures of one run: total over rate is its length.
            self.assertAlmostEqual(row["requests_total"] / row["rate_per_s"], row["duration_s"], places=6)
            self.assertAlmostEqual(row["duration_s"], 1.0, places=3)
            for repeat in row["repeats"]:
                self.assertAlmostEqual(repeat["requests_total"] / repeat["rate_per_s"], repeat["duration_s"],
                                       places=6)
            self.assertEqual(row["failed"], 0)
            self.assertGreater(row["reuse"], 0.5)
            self.assertGreater(row["target_memory_bytes"], 1 << 20)
            self.assertGreater(row["target_cpu"], 0)
            self.assertGreater(row["generator_cpu"], 0)
            shown = f"{row['requests_total']:,}"
            self.assertIn(f" {shown} ", terminal)
            self.assertIn(f"| {shown} |", text["markdown"])
            self.assertIn(f'<td class="n">{shown}</td>', text["html"])
        self.assertEqual(rows["one", "text"]["version"], "1.2.3")
        self.assertIn("2 repeats can't tell 2 targets apart; 4 could", terminal)
        self.assertEqual(result["plans"][0]["rank_by"], "rate")
        self.assertEqual(result["plans"][1]["rank_by"], "p99")

    def test_limits_and_places_reach_the_target(self):
        suite = self.suite([self.target("limited", """
            env: {WORD: "at {port}"}
            port: %d
            limits: {open_files: 321, cores: 1}
            ready: {path: /limits, body: "files 321 cores [0] by at %d"}
            """ % ((port := e2e.free_port()), port))], ONE_SECOND, head='cores: {target: 0, generator: 1}\n')
        if os.cpu_count() < 2:
            self.skipTest("one core")
        result, _, _ = self.run_suite(suite)
        row = result["rows"][0]
        self.assertEqual(row["not_enforced"], [])
        self.assertEqual(result["cores"], {"target": "0", "generator": "1"})
        self.assertEqual(row["verdict"], "passed")

    def test_what_the_host_does_not_allow_is_said(self):
        suite = self.suite([self.target("broad", "limits: {open_files: 900000000, cores: 4000}")], ONE_SECOND)
        result, out, _ = self.run_suite(suite)
        said = " ".join(result["rows"][0]["not_enforced"])
        self.assertIn("open_files: 900000000 asked, the system's limit is", said)
        self.assertIn("cores: 4000 asked", said)
        self.assertIn("broad: not enforced: open_files", out)

    def test_the_limit_of_memory_kills_and_is_named(self):
        suite = self.suite([self.target("hog", "env: {HOG: '1'}\nlimits: {memory: 64MiB}")],
                           ONE_SECOND.replace("1s", "10s"))
        code, out, err = e2e.muster(*self.arguments(suite))
        row = self.json(self.path("s.json"))["suite"]["rows"][0]
        if row["not_enforced"]:
            self.skipTest("no cgroups of our own here: " + row["not_enforced"][0])
        self.assertEqual(code, 3, out + err)
        self.assertEqual(row["verdict"], "not_measured")
        self.assertIn("signal 9 (Killed), by its limit of memory, 64MiB", row["reason"])


@unittest.skipUnless(e2e.muster("find-capacity", "--help")[0] == 0, "this muster searches for no capacity")
class Capacity(SuiteTest):
    def test_a_search_is_a_row(self):
        plan = ("  - {name: most, command: find-capacity, path: /text, flags: [--objective, 'within(200ms) >= 95%', "
                "--from, 50/s, --max, 200/s, --budget, 15s]}\n")
        result, out, err = self.run_suite(self.suite([self.target("one")], plan))
        row = result["rows"][0]
        self.assertEqual((row["command"], row["capacity"]["axis"], row["repeats_measured"]),
                         ("find-capacity", "rate", 1), out + err)
        self.assertIn(row["verdict"], ("passed", "not_resolved", "generator_limited"))
        if row["verdict"] != "passed":
            self.assertNotEqual(row["reason"], "")
        if row["rate_per_s"] is not None:
            self.assertAlmostEqual(row["requests_total"] / row["rate_per_s"], row["duration_s"], places=2)
        self.assertGreater(row["target_cpu"], 0)


class Wrong(SuiteTest):
    def test_targets_that_cannot_run_keep_their_rows(self):
        busy = socket.socket()
        self.addCleanup(busy.close)
        busy.bind(("127.0.0.1", 0))
        busy.listen()
        targets = [
            self.target("good"),
            self.target("lacks", "needs: {modules: [no_such_module], install: the module}"),
            self.target("lacks-program", "needs: {command: [/no/such/check]}"),
            "  - {name: no-program, start: [/no/such/program]}\n",
            "  - {name: ends, start: [sh, -c, 'echo wrong port >&2; exit 3']}\n",
            "  - {name: daemon, start: [sh, -c, 'setsid sleep 61.7 & exit 0']}\n",
            self.target("never", "ready: {body: other, within: 3s}"),
            self.target("in-use", f"port: {busy.getsockname()[1]}"),
        ]
        result, out, _ = self.run_suite(self.suite(targets, ONE_SECOND), expect=3)
        rows = {target: (row["verdict"], row["reason"]) for (target, _), row in self.rows(result).items()}
        self.assertEqual(rows["good"], ("passed", ""))
        self.assertEqual(rows["lacks"][0], "needs_missing")
        self.assertRegex(rows["lacks"][1], r"^install: the module \(ModuleNotFoundError: .*no_such_module")
        self.assertEqual(rows["lacks-program"],
                         ("needs_missing", "can't start /no/such/check: No such file or directory"))
        self.assertEqual(rows["no-program"],
                         ("not_measured", "can't start /no/such/program: No such file or directory"))
        self.assertEqual(rows["ends"], ("not_measured",
                                        "the target ended before it was ready (exit code 3): wrong port"))
        self.assertEqual(rows["daemon"], ("not_measured", "the target ended before it was ready (exit code 0); "
                                          "its command must stay in the foreground"))
        self.assertFalse([c for c in commands().values() if c == "sleep 61.7"])
        self.assertEqual(rows["never"], ("not_measured", "the target was not ready within 3s "
                                                         "(an answer without 'other')"))
        self.assertEqual(rows["in-use"][1],
                         f"port {busy.getsockname()[1]} is in use by another program")
        self.assertIn("ends: the target ended before it was ready", out)

    def test_needs_that_are_missing_are_foreseen(self):
        suite = self.suite([self.target("good"), self.target("lacks", "needs: {modules: [no_such_module]}")],
                           ONE_SECOND)
        self.run_suite(suite, expect=0)

    def test_a_target_that_dies_in_a_run_is_started_anew_for_the_next(self):
        plans = ("  - {name: die, path: /die, flags: [--rate, 5/s, --duration, 3s]}\n" + ONE_SECOND)
        started = time.monotonic()
        result, _, _ = self.run_suite(self.suite([self.target("mortal"), self.target("other")], plans), expect=3)
        rows = self.rows(result)
        self.assertEqual(rows["mortal", "die"]["verdict"], "not_measured")
        self.assertIn("the target ended in the middle of the run (signal 9 (Killed))", rows["mortal", "die"]["reason"])
        self.assertIsNone(rows["mortal", "die"]["rate_per_s"])
        self.assertEqual(rows["mortal", "text"]["verdict"], "passed")
        self.assertEqual(rows["other", "text"]["verdict"], "passed")
        self.assertLess(time.monotonic() - started, 20)

    def test_bad_words_and_bad_files(self):
        good = "targets: [{name: a, start: [x]}]\n"
        plan = "plans: [{name: p, path: /, flags: [--users, 1]}]\n"
        for text, error in [
            ("suite: 2\n" + good + plan, r"suite.yaml:1:8: suite: this build reads version 1"),
            ("suite: 1\ntargets: [{name: a, strat: [x]}]\n" + plan,
             r"suite.yaml:2:21: unknown key 'strat' in a target; did you mean 'start'\?"),
            ("suite: 1\n" + good + "plans: [{name: p, path: /, flags: [--rat, 1]}]\n",
             r"suite.yaml:3:35: plans\[0\].flags: --rat: unknown flag; did you mean --rate\?"),
            ("suite: 1\n" + good + "plans: [{name: p, plan: no.yaml}]\n", r"suite.yaml:3:9: plans\[0\]: .*no.yaml"),
        ]:
            path = self.write("suite.yaml", text)
            code, _, err = e2e.muster(*self.arguments(path))
            self.assertEqual(code, 2, err)
            self.assertRegex(err, error)
        path = self.suite([self.target("one")], ONE_SECOND)
        for words, error in [
            ([], "a suite file is missing"), ([path, "--onli", "x"], r"did you mean --only\?"),
            ([path, "--only", "oen"], r"--only: no target is named 'oen'; did you mean 'one'\?"),
            ([path, "--plans", "zzz"], r"--plans: no plan is named 'zzz'; there are text"),
            ([path, "--repeats", "0"], "--repeats: "), ([path, "--out", "hlog=x"], "markdown=FILE or html=FILE"),
            ([self.path("none.yaml")], "none.yaml"),
        ]:
            code, out, err = e2e.muster("suite", *words)
            self.assertEqual((code, out), (2, ""), err)
            self.assertRegex(err, error)


class Ends(SuiteTest):
    LONG = "  - {name: text, path: /text, flags: [--users, 4, --duration, 60s]}\n"

    def start(self, targets, plans=LONG):
        process = self.process([e2e.MUSTER, *self.arguments(self.suite(targets, plans))])
        process.wait_for(r"\[1/")
        end = time.monotonic() + 10
        while not self.runs_child() and time.monotonic() < end:
            time.sleep(0.05)
        self.assertTrue(self.runs_child(), process.output())
        return process

    def runs_child(self):
        return any("exe run http" in command and self.path("results") in command for command in commands().values())

    def test_ctrl_c_ends_with_the_table(self):
        process = self.start([self.target("one", "env: {FORKS: '%s'}" % self.sleep()), self.target("two")])
        os.kill(process.popen.pid, signal.SIGINT)
        self.assertEqual(process.wait(30), 5, process.output())
        self.assertIn("0 of 2 rows measured, interrupted", process.output())
        result = self.json(self.path("s.json"))["suite"]
        self.assertEqual({row["verdict"] for row in result["rows"]}, {"interrupted"})
        self.assert_nothing_sleeps()

    def test_a_second_ctrl_c_does_not_wait_for_the_grace(self):
        process = self.start([self.target("one", "env: {STUBBORN: '1'}\nstop: {grace: 60s}")])
        os.kill(process.popen.pid, signal.SIGINT)
        time.sleep(0.3)
        os.kill(process.popen.pid, signal.SIGINT)
        self.assertEqual(process.wait(15), 5, process.output())

    def test_nothing_is_left_of_a_killed_suite(self):
        process = self.start([self.target("one", "env: {STUBBORN: '1', FORKS: '%s'}\nstop: {grace: 500ms}"
                                          % self.sleep())])
        process.popen.kill()
        process.wait(5)
        end = time.monotonic() + 10
        while (self.left() or self.runs_child() or self.sleeping()) and time.monotonic() < end:
            time.sleep(0.1)
        self.assertFalse(self.runs_child())
        self.assertEqual(self.left(), {})
        self.assert_nothing_sleeps()

    def test_stubborn_targets_and_their_orphans_are_killed(self):
        suite = self.suite([self.target("one", "env: {STUBBORN: '1', FORKS: '%s'}\nstop: {grace: 300ms}"
                                        % self.sleep())], ONE_SECOND)
        self.run_suite(suite)
        self.assertEqual(self.left(), {})
        self.assert_nothing_sleeps()

    def sleep(self):
        """A length that no other process sleeps."""
        self.slept = f"{90000 + os.getpid() % 9000}.{id(self) % 100000}"
        return self.slept

    def sleeping(self):
        return [command for command in commands().values() if self.slept in command]

    def assert_nothing_sleeps(self):
        self.assertEqual(self.sleeping(), [])


class Resumes(SuiteTest):
    def started(self, err):
        return re.findall(r"\[\d+/\d+\] (\w+), (\w+)", err)

    def test_only_what_is_missing_or_changed_runs_again(self):
        targets = [self.target("one"), self.target("two")]
        plans = ONE_SECOND.replace("1s", "200ms")
        suite = self.suite(targets, plans)
        first, _, err = self.run_suite(suite)
        self.assertEqual(sorted(self.started(err)), [("text", "one"), ("text", "two")])
        again, _, err = self.run_suite(suite)
        self.assertEqual(self.started(err), [])
        self.assertIn("2 of 2 cells are kept", err)
        self.assertEqual(first["rows"], again["rows"])
        # A cell that is gone, one whose target has changed, one that is torn.
        os.unlink(self.path("results/text/one.1.json"))
        _, _, err = self.run_suite(suite)
        self.assertEqual(self.started(err), [("text", "one")])
        self.suite([targets[0], self.target("two", "env: {WORD: new}")], plans)
        _, _, err = self.run_suite(suite)
        self.assertEqual(self.started(err), [("text", "two")])
        with open(self.path("results/text/one.1.json"), "r+", encoding="utf-8") as file:
            file.truncate(100)
        _, _, err = self.run_suite(suite)
        self.assertEqual(self.started(err), [("text", "one")])
        _, _, err = self.run_suite(suite, "--again")
        self.assertEqual(len(self.started(err)), 2)

    def test_one_suite_at_a_time_uses_a_results_folder(self):
        suite = self.suite([self.target("one")], Ends.LONG)
        process = self.process([e2e.MUSTER, *self.arguments(suite)])
        process.wait_for(r"\[1/1\]")
        code, _, err = e2e.muster(*self.arguments(suite))
        self.assertEqual(code, 2)
        self.assertIn("is in use by another suite", err)
        process.signal(signal.SIGINT)
        self.assertEqual(process.wait(30), 5)

    def test_list_says_what_would_run_and_runs_nothing(self):
        suite = self.suite([self.target("one"), self.target("two")], ONE_SECOND, head="repeats: 3\n"
                           "quick: {repeats: 1, pause: 0s}\n")
        code, out, _ = e2e.muster("suite", suite, "--list", "--results", self.path("r"))
        self.assertEqual(code, 0)
        self.assertEqual(out.count("text, "), 6)
        self.assertIn("6 of 6 cells to run, at least 6.3s", out)
        self.assertFalse(os.path.exists(self.path("r")))
        code, out, _ = e2e.muster("suite", suite, "--list", "--quick", "--only", "two", "--results", self.path("r"))
        self.assertEqual(out.splitlines()[0], "text, two")
        self.assertIn("1 of 1 cells to run, at least 1s", out)


if __name__ == "__main__":
    unittest.main()

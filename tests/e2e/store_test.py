#!/usr/bin/env python3
"""The run store, and the commands on it: real runs are kept, listed, shown again byte for byte and
compared; no trouble with the store fails a run."""

import json
import os
import re
import resource
import signal
import sqlite3
import subprocess
import sys
import time
import unittest
import zlib

import jsonschema

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "support"))
from e2e import MUSTER, SOURCE, E2eTest, environment, muster  # noqa: E402


class StoreTest(E2eTest):
    def setUp(self):
        super().setUp()
        self.store = self.path("runs.db")

    def run_kept(self, url, *arguments, expect=0, **keywords):
        """A short run that is kept in self.store: (standard output, standard error)."""
        code, out, err = muster("run", url, "--rate", 100, "--duration", "1s", "--store", self.store,
                                "--no-thresholds", *arguments, **keywords)
        self.assertEqual(code, expect, out + err)
        return out, err

    def on_store(self, command, *arguments, expect=0):
        code, out, err = muster(command, *arguments, "--store", self.store)
        self.assertEqual(code, expect, out + err)
        return out if expect == 0 else err

    def runs(self, *arguments):
        return json.loads(self.on_store("runs", "--json", *arguments))["runs"]

    def refused(self, *arguments):
        code, out, err = muster(*arguments)
        self.assertEqual(code, 2, out + err)
        self.assertEqual(out, "")
        self.assertEqual(err.count("\n"), 1, err)
        return err

    def content(self, run):
        """What is kept of a run, unpacked."""
        with sqlite3.connect(self.store) as database:
            row = database.execute("SELECT summary FROM run WHERE id = ?", (run,)).fetchone()
        return zlib.decompress(row[0][13:])


def formats():
    """Every format that --out knows, from its own words."""
    _, _, err = muster("run", "http://127.0.0.1:1", "--out", "nonsense=x")
    words = re.findall(r"\w+", err.split("; write ", 1)[1])
    return [word for word in words if word != "or"]


class Kept(StoreTest):
    def test_every_output_of_an_old_run_is_the_same_byte_for_byte(self):
        nginx = self.nginx()
        plan = self.path("shop.yaml")
        with open(plan, "w", encoding="utf-8") as file:
            file.write(f"muster: 1\ntarget: {nginx.url()}\nload: {{rate: {{stages: [{{at: 200/s, for: 2s}}]}}}}\n"
                       "requests: [{name: home, get: /}, {name: 'b|uy', get: /b, tags: {team: a}}]\n"
                       "thresholds: [p99(response) < 1us]\n")
        names = formats()
        self.assertGreaterEqual(len(names), 3)
        folders = {}
        for made in ("then", "now"):
            folders[made] = self.path(made)
            os.mkdir(folders[made])
        outputs = {made: [word for name in names for word in ("--out", f"{name}={folder}/{name}")]
                   for made, folder in folders.items()}
        code, out, err = muster("run", plan, "--store", self.store, *outputs["then"])
        self.assertEqual(code, 1, err)
        self.assertEqual(self.on_store("report", "latest", *outputs["now"]), "")
        files = sorted(os.listdir(folders["then"]))
        self.assertGreaterEqual(len(files), len(names))
        self.assertEqual(sorted(os.listdir(folders["now"])), files)
        for name in files:
            with open(os.path.join(folders["then"], name), "rb") as then, \
                    open(os.path.join(folders["now"], name), "rb") as now:
                self.assertEqual(now.read(), then.read(), name)
        self.assertEqual(self.on_store("report", "latest"), out)

    def test_a_run_is_listed_with_what_it_was(self):
        nginx = self.nginx()
        _, result, _, _ = self.run_json(nginx.url(), "--users", 2, "--iterations", 50, "--name", "few",
                                        "--store", self.store, expect=0)
        run = self.runs()[0]
        self.assertEqual(run["id"], result["run"]["id"])
        self.assertEqual(run["name"], "few")
        self.assertEqual(run["started_at"], result["run"]["started_at"])
        self.assertEqual(run["model"], "closed")
        self.assertEqual(run["asked"], "2 users")
        self.assertEqual(run["p50_ns"], result["latency"]["response_all"]["p50_ns"])
        self.assertEqual(run["error_rate"], 0)
        self.assertEqual((run["state"], run["outcome"], run["exit_code"]), ("finished", "passed", 0))
        table = self.on_store("runs")
        self.assertIn(run["id"], table)
        self.assertIn("closed 2 users", table)

    def test_lists_are_filtered(self):
        nginx = self.nginx()
        self.run_kept(nginx.url(), "--name", "shop")
        self.run_kept("http://127.0.0.1:1/", "--name", "nobody", expect=1)
        self.assertEqual([run["name"] for run in self.runs()], ["nobody", "shop"])
        self.assertEqual([run["name"] for run in self.runs("--outcome", "failed")], ["nobody"])
        self.assertEqual([run["name"] for run in self.runs("--name", "SHO")], ["shop"])
        self.assertEqual(len(self.runs("--since", "1h")), 2)
        self.assertEqual(len(self.runs("--since", "0s")), 0)
        self.assertEqual([run["name"] for run in self.runs("--limit", "1")], ["nobody"])
        self.assertIn("and 1 older", self.on_store("runs", "--limit", "1"))

    def test_pinned_and_deleted(self):
        nginx = self.nginx()
        self.run_kept(nginx.url())
        run = self.runs()[0]["id"]
        self.assertEqual(self.on_store("runs", "--pin", run[:4]), f"pinned {run}\n")
        self.assertTrue(self.runs()[0]["pinned"])
        self.assertIn(run + "*", self.on_store("runs"))
        self.on_store("runs", "--unpin", "latest")
        self.assertFalse(self.runs()[0]["pinned"])
        self.assertEqual(self.on_store("runs", "--delete", run), f"deleted {run}\n")
        self.assertEqual(self.runs(), [])
        self.assertEqual(self.on_store("runs"), "no runs\n")
        self.assertIn("no run", self.on_store("runs", "--delete", run, expect=2))

    def test_secrets_are_not_kept(self):
        nginx = self.nginx()
        plan = self.path("secret.yaml")
        with open(plan, "w", encoding="utf-8") as file:
            file.write(f"muster: 1\ntarget: {nginx.url()}\nload: {{rate: {{stages: [{{at: 50/s, for: 1s}}]}}}}\n"
                       "requests:\n  - get: /\n    headers: {Cookie: s3cret=plan, accept: text/plain}\n")
        code, _, err = muster("run", plan, "--store", self.store, "-H", "Authorization: Bearer s3cret",
                              "--header=X-Api-Key:s3cret")
        self.assertEqual(code, 0, err)
        content = self.content(self.runs()[0]["id"])
        self.assertNotIn(b"s3cret", content)
        for kept in (b"Authorization: ***", b"X-Api-Key: ***", b"Cookie: ***", b"text/plain", b"secret.yaml"):
            self.assertIn(kept, content)

    def test_the_host_and_the_plan_are_kept(self):
        nginx = self.nginx()
        self.run_kept(nginx.url())
        content = self.content(self.runs()[0]["id"])
        for kept in (os.uname().nodename, "Linux " + os.uname().release, "--no-thresholds"):
            self.assertIn(kept.encode(), content)

    def test_a_killed_master_leaves_an_unfinished_run(self):
        nginx = self.nginx()
        self.run_kept(nginx.url())
        process = self.process([MUSTER, "run", nginx.url(), "--rate", "50", "--duration", "60s", "--store",
                                self.store])
        process.wait_for(r"0:0[56]")
        process.signal(signal.SIGKILL)
        process.wait(10)
        states = [(run["state"], run["outcome"]) for run in self.runs()]
        self.assertEqual(states, [("unfinished", None), ("finished", "passed")])
        self.assertIn("unfinished", self.on_store("runs"))
        run = self.runs()[0]["id"]
        self.assertIn("has no result", self.on_store("report", run, expect=2))
        self.on_store("report", "latest")  # the finished one

    def test_a_run_that_sent_nothing_is_not_kept(self):
        code, _, _ = muster("run", "http://127.0.0.1:1/", "--rate", 1, "--listen", "127.0.0.1:0", "--wait",
                            "1s", "--store", self.store)
        self.assertEqual(code, 3)
        code, _, _ = muster("run", "http://127.0.0.1:1/", "--rate", 1, "--listen", "192.0.2.1:1",
                            "--insecure-control", "--store", self.store)
        self.assertEqual(code, 2)
        self.assertEqual(self.runs(), [])

    def test_several_masters_at_once(self):
        nginx = self.nginx()
        masters = [self.process([MUSTER, "run", nginx.url(), "--rate", "20", "--duration", "1s", "--store",
                                 self.store, "--quiet", "--name", f"m{i}"]) for i in range(6)]
        for master in masters:
            self.assertEqual(master.wait(60), 0, master.output())
            self.assertNotIn("not kept", master.output())
        self.assertEqual(sorted(run["name"] for run in self.runs()), [f"m{i}" for i in range(6)])
        self.assertEqual({run["state"] for run in self.runs()}, {"finished"})


class Where(StoreTest):
    def listed(self, env):
        code, out, err = muster("runs", "--json", env=env)
        self.assertEqual(code, 0, err)
        return len(json.loads(out)["runs"])

    def one(self, env, *arguments):
        nginx = self.nginx()
        code, out, err = muster("run", nginx.url(), "--rate", 50, "--duration", "1s", *arguments, env=env)
        self.assertEqual(code, 0, out + err)
        self.assertNotIn("not kept", err)

    def test_the_users_state_folder(self):
        env = dict(environment(), XDG_STATE_HOME=self.path("state"))
        self.assertEqual(self.listed(env), 0)
        self.assertFalse(os.path.exists(self.path("state")))
        self.one(env)
        self.assertEqual(self.listed(env), 1)
        store = self.path("state/muster/runs.db")
        self.assertEqual(os.stat(store).st_mode & 0o777, 0o600)
        self.assertEqual(os.stat(os.path.dirname(store)).st_mode & 0o777, 0o700)
        del env["XDG_STATE_HOME"]
        env["HOME"] = self.path("home")
        self.one(env)
        self.assertTrue(os.path.exists(self.path("home/.local/state/muster/runs.db")))

    def test_nothing_is_kept_in_ci_or_when_told_so(self):
        env = dict(environment(), XDG_STATE_HOME=self.path("state"), CI="true")
        self.one(env)
        self.one(dict(env, CI=""), "--no-store")
        self.assertFalse(os.path.exists(self.path("state")))
        self.one(env, "--store", self.store)
        self.assertEqual(len(self.runs()), 1)

    def test_no_place_is_a_warning(self):
        env = {k: v for k, v in environment().items() if k not in ("XDG_STATE_HOME", "HOME")}
        nginx = self.nginx()
        code, _, err = muster("run", nginx.url(), "--rate", 50, "--duration", "1s", env=env)
        self.assertEqual(code, 0, err)
        self.assertIn("warning: this run is not kept: there is no place", err)
        code, _, err = muster("runs", env=env)
        self.assertEqual(code, 2)
        self.assertIn("--store", err)


class Trouble(StoreTest):
    def warned(self, store, needle, **keywords):
        """A run goes on without the store, and says so in one line."""
        self.store = store
        _, err = self.run_kept(self.nginx().url(), "--quiet", **keywords)
        self.assertEqual(err.count("\n"), 1, err)
        self.assertIn("warning: this run is not kept", err)
        self.assertIn(needle, err)

    def test_damaged(self):
        with open(self.store, "wb") as file:
            file.write(b"x" * 8192)
        self.warned(self.store, "not a database")
        for command in (["runs"], ["report", "latest"], ["compare", "latest~1", "latest"],
                        ["runs", "--pin", "latest"]):
            self.assertIn("not a database", self.refused(*command, "--store", self.store))

    def test_damaged_inside(self):
        nginx = self.nginx()
        for _ in range(2):
            self.run_kept(nginx.url())
        size = os.path.getsize(self.store)
        with open(self.store, "r+b") as file:
            file.seek(4096)
            file.write(b"\xff" * (size - 4096))
        self.warned(self.store, "malformed")

    def test_out_of_reach(self):
        self.warned("/proc/none/runs.db", "/proc/none/runs.db")
        self.warned(self.folder, "directory")

    def test_locked(self):
        self.run_kept(self.nginx().url())
        other = sqlite3.connect(self.store, isolation_level=None)
        self.addCleanup(other.close)
        other.execute("BEGIN IMMEDIATE")
        self.warned(self.store, "locked")
        self.assertEqual(len(self.runs()), 1)  # readers don't wait

    def test_of_a_newer_muster(self):
        self.run_kept(self.nginx().url())
        with sqlite3.connect(self.store) as database:
            database.execute("PRAGMA user_version = 99")
        self.warned(self.store, "newer Muster")
        self.assertIn("newer Muster", self.on_store("runs", expect=2))

    def test_of_another_program(self):
        with sqlite3.connect(self.store) as database:
            database.execute("CREATE TABLE bookmarks (url)")
        self.warned(self.store, "no run store")
        with sqlite3.connect(self.store) as database:
            tables = database.execute("SELECT name FROM sqlite_schema").fetchall()
        self.assertEqual(tables, [("bookmarks",)])

    def test_a_full_disk(self):
        nginx = self.nginx()
        self.run_kept(nginx.url())
        size = os.path.getsize(self.store)

        def small_files():
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (size // 2, size // 2))
        done = subprocess.run([MUSTER, "run", nginx.url(), "--rate", "50", "--duration", "1s", "--quiet",
                               "--store", self.store], capture_output=True, text=True, timeout=60,
                              env=environment(), preexec_fn=small_files, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("warning: this run is not kept", done.stderr)
        self.assertEqual(len([run for run in self.runs() if run["state"] == "finished"]), 1)

    @unittest.skipUnless(os.getuid() == 0, "only root can become somebody who may not write")
    def test_a_folder_that_one_may_only_read(self):
        self.run_kept(self.nginx().url())
        os.chmod(self.store, 0o444)
        os.chmod(self.folder, 0o555)

        def as_nobody(*arguments):
            return subprocess.run([MUSTER, *arguments, "--store", self.store], capture_output=True,
                                  text=True, timeout=60, env=environment(), check=False,
                                  preexec_fn=lambda: os.setuid(65534))
        self.assertEqual(as_nobody("runs").returncode, 0)
        self.assertEqual(as_nobody("report", "latest").returncode, 0)
        self.assertEqual(as_nobody("runs", "--pin", "latest").returncode, 2)
        done = as_nobody("run", self.nginx().url(), "--rate", "50", "--duration", "1s", "--quiet")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("not kept", done.stderr)
        os.chmod(self.folder, 0o755)

    def test_wrong_words_are_2_in_one_line(self):
        self.run_kept(self.nginx().url())
        for arguments, needle in [
                (["runs", "--since", "yesterday"], "--since"), (["runs", "--outcome", "good"], "--outcome"),
                (["runs", "--limit", "0"], "--limit"), (["runs", "--jsn"], "--json"),
                (["runs", "--pin", "shop"], "no run; write an id"), (["runs", "latest"], "muster report"),
                (["report"], "a run is missing"), (["report", "ffffffff"], "no run 'ffffffff'"),
                (["report", "latest~7"], "8 finished"), (["report", "latest", "--out", "xml=x"], "junit"),
                (["report", "latest", "--out", "json=/nonexistent/x"], "/nonexistent"),
                (["report", "shop"], "no run; write an id"), (["report", "result.json"], "muster compare"),
                (["report", SOURCE + "/README.md"], "muster report RUN"),
                (["compare", "latest"], "BASE and NEW"), (["compare", "latest", "--size", "x", "y"], "--size")]:
            with self.subTest(arguments=arguments):
                self.assertIn(needle, self.refused(*arguments, "--store", self.store))
        self.assertIn("No such file", self.refused("runs", "--store", self.path("none.db")))
        self.assertIn("muster report RUN", self.refused("report", "result.json", "--store", self.path("none.db")))
        code, _, err = muster("report", "latest", "--store", self.store, "--out", "json=/dev/full")
        self.assertEqual(code, 70, err)


class Compared(StoreTest):
    def slow(self, seconds):
        def behave(server, connection):
            while server.read_request(connection):
                time.sleep(seconds)
                connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok")
        return self.bad_server(behave).url()

    def result(self, url, name, *arguments):
        path = self.path(name + ".json")
        code, out, err = muster("run", url, "--rate", 50, "--duration", "1s", "--no-thresholds", "--store",
                                self.store, "--out", "json=" + path, *arguments)
        self.assertEqual(code, 0, out + err)
        return path

    def test_four_against_four_find_a_regression_and_a_gain(self):
        fast, slow = self.slow(0.005), self.slow(0.02)
        base, new = [], []
        for i in range(4):
            base.append(self.result(fast, f"base-{i}"))
            new.append(self.result(slow, f"new-{i}"))
        out = self.path("compare.json")
        code, text, err = muster("compare", "--base", *base, "--new", *new, "--out", "json=" + out, "--out",
                                 "markdown=" + self.path("compare.md"))
        self.assertEqual(code, 1, text + err)
        self.assertIn("REGRESSION", text)
        found = self.json(out)
        with open(os.path.join(SOURCE, "docs", "compare.schema.json"), encoding="utf-8") as file:
            jsonschema.validate(found, json.load(file))
        self.assertEqual((found["outcome"], found["interleaved"]), ("regression", True))
        p50 = next(m for m in found["metrics"] if m["metric"] == "p50")
        self.assertEqual(p50["change"], "worse")
        self.assertAlmostEqual(p50["p_worse"], 1 / 70)
        self.assertEqual(p50["base_values"], [self.json(b)["latency"]["response_all"]["p50_ns"] for b in base])
        with open(self.path("compare.md"), encoding="utf-8") as file:
            self.assertTrue(file.read().startswith("## REGRESSION"))
        # The same by the store, the other way round: no regression.
        ids = [run["id"] for run in self.runs()]
        code, text, _ = muster("compare", "--base", *ids[0::2], "--new", *ids[1::2], "--store", self.store)
        self.assertEqual(code, 0, text)
        self.assertIn("better", text)
        self.assertIn("NO REGRESSION", text)

    def test_one_against_one_judges_nothing(self):
        nginx = self.nginx()
        self.result(self.slow(0.02), "a")
        self.result(nginx.url(), "b")
        for pair in (["latest~1", "latest"], ["latest", "latest~1"], [self.path("a.json"), "latest"]):
            out = self.on_store("compare", *pair)
            self.assertIn("noise floor unknown", out)
            self.assertIn("response p50", out)
        code, out, err = muster("compare", self.path("a.json"), self.path("b.json"), "--out", "json=-")
        self.assertEqual(code, 0, err)
        self.assertEqual(json.loads(out)["outcome"], "not_judged")
        self.assertIn("NOT JUDGED", err)

    def test_no_baseline_is_a_note(self):
        new = self.result(self.nginx().url(), "new")
        out = self.path("compare.json")
        code, text, _ = muster("compare", self.path("none.json"), new, "--out", "json=" + out)
        self.assertEqual(code, 0)
        self.assertIn("no baseline", text)
        self.assertEqual(self.json(out)["outcome"], "no_baseline")
        self.assertIn("no baseline", self.on_store("compare", "latest~1", "latest"))
        code, text, _ = muster("compare", "latest~1", new, "--store", self.path("none.db"))
        self.assertEqual(code, 0)
        self.assertIn("no baseline", text)

    def test_what_is_wrong_is_2(self):
        good = self.result(self.nginx().url(), "good")
        bad = self.path("bad.json")
        with open(bad, "w", encoding="utf-8") as file:
            file.write('{"schema": "muster-result/1"')
        self.assertIn("no JSON", self.refused("compare", bad, good))
        self.assertIn("no JSON", self.refused("compare", good, bad))
        self.assertIn("same run", self.refused("compare", good, good))
        self.assertIn("there is no file", self.refused("compare", good, self.path("none.json")))
        self.assertIn("--force", self.refused("compare", good, bad, "--forc"))
        self.assertIn("/nonexistent", self.refused("compare", good, bad, "--out", "json=/nonexistent/x"))

    def test_unlike_runs_need_force(self):
        nginx = self.nginx()
        base = self.result(nginx.url(), "base", "-H", "Authorization: Bearer a")
        # The seed, the name, the target and who asks don't matter.
        alike = self.result(self.nginx().url(), "alike", "-H", "Authorization: Bearer b", "--seed", "99",
                            "--name", "other")
        code, text, err = muster("compare", base, alike)
        self.assertEqual(code, 0, err)
        self.assertNotIn("unlike", text)
        self.assertIn("ran different loads",
                      self.refused("compare", base, self.result(nginx.url(), "anonymous")))
        other = self.result(nginx.url("/other"), "other")
        self.assertIn("ran different loads", self.refused("compare", base, other))
        code, text, _ = muster("compare", base, other, "--force")
        self.assertEqual(code, 0)
        self.assertIn("unlike", text)
        incomplete = self.json(base)
        incomplete["verdict"]["outcome"] = "incomplete"
        incomplete["run"]["id"] = "1234"
        with open(self.path("incomplete.json"), "w", encoding="utf-8") as file:
            json.dump(incomplete, file)
        self.assertIn("incomplete", self.refused("compare", base, self.path("incomplete.json")))


if __name__ == "__main__":
    unittest.main(verbosity=2)

#!/usr/bin/env python3
"""One host, real nginx: counts equal the access log, exit codes, wrong input, every way in."""

import csv
import json
import os
import signal
import subprocess
import sys
import time
import unittest
from xml.etree import ElementTree

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "support"))
from e2e import MUSTER, SOURCE, E2eTest, environment, muster, unique_path  # noqa: E402

REPEATS = int(os.environ.get("MUSTER_REPEATS", "3"))
SECONDS = int(os.environ.get("MUSTER_SECONDS", "2"))  # of each counted run


class Counts(E2eTest):
    def counted_run(self, *arguments):
        nginx, path = self.nginx(), unique_path()
        _, result, _, _ = self.run_json(nginx.url(path), *arguments, expect=0)
        nginx.stop()
        self.assertEqual(nginx.count(path), result["requests"]["completed"])
        self.assertGreater(result["requests"]["completed"], 0)
        self.assertEqual(result["requests"]["failed"], 0)
        self.assert_books(result)
        return result

    def test_closed_run_equals_the_access_log(self):
        for _ in range(REPEATS):
            self.counted_run("--users", 50, "--duration", f"{SECONDS}s")

    def test_open_run_equals_the_access_log_and_the_plan(self):
        for _ in range(REPEATS):
            result = self.counted_run("--rate", 2000, "--duration", f"{SECONDS}s")
            self.assertEqual(result["iterations"]["due"], 2000 * SECONDS)
            self.assertEqual(result["iterations"]["started"], 2000 * SECONDS)

    def test_poisson_has_the_same_total(self):
        result = self.counted_run("--rate", "1000/s", "--arrivals", "poisson", "--duration", "2s")
        self.assertEqual(result["iterations"]["due"], 2000)

    def test_iterations_limit_is_exact(self):
        result = self.counted_run("--users", 7, "--iterations", 1000)
        self.assertEqual(result["requests"]["completed"], 1000)

    def test_new_connection_for_every_request(self):
        result = self.counted_run("--rate", "200/s", "--duration", "1s", "--no-reuse")
        self.assertEqual(result["latency"]["connect"]["count"], 200)

    def test_ten_thousand_connections(self):
        nginx, path = self.nginx(), unique_path()
        _, result, _, _ = self.run_json(nginx.url(path), "--users", 10000, "--duration", "5s",
                                        "--threads", 1, "--timeout", "30s", "--drain", "30s",
                                        "--connect-timeout", "20s", "--no-thresholds", expect=0)
        nginx.stop()
        self.assert_books(result)
        self.assertGreaterEqual(result["requests"]["completed"], 10000)
        self.assertEqual(result["requests"]["failed"], 0, result["errors"])
        self.assertEqual(nginx.count(path), result["requests"]["completed"])


class Ways(E2eTest):
    def test_ipv6(self):
        nginx, path = self.nginx(host="::1"), unique_path()
        _, result, _, _ = self.run_json(nginx.url(path), "--rate", "100/s", "--duration", "1s",
                                        expect=0)
        nginx.stop()
        self.assertEqual(nginx.count(path), 100)
        self.assertEqual(result["requests"]["completed"], 100)

    def test_unix_socket(self):
        socket = self.path("app.sock")
        os.chmod(self.folder, 0o755)
        nginx, path = self.nginx(unix=socket), unique_path()
        self.run_json(f"http+unix://{socket}:{path}", "--rate", "100/s", "--duration", "1s", expect=0)
        nginx.stop()
        self.assertEqual(nginx.count(path), 100)

    def test_method_headers_and_body_arrive(self):
        nginx = self.nginx(extra='location /echo { if ($request_method != PUT) { return 405; } '
                                 'if ($http_x_token != abc) { return 403; } return 201 "made"; }')
        _, result, _, _ = self.run_json(nginx.url("/echo"), "--rate", "50/s", "--duration", "1s",
                                        "--method", "PUT", "--header", "X-Token: abc", "--body",
                                        "hello", "--expect", "201", expect=0)
        self.assertEqual(result["statuses"], {"201": 50})
        self.assertEqual(result["requests"]["unexpected"], 0)

    def test_plan_file_and_standard_input_give_the_same_hash(self):
        nginx = self.nginx()
        plan = (f"muster: 1\nname: both\ntarget: {nginx.url()}\nload:\n  rate:\n    stages:\n"
                "      - {at: 100/s, for: 1s}\nseed: 7\n"
                "requests:\n  - {name: home, get: /a, weight: 3}\n  - {name: other, get: '/b?x=1'}\n")
        with open(self.path("plan.yaml"), "w", encoding="utf-8") as file:
            file.write(plan)
        _, first, _, _ = self.run_json(self.path("plan.yaml"), expect=0)
        _, second, _, _ = self.run_json("-", stdin=plan, expect=0)
        self.assertEqual(first["run"]["plan_hash"], second["run"]["plan_hash"])
        self.assertEqual([n["name"] for n in first["by_name"]], ["home", "other"])
        self.assertEqual(sum(n["requests"]["completed"] for n in first["by_name"]), 100)
        self.assertEqual([n["requests"]["completed"] for n in first["by_name"]],
                         [n["requests"]["completed"] for n in second["by_name"]])

    def test_json_on_standard_output_is_pure(self):
        nginx = self.nginx()
        code, out, _ = muster("run", nginx.url(), "--rate", 100, "--duration", "1s", "--out", "json=-")
        self.assertEqual(code, 0)
        self.assertEqual(json.loads(out)["requests"]["completed"], 100)


class Outputs(E2eTest):
    def test_several_formats_tell_of_one_run(self):
        nginx = self.nginx()
        junit, markdown, summary = self.path("junit.xml"), self.path("result.md"), self.path("step.md")
        with open(summary, "w", encoding="utf-8") as file:
            file.write("what another step wrote\n")
        env = dict(environment(), GITHUB_STEP_SUMMARY=summary)
        code, out, err = muster("run", nginx.url(), "--rate", 200, "--duration", "1s", "--threshold",
                                "p99(response) < 1us", "--threshold", "error_rate < 1%", "--out", "json=-",
                                "--out", f"junit={junit}", "--out", f"markdown={markdown}", env=env)
        self.assertEqual(code, 1, err)
        completed = json.loads(out)["requests"]["completed"]
        suite = ElementTree.parse(junit).getroot().find("testsuite")
        self.assertEqual([suite.get(k) for k in ("tests", "failures", "errors")], ["3", "1", "0"])
        failed = [case.get("name") for case in suite.iter("testcase") if case.find("failure") is not None]
        self.assertEqual(failed, ["p99(response) < 1us"])
        with open(markdown, encoding="utf-8") as file:
            text = file.read()
        self.assertIn("failed (exit code 1)", text)
        self.assertIn(f"completed {completed:,}", text)
        with open(summary, encoding="utf-8") as file:
            self.assertEqual(file.read(), "what another step wrote\n" + text)

    def run_two_names(self, *outputs, env=None, threshold="error_rate < 60%", expect=0):
        """A plan of two requests, one of which answers 503: (result, standard error, the plan's file)."""
        nginx = self.nginx(extra="location /gone { return 503; }")
        plan = self.path("plan.yaml")
        with open(plan, "w", encoding="utf-8") as file:
            file.write(f"muster: 1\nname: two\ntarget: {nginx.url()}\nload:\n  rate:\n    stages:\n"
                       "      - {at: 200/s, for: 1s}\nrequests:\n  - {name: home, get: /a, weight: 3}\n"
                       f"  - {{name: GET /gone, get: /gone}}\nthresholds:\n  - {threshold}\n")
        flags = [word for output in outputs for word in ("--out", output)]
        code, out, err = muster("run", plan, *flags, "--out", "json=-", env=env)
        self.assertEqual(code, expect, err)
        return json.loads(out), err, plan

    def test_csv_has_locusts_files(self):
        result, _, _ = self.run_two_names("csv=" + self.path("r"))
        rows = {}
        for part in ("stats", "stats_history", "failures"):
            with open(self.path(f"r_{part}.csv"), encoding="utf-8", newline="") as file:
                rows[part] = list(csv.DictReader(file))
        self.assertEqual([row["Name"] for row in rows["stats"]], ["home", "GET /gone", "Aggregated"])
        total, latency = rows["stats"][-1], result["latency"]["response_all"]
        self.assertEqual(int(total["Request Count"]), result["requests"]["completed"])
        self.assertEqual(int(total["Failure Count"]), result["requests"]["unexpected"])
        for column, key in (("99%", "p99_ns"), ("Median Response Time", "p50_ns"), ("100%", "max_ns")):
            self.assertEqual(round(float(total[column]) * 1e6), latency[key], column)
        last = {row["Name"]: row["Total Request Count"] for row in rows["stats_history"]}
        self.assertEqual(last, {row["Name"]: row["Request Count"] for row in rows["stats"]})
        self.assertEqual(last["Aggregated"], "200")
        self.assertEqual(rows["failures"], [{"Method": "GET", "Name": "GET /gone", "Error": "unexpected",
                                             "Occurrences": str(result["requests"]["unexpected"])}])

    def test_hdr_histograms_files(self):
        result, _, _ = self.run_two_names("hgrm=" + self.path("r.hgrm"), "hlog=" + self.path("r.hlog"))
        counts = [result["requests"]["completed"]] + [n["requests"]["completed"] for n in result["by_name"]]
        for name, count in zip(("r.hgrm", "r.home.hgrm", "r.GET__gone.hgrm"), counts):
            with open(self.path(name), encoding="ascii") as file:
                self.assertRegex(file.read(), rf"(?m)^ +[0-9.]+ 1\.0+ +{count}$")
        with open(self.path("r.hlog"), encoding="ascii") as file:
            lines = file.read().split("\n")
        self.assertEqual(sum(line[:1].isdigit() for line in lines), len(result["timeline"]))
        self.assertEqual({line.split(",")[0] for line in lines if line.startswith("Tag=")},
                         {"Tag=home", "Tag=GET_/gone"})

    def test_annotations_stand_at_the_plans_line(self):
        env = dict(environment(), GITHUB_ACTIONS="true", GITHUB_WORKSPACE=os.getcwd())
        _, err, plan = self.run_two_names(env=env, threshold="error_rate < 1%", expect=1)
        self.assertRegex(err, rf"(?m)^::error file={plan},line=12,col=5::threshold failed: error_rate < 1%25, observed")
        _, err, _ = self.run_two_names(threshold="error_rate < 1%", expect=1)
        self.assertNotIn("::error", err)

    def test_openmetrics_and_html_are_files(self):
        result, _, _ = self.run_two_names("openmetrics=" + self.path("r.txt"), "html=" + self.path("r.html"))
        with open(self.path("r.txt"), encoding="utf-8") as file:
            text = file.read()
        self.assertIn(f"muster_requests_completed_total {result['requests']['completed']}\n", text)
        self.assertTrue(text.endswith("# EOF\n"))
        with open(self.path("r.html"), encoding="utf-8") as file:
            self.assertIn("<title>two: passed - Muster</title>", file.read())

    def test_a_summary_out_of_reach_fails_no_run(self):
        nginx = self.nginx()
        env = dict(environment(), GITHUB_STEP_SUMMARY="/nonexistent/step.md")
        code, _, err = muster("run", nginx.url(), "--rate", 200, "--duration", "1s", env=env)
        self.assertEqual(code, 0, err)
        self.assertIn("GITHUB_STEP_SUMMARY", err)


class Stops(E2eTest):
    def test_a_process_that_stood_still_goes_on(self):
        """Longer than its own link may be silent, shorter than the lease: it joins itself again."""
        nginx = self.nginx()
        out = self.path("out.json")
        run = self.process([MUSTER, "run", nginx.url(), "--rate", "200", "--duration", "9s", "--no-thresholds",
                            "--out", "json=" + out])
        time.sleep(1.5)
        run.signal(signal.SIGSTOP)
        time.sleep(6.5)
        run.signal(signal.SIGCONT)
        code = run.wait(60)
        result = self.json(out)
        self.assert_books(result)
        self.assertEqual(code, 4, "what it did not send is the generator's doing")
        self.assertGreater(result["not_started_by"]["late"], 500)
        self.assertTrue(result["verdict"]["complete"])


class ExitCodes(E2eTest):
    def test_failed_threshold_is_1(self):
        nginx = self.nginx()
        _, result, out, _ = self.run_json(nginx.url(), "--rate", 500, "--duration", "1s",
                                          "--threshold", "p99(response) < 1us", expect=1)
        self.assertEqual(result["exit_code"], 1)
        self.assertFalse(result["thresholds"][0]["passed"])
        self.assertIn("FAILED", out)

    def test_a_broken_threshold_ends_the_run_early_with_1_and_balanced_books(self):
        nginx, path = self.nginx(), unique_path()
        code, result, out, err = self.run_json(
            nginx.url(path), "--rate", 200, "--duration", "60s", "--expect", "418",
            "--abort-on", "error_rate < 50%", "--abort-after", "1s", expect=1, timeout=30)
        nginx.stop()
        self.assertIn("stopping: error_rate < 50% is broken (100 %)", err)
        self.assertIn("ended the run at 0:01", out)
        self.assertTrue(result["verdict"]["aborted"])
        self.assertTrue(result["verdict"]["complete"], result["verdict"]["reasons"])
        self.assertEqual([t["aborted"] for t in result["thresholds"]], [True])
        self.assertIn("the run was ended early by error_rate < 50% at 0:01, observed 100 %",
                      result["verdict"]["reasons"])
        self.assertLess(result["run"]["duration_ns"], 5_000_000_000)
        self.assert_books(result)
        self.assertEqual(nginx.count(path), result["requests"]["completed"])

    def test_a_target_that_holds_is_not_aborted(self):
        nginx = self.nginx()
        _, result, _, _ = self.run_json(nginx.url(), "--rate", 1000, "--duration", "3s",
                                        "--abort-on", "error_rate < 50%", "--abort-after", "1s",
                                        "--abort-on", "p99(response) < 2s over 1s",
                                        expect=0)
        self.assertFalse(result["verdict"]["aborted"])
        self.assertEqual(result["thresholds"][1]["windows"], {"decided": 3, "passed_over": 0})

    def test_wrong_input_is_2_with_one_clear_line(self):
        bad_plan = self.path("bad.yaml")
        with open(bad_plan, "w", encoding="utf-8") as file:
            file.write("muster: 1\ntarget: http://127.0.0.1:1\nlaod: {}\n")
        cases = [
            (["run", "--ratee", "5", "http://127.0.0.1:1"], "--rate"),
            (["run", bad_plan], "bad.yaml:3:1"),
            (["run", "http://127.0.0.1:1", "--target-tls", "1.3"], "https"),
            (["run", "http://user:pw@127.0.0.1:1", "--rate", "1"], "user"),
            (["run", self.path("missing.yaml")], "missing.yaml"),
            (["run", "http://127.0.0.1:1", "-t", "4"], "--threads"),
            (["run", "http://127.0.0.1:1", "-H", "http://x"], "Locust"),
            (["run", "http://127.0.0.1:1", "--rate", "5", "--users", "5"], "--users"),
            (["run", "http://127.0.0.1:1", "--rate", "5", "--duration", "5"], "unit"),
            (["run", "http://127.0.0.1:1", "--out", "json=/nonexistent/x.json"], "/nonexistent"),
            (["run", "http://127.0.0.1:1", "--out", "xml=x"], "junit"),
            (["run", "http://127.0.0.1:1", "--out", "csv=-"], "three files"),
            (["run", "http://127.0.0.1:1", "--out", "csv=/nonexistent/x"], "/nonexistent/x_stats.csv"),
            (["run", "http://127.0.0.1:1", "--out", "csv=x", "--out", "json=x_stats.csv"], "named twice"),
            (["run", "http://127.0.0.1:1", "--listen", "0.0.0.0:0", "--workers", "1"], "loopback"),
            (["run", "http://no-such-host.invalid/", "--rate", "1"], "no-such-host.invalid"),
            (["run", "http://127.0.0.1:1", "--rate", "5", "--threshold", "rate{knd=a} > 1/s"], "knd"),
            (["run", "http://127.0.0.1:1", "--abort-on", "max(tls) < 1s"], "can end a run"),
            (["run", "http://127.0.0.1:1", "--tag", "kind=a", "--by", "kimd"], "did you mean 'kind'"),
            (["frobnicate"], "frobnicate"),
        ]
        for arguments, needle in cases:
            with self.subTest(arguments=arguments):
                code, out, err = muster(*arguments, timeout=30)
                self.assertEqual(code, 2, out + err)
                self.assertIn(needle, err)
                self.assertEqual(out, "")
                self.assertLessEqual(len(err.strip().split("\n")), 4, err)

    def test_nothing_completed_is_1(self):
        _, result, _, _ = self.run_json("http://127.0.0.1:1/", "--rate", 50, "--duration", "1s",
                                        "--no-thresholds", expect=1)
        self.assertEqual(result["errors"], {"connect_refused": 50})

    def test_a_result_that_cannot_be_written_is_70_and_no_success(self):
        nginx = self.nginx()
        load = ["run", nginx.url(), "--rate", 100, "--duration", "1s"]
        with open("/dev/full", "w", encoding="ascii") as full:
            done = subprocess.run([MUSTER, *map(str, load)], stdout=full, stderr=subprocess.PIPE,
                                  text=True, timeout=60, env=environment(), check=False)
        self.assertEqual(done.returncode, 70)
        self.assertIn("can't write", done.stderr)
        code, out, err = muster(*load, "--out", "json=/dev/full")
        self.assertEqual(code, 70, out + err)
        self.assertIn("exit 70", out)
        same = self.path("same")
        code, _, err = muster(*load, "--out", "json=" + same, "--trace", same)
        self.assertEqual(code, 2)
        self.assertIn("named twice", err)

    def test_validate_takes_the_line_of_a_run_and_touches_nothing(self):
        plan = os.path.join(SOURCE, "deploy", "examples", "shop.yaml")
        code, described, _ = muster("validate", plan, "--seed", "7")
        self.assertEqual(code, 0)
        files = [self.path(name) for name in ("result.json", "trace", "log", "store.db")]
        code, out, err = muster("validate", plan, "--seed", "7", "--out", "json=" + files[0], "--trace", files[1],
                                "--log-file", files[2], "--store", files[3], "--progress", "1s", "--quiet",
                                "--listen", "127.0.0.1:0", "--workers", "9", "--prometheus", "0")
        self.assertEqual((code, out, err), (0, described, ""))
        self.assertEqual([file for file in files if os.path.exists(file)], [])
        for wrong, needle in ((["--out", "xml=x"], "junit"), (["--progress", "often"], "--progress"),
                              (["--workers", "9"], "--listen")):
            code, _, err = muster("validate", plan, *wrong)
            self.assertEqual(code, 2)
            self.assertIn(needle, err)

    def test_help_and_version_are_0(self):
        for arguments in (["--help"], ["run", "--help"], ["validate", "--help"], ["--version"]):
            code, out, _ = muster(*arguments)
            self.assertEqual(code, 0)
            self.assertGreater(len(out), 5)


if __name__ == "__main__":
    unittest.main(verbosity=2)

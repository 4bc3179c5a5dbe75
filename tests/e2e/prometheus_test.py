#!/usr/bin/env python3
"""A real Prometheus scrapes runs: its final totals are the JSON result's, promtool accepts the names, and what
can't be listened on is refused before anything is sent."""

import json
import os
import shutil
import socket
import subprocess
import sys
import time
import unittest
import urllib.parse
import urllib.request

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "support"))
from e2e import MUSTER, WORKER, E2eTest, free_port, muster, unique_path  # noqa: E402

DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))
LADDER = 21  # bounds, +Inf left out


def get(url):
    with DIRECT.open(url, timeout=10) as answer:
        return answer.read().decode("utf-8")


@unittest.skipUnless(shutil.which("prometheus") and shutil.which("promtool"), "wants Debian's package prometheus")
class Scraped(E2eTest):
    def prometheus(self, metrics_port):
        """Scrapes that port each second; (process, address of its HTTP API)."""
        config = self.path("prometheus.yml")
        with open(config, "w", encoding="utf-8") as file:
            file.write("global: {scrape_interval: 1s}\nscrape_configs:\n- job_name: muster\n"
                       f"  static_configs: [{{targets: ['127.0.0.1:{metrics_port}']}}]\n")
        subprocess.run(["promtool", "check", "config", config], check=True, capture_output=True)
        port = free_port()
        process = self.process(["prometheus", "--config.file=" + config, "--storage.tsdb.path=" + self.path("tsdb"),
                                f"--web.listen-address=127.0.0.1:{port}", "--log.level=warn"])
        api = f"http://127.0.0.1:{port}"
        end = time.monotonic() + 20
        while time.monotonic() < end:
            try:
                get(api + "/-/ready")
                return process, api
            except OSError:
                time.sleep(0.1)
        raise AssertionError("Prometheus did not start:\n" + process.output())

    def query(self, api, expression):
        """{sorted labels: value} of an instant query, at a moment that every scrape reaches."""
        answer = json.loads(get(api + "/api/v1/query?" + urllib.parse.urlencode({"query": expression})))
        self.assertEqual(answer["status"], "success", answer)
        return {tuple(sorted(row["metric"].items())): float(row["value"][1]) for row in answer["data"]["result"]}

    def last(self, api, selector, by=""):
        """The last value ever scraped, summed; over a minute, as a target that has gone is stale at once."""
        rows = self.query(api, f"sum {f'by ({by}) ' if by else ''}(last_over_time({selector}[1m]))")
        return {labels[0][1]: value for labels, value in rows.items()} if by else rows.get((), 0.0)

    def check_totals(self, api, result):
        for counter, wanted in (("requests_total{outcome='completed'}", result["requests"]["completed"]),
                                ("requests_total{outcome='failed'}", result["requests"]["failed"]),
                                ("requests_unexpected_total", result["requests"]["unexpected"]),
                                ("sent_bytes_total", result["requests"]["bytes_sent"]),
                                ("received_bytes_total", result["requests"]["bytes_received"]),
                                ("iterations_in_flight", 0), ("requests_in_flight", 0),
                                ("workers{state='finished'}", len(result["workers"])),
                                ("run_info{run='" + result["run"]["id"] + "'}", 1)):
            with self.subTest(metric=counter):
                self.assertEqual(self.last(api, "muster_" + counter), wanted)
        for key in ("due", "started", "finished", "cut", "lost"):
            self.assertEqual(self.last(api, f"muster_iterations_{key}_total"), result["iterations"][key], key)
        self.assertEqual(self.nonzero(api, "muster_iterations_not_started_total", "reason"), result["not_started_by"])
        self.assertEqual(self.nonzero(api, "muster_responses_total", "status"), result["statuses"])
        self.assertEqual(self.nonzero(api, "muster_errors_total", "class"), result["errors"])
        for row in result["by_name"]:
            measured = "{measured='true',name='" + row["name"] + "'}"
            for kind in ("response", "service", "wait", "lag"):
                self.check_latency(api, f"muster_{kind}_seconds", measured, row["latency"][kind])

    def nonzero(self, api, selector, by):
        return {label: value for label, value in self.last(api, selector, by).items() if value}

    def check_latency(self, api, metric, selector, latency):
        with self.subTest(metric=metric, selector=selector):
            self.assertEqual(self.last(api, metric + "_count" + selector), latency["count"])
            whole = latency["count"] * (latency["mean_ns"] or 0) / 1e9  # of a mean in whole nanoseconds
            self.assertAlmostEqual(self.last(api, metric + "_sum" + selector), whole, delta=1e-9 * (latency["count"] + 1))
            buckets = {float(le): n for le, n in self.last(api, metric + "_bucket" + selector, "le").items()}
            self.assertEqual(len(buckets), LADDER + 1)
            self.assertEqual(buckets[float("inf")], latency["count"])
            counts = [buckets[le] for le in sorted(buckets)]
            self.assertEqual(counts, sorted(counts))
            if latency["p99_ns"] is not None:  # exact buckets: the one of p99 holds at least that many
                rank = -(-99 * latency["count"] // 100)
                above = min(le for le in buckets if le >= latency["p99_ns"] / 1e9)
                below = max((le for le in buckets if le < latency["p99_ns"] / 1e9), default=None)
                self.assertGreaterEqual(buckets[above], rank)
                self.assertLess(buckets.get(below, 0), rank)

    def scraped_run(self, plan, *arguments):
        """Runs it under a Prometheus: (API, result, what /metrics said in the middle)."""
        port, out = free_port(), self.path("result.json")
        _, api = self.prometheus(port)
        run = self.process([MUSTER, "run", plan, "--prometheus", port, "--prometheus-linger", "20s",
                            "--out", "json=" + out, *arguments])
        run.wait_for(r"metrics on http://127\.0\.0\.1:\d+/metrics\n")
        for argument in arguments:
            if str(argument).startswith("127.0.0.1:"):
                for name in ("left", "right"):
                    self.process([WORKER, "--master", argument, "--name", name])
        time.sleep(2.5)
        middle = get(f"http://127.0.0.1:{port}/metrics")
        self.assertIn(run.wait(60), (0, 1), run.output())
        return api, self.json(out), middle

    def plan(self, nginx):
        path = self.path("plan.yaml")
        with open(path, "w", encoding="utf-8") as file:
            file.write(f"""muster: 1
name: shop "one"
target: {nginx.url("")}
load:
  rate:
    stages:
      - {{name: warm, at: 100/s, for: 1s, measure: false}}
      - {{name: steady, at: 300/s, for: 3s}}
requests:
  - {{name: home, get: /home, weight: 3}}
  - {{name: gone, get: /gone}}
  - {{name: cut, get: /cut}}
""")
        return path

    EXTRA = "location /gone { return 404 gone; } location /cut { return 444; } "

    def test_final_totals_are_those_of_the_result(self):
        api, result, middle = self.scraped_run(self.plan(self.nginx(extra=self.EXTRA)))
        self.assert_books(result)
        self.assertGreater(result["requests"]["failed"], 0)
        self.assertGreater(result["statuses"]["404"], 0)
        self.check_totals(api, result)
        # What was not measured is there too, apart.
        whole = self.last(api, "muster_response_seconds_count")
        self.assertEqual(whole, result["requests"]["completed"])
        self.assertLess(self.last(api, "muster_response_seconds_count{measured='true'}"), whole)
        self.assertIn("muster_asked_iterations_per_second 300\n", middle)
        self.assertIn('muster_worker_health{worker="embedded",colour="green"}', middle)

    def test_two_workers(self):
        path, nginx = unique_path(), self.nginx()
        api, result, middle = self.scraped_run(nginx.url(path), "--rate", "400", "--duration", "4s", "--listen",
                                               f"127.0.0.1:{free_port()}", "--workers", 2)
        self.assertEqual(len(result["workers"]), 2)
        self.check_totals(api, result)
        nginx.stop()
        self.assertEqual(self.last(api, "muster_requests_total"), nginx.count(path))
        self.assertIn('muster_workers{state="running"} 2\n', middle)
        for name in ("left", "right"):
            self.assertIn(f'muster_worker_lag_p99_seconds{{worker="{name}"}}', middle)

    def test_promtool_accepts_every_metric(self):
        _, _, middle = self.scraped_run(self.plan(self.nginx(extra=self.EXTRA)))
        done = subprocess.run(["promtool", "check", "metrics"], input=middle, capture_output=True, text=True, check=False)
        self.assertEqual((done.returncode, done.stdout + done.stderr), (0, ""))


class Endpoint(E2eTest):
    def run_to(self, url, *arguments, **keywords):
        return muster("run", url, "--rate", 50, "--duration", "1s", "--no-thresholds", *arguments, **keywords)

    def test_a_port_in_use_is_refused_before_anything_is_sent(self):
        nginx, path = self.nginx(), unique_path()
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            port = taken.getsockname()[1]
            code, out, err = self.run_to(nginx.url(path), "--prometheus", port)
        self.assertEqual((code, out), (2, ""))
        self.assertEqual(err, f"muster: --prometheus: can't listen on 127.0.0.1:{port}: Address already in use\n")
        nginx.stop()
        self.assertEqual(nginx.count(path), 0)

    def test_wrong_addresses(self):
        for address in ("lab:9464", "[::1]:9464", "65536", "9464/metrics", "192.0.2.77:9464"):
            with self.subTest(address=address):
                code, _, err = self.run_to("http://127.0.0.1:9/", "--prometheus", address)
                self.assertEqual((code, err.count("\n")), (2, 1), err)
                self.assertIn("--prometheus: ", err)

    def test_beyond_loopback_it_says_so(self):
        nginx = self.nginx()
        for address, said in (("0", False), ("localhost:0", False), ("0.0.0.0:0", True)):
            _, _, err = self.run_to(nginx.url(), "--prometheus", address, "--prometheus-linger", "0s", "--quiet")
            self.assertRegex(err, r"metrics on http://[\d.]+:[1-9]\d*/metrics")
            self.assertEqual("anybody on the network can read them" in err, said, err)

    def test_the_final_totals_wait_no_longer_than_asked(self):
        nginx = self.nginx()
        for linger, least, most in (("0s", 0, 3), ("3s", 3.5, 8)):
            start = time.monotonic()
            code, _, _ = self.run_to(nginx.url(), "--prometheus", 0, "--prometheus-linger", linger)
            self.assertEqual(code, 0)
            self.assertTrue(least <= time.monotonic() - start <= most, f"{linger}: {time.monotonic() - start}")

    def lingering(self):
        """A run that is over and waits, and where its metrics are."""
        run = self.process([MUSTER, "run", self.nginx().url(), "--rate", 50, "--duration", "1s", "--prometheus", 0,
                            "--prometheus-linger", "60s", "--no-thresholds"])
        url = run.wait_for(r"metrics on (\S+)").group(1)
        run.wait_for("scrape of the final totals")
        return run, url

    def test_a_scrape_of_the_final_totals_ends_the_wait(self):
        run, url = self.lingering()
        self.assertIn("muster_iterations_due_total 50\n", get(url))
        self.assertEqual(run.wait(10), 0)

    def test_a_signal_ends_the_wait_and_changes_no_verdict(self):
        run, _ = self.lingering()
        time.sleep(0.3)
        run.signal(2)
        self.assertEqual(run.wait(10), 0)


if __name__ == "__main__":
    unittest.main(verbosity=2)

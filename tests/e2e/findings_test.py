#!/usr/bin/env python3
"""What Muster finds by itself, provoked for real, and a healthy run in which none of it is found. Findings
that hang on the host's own noise (1 saturated, 7 samples, 11 drift) have their silent twins in tests/master/findings,
from recorded figures; 12 (clocks) is there alone."""

import os
import subprocess
import sys
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "support"))
from delaying_link import DelayingLink  # noqa: E402
from e2e import MUSTER, WORKER, E2eTest  # noqa: E402
from netns import Hosts, available  # noqa: E402

ROOT = unittest.skipUnless(available(), "network namespaces need root")
NOISY = {1, 7, 11}


class Findings(E2eTest):
    def found(self, *arguments, **keywords):
        """The run's findings by number."""
        _, result, out, err = self.run_json(*arguments, "--seed", "1", **keywords)
        self.assertIsNotNone(result, out + err)
        self.assert_books(result)
        return {finding["number"]: finding for finding in result["findings"]}

    def assert_only(self, findings, *numbers):
        self.assertEqual(set(findings) - NOISY - set(numbers), set(), findings)
        for number in numbers:
            self.assertIn(number, findings)

    def answering(self, answer, **keywords):
        """A server that answers each request with what `answer(server, connection)` returns: bytes, or
        None to go without an answer until the client leaves."""
        def behave(server, connection):
            while server.read_request(connection) is not None:
                reply = answer(server, connection)
                if reply is None:
                    connection.recv(1)
                    return
                connection.sendall(reply)
        return self.bad_server(behave, **keywords)

    def test_a_healthy_run_has_none(self):
        nginx = self.nginx()
        self.assert_only(self.found(nginx.url("/"), "--rate", "400", "--duration", "12s"))

        def steady(_server, _connection):
            time.sleep(0.005)
            return b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
        self.assert_only(self.found(self.answering(steady).url(), "--users", "10", "--think", "4ms..6ms",
                                    "--duration", "4s"))

    def test_1_a_generator_that_has_no_core(self):
        nginx = self.nginx()
        busy = [self.process(["taskset", "-c", "0", sys.executable, "-c", "while True: pass"]) for _ in range(3)]
        path = self.path("out.json")
        subprocess.run(["taskset", "-c", "0", "nice", "-n", "5", MUSTER, "run", nginx.url("/"), "--rate", "500",
                        "--duration", "7s", "--threads", "1", "--out", "json=" + path], capture_output=True,
                       check=False, timeout=60)
        for process in busy:
            process.close()
        findings = {finding["number"]: finding for finding in self.json(path)["findings"]}
        self.assertIn(1, findings)
        self.assertIn(findings[1]["severity"], ("verdict", "warning"))
        self.assertRegex(findings[1]["evidence"], "red")

    @ROOT
    def test_2_a_host_without_ports(self):
        hosts = Hosts(["worker", "target"])
        self.addCleanup(hosts.close)
        nginx = self.nginx(host=hosts.address("target"), netns=hosts.netns("target"),
                           extra='location = /slow { limit_rate 1k; return 200 "' + 3000 * "x" + '"; }')
        subprocess.run(["ip", "netns", "exec", hosts.netns("worker"), "sysctl", "-qw",
                        "net.ipv4.ip_local_port_range=40000 40099"], check=True)
        # Another program has all but two, and answers take seconds.
        others = self.process([sys.executable, "-c", f"""
import socket, time
held = [socket.create_connection(("{nginx.host}", {nginx.port})) for _ in range(98)]
print("connected", flush=True)
time.sleep(60)"""], netns=hosts.netns("worker"))
        others.wait_for("connected")
        findings = self.found(nginx.url("/slow"), "--rate", "200", "--no-reuse", "--max-in-flight", "50",
                              "--duration", "3s", netns=hosts.netns("worker"))
        self.assertIn(2, findings)
        self.assertEqual(findings[2]["severity"], "verdict")
        self.assertIn("local_ports", findings[2]["evidence"])

    def test_3_a_rate_that_is_not_delivered(self):
        def slow(_server, _connection):
            time.sleep(0.2)
            return b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
        findings = self.found(self.answering(slow).url(), "--rate", "200", "--max-in-flight", "5",
                              "--duration", "3s")
        self.assertIn(3, findings)
        self.assertIn("max_in_flight", findings[3]["evidence"])
        self.assertIn("the target", findings[3]["advice"])

    def test_4_keep_alive_shorter_than_the_pauses(self):
        nginx = self.nginx(extra="keepalive_timeout 1s;")
        findings = self.found(nginx.url("/"), "--users", "20", "--think", "500ms..2s", "--duration", "7s")
        self.assertIn(4, findings)
        self.assertRegex(findings[4]["evidence"], r"closes after about (1\.|9\d\dms).*of the think times are longer")

    def test_5_a_listen_queue_that_is_full(self):
        def answer(_server, _connection):
            return b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
        server = self.answering(answer, backlog=1, accept_after=2)
        code, result, out, _ = self.run_json(server.url(), "--users", "20", "--duration", "5s", "--timeout", "20s",
                                             "--connect-timeout", "20s", "--drain", "30s")
        self.assertEqual(result["errors"], {}, "no failure shows it")
        findings = {finding["number"]: finding for finding in result["findings"]}
        self.assertIn(5, findings)
        self.assertRegex(findings[5]["evidence"], "dropped [0-9,]+ SYN")
        self.assertIn("listen queue is full", out)
        self.assertEqual(code, 0)

    def test_6_connections_that_starve(self):
        def answer(server, _connection):
            if server.requests % 50 == 7:
                return None
            return b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
        findings = self.found(self.answering(answer).url(), "--users", "10", "--think", "10ms", "--timeout", "1s",
                              "--duration", "5s", "--no-thresholds", "--no-reuse")
        self.assertIn(6, findings)
        self.assertIn("without ever an answer", findings[6]["evidence"])

    @ROOT
    def test_8_one_worker_far_away(self):
        link = DelayingLink(3)
        self.addCleanup(link.close)
        near, far = link.netns[1], link.netns[0]
        address = link.addresses[1]
        nginx = self.nginx(host=address, netns=near)
        out = self.path("out.json")
        master = self.process([MUSTER, "run", nginx.url("/"), "--rate", "800", "--duration", "5s", "--listen",
                               address + ":7700", "--workers", "2", "--insecure-control", "--out", "json=" + out],
                              netns=near)
        master.wait_for("listening on")
        for name, netns in (("near", near), ("far", far)):
            self.process([WORKER, "--master", address + ":7700", "--name", name, "--insecure-control"], netns=netns)
        master.wait(60)
        result = self.json(out)
        self.assert_books(result)
        findings = {finding["number"]: finding for finding in result["findings"]}
        self.assertIn(8, findings)
        self.assertRegex(findings[8]["evidence"], "^far saw a mean service of")

    def test_9_users_that_think(self):
        nginx = self.nginx()
        plan = self.path("think.yaml")
        with open(plan, "w", encoding="utf-8") as file:
            file.write(f"muster: 1\ntarget: {nginx.url('/')}\nload:\n  users:\n    think: 200ms\n    stages:\n"
                       "      - {name: some, at: 20, for: 3s}\n      - {name: more, at: 40, for: 3s}\n")
        findings = self.found(plan)
        self.assert_only(findings, 9)
        self.assertIn("users / cycle", findings[9]["text"])

    @ROOT
    def test_10_the_network(self):
        link = DelayingLink(15)
        self.addCleanup(link.close)
        nginx = self.nginx(host=link.addresses[1], netns=link.netns[1])
        load = ["--users", "5", "--duration", "3s"]
        one = self.found(nginx.url("/"), *load, netns=link.netns[0])
        self.assertIn("about one round trip", one[10]["text"])
        two = self.found(nginx.url("/"), *load, "--no-reuse", netns=link.netns[0])
        self.assertIn("two round trips", two[10]["text"])
        self.assertRegex(two[10]["evidence"], r"\b0(\.0)? % of the requests on a reused")

    def test_11_a_warm_up(self):
        began = time.monotonic()

        def warming(_server, _connection):
            time.sleep(0.002 if time.monotonic() - began > 12 else 0.25)
            return b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
        findings = self.found(self.answering(warming).url(), "--users", "4", "--duration", "33s")
        self.assertIn(11, findings)
        self.assertEqual(findings[11]["code"], "warm_up")
        self.assertRegex(findings[11]["evidence"], "p50 .* with it, .* without")

    def test_13_answers_that_change(self):
        began = time.monotonic()

        def growing(_server, _connection):
            body = b"x" * (100 if time.monotonic() - began < 2.5 else 2000)
            time.sleep(0.005)
            return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body
        findings = self.found(self.answering(growing).url(), "--users", "2", "--duration", "5s")
        self.assertIn(13, findings)
        self.assertIn("bytes of an answer", findings[13]["evidence"])

    def test_13_header_fields_that_change(self):
        """One field for another of equal length, of which no length tells."""
        began = time.monotonic()

        def renaming(_server, _connection):
            field = b"X-Old" if time.monotonic() - began < 2.5 else b"X-New"
            time.sleep(0.005)
            return b"HTTP/1.1 200 OK\r\n%s: 1\r\nContent-Length: 2\r\n\r\nok" % field
        code, result, _, _ = self.run_json(self.answering(renaming).url(), "--users", "2", "--duration", "5s")
        self.assertEqual(code, 0)
        findings = {finding["number"]: finding for finding in result["findings"]}
        self.assertIn(13, findings)
        self.assertRegex(findings[13]["evidence"], "^answers with other header fields than the first ones: "
                         r"0 % in the first third, 100(\.0)? % in the last$")
        self.assertGreater(result["flags"]["other_fields"], 0)
        self.assertLess(result["flags"]["other_fields"], result["requests"]["completed"])

    def test_13_header_fields_that_vary_anyway(self):
        def varying(server, _connection):
            time.sleep(0.005)
            field = (b"X-Old", b"X-New", b"Via")[server.requests % 3]
            return b"HTTP/1.1 200 OK\r\n%s: 1\r\nContent-Length: 2\r\n\r\nok" % field
        code, result, _, _ = self.run_json(self.answering(varying).url(), "--users", "2", "--duration", "5s")
        self.assertEqual(code, 0)
        self.assertNotIn(13, {finding["number"] for finding in result["findings"]})
        self.assertGreater(result["flags"]["other_fields"], result["requests"]["completed"] / 2)

    def test_14_successes_that_are_none(self):
        nginx = self.nginx(extra="location = /old { return 302 /new; } "
                                 "location = /cached { add_header Age 17; return 200 'x'; } "
                                 "location = /zipped { add_header Content-Encoding br; return 200 'x'; }")
        for path, words in (("/old", "redirects"), ("/cached", "by a cache"), ("/zipped", "compressed")):
            findings = self.found(nginx.url(path), "--users", "2", "--iterations", "200")
            self.assertIn(14, findings)
            self.assertIn(words, findings[14]["evidence"])
        self.assertNotIn(14, self.found(nginx.url("/old"), "--users", "2", "--iterations", "200", "--expect", "200"))


if __name__ == "__main__":
    unittest.main(verbosity=2)

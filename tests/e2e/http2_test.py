#!/usr/bin/env python3
"""HTTP/2 against real servers: counts equal the access log, GOAWAY is drained, and a target that does not
speak it is an error."""

import os
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "support"))
from e2e import E2eTest, free_port, muster, unique_path  # noqa: E402

SECONDS = int(os.environ.get("MUSTER_SECONDS", "2"))  # of each counted run
STREAMS = (1, 10, 100)


class Nginx(E2eTest):
    def counted_run(self, nginx, *arguments, expect=0):
        path = unique_path()
        _, result, _, _ = self.run_json(nginx.url(path), "--http", 2, *arguments, expect=expect)
        nginx.stop()
        self.assert_books(result)
        self.assertGreater(result["requests"]["completed"], 0)
        return result, nginx.count(path)

    def test_closed_run_equals_the_access_log(self):
        for streams in STREAMS:
            with self.subTest(streams=streams):
                result, served = self.counted_run(
                    self.nginx(http2=True), "--users", 100, "--connections", max(1, 100 // streams),
                    "--streams", streams, "--duration", f"{SECONDS}s")
                self.assertEqual(served, result["requests"]["completed"])
                self.assertEqual(result["errors"], {})

    def test_open_run_equals_the_access_log_and_the_plan(self):
        for streams in STREAMS:
            with self.subTest(streams=streams):
                result, served = self.counted_run(
                    self.nginx(http2=True), "--rate", 2000, "--connections", 20, "--streams", streams,
                    "--duration", f"{SECONDS}s")
                self.assertEqual(result["iterations"]["due"], 2000 * SECONDS)
                self.assertEqual(served, 2000 * SECONDS)
                self.assertEqual(result["requests"]["completed"], 2000 * SECONDS)

    def test_the_targets_limit_of_streams_is_kept(self):
        result, served = self.counted_run(
            self.nginx(http2=True, extra="http2_max_concurrent_streams 3;"), "--users", 50,
            "--connections", 2, "--duration", f"{SECONDS}s")
        self.assertEqual(result["errors"], {}, "a stream beyond it would be refused")
        self.assertEqual(served, result["requests"]["completed"])

    def test_a_connection_for_every_request(self):
        result, served = self.counted_run(self.nginx(http2=True), "--rate", "200/s", "--duration", "1s",
                                          "--no-reuse")
        self.assertEqual(served, 200)
        self.assertEqual(result["latency"]["connect"]["count"], 200)

    def test_goaway_is_drained_and_counted(self):
        result, served = self.counted_run(
            self.nginx(http2=True, keepalive_requests=100), "--users", 50, "--connections", 4,
            "--streams", 50, "--duration", f"{SECONDS}s", "--no-thresholds")
        self.assertLessEqual(set(result["errors"]), {"h2_goaway"})
        self.assertEqual(served, result["requests"]["completed"])
        self.assertGreater(result["connections"]["h2_goaways"], 0)
        self.assertGreaterEqual(result["connections"]["opened"], served // 100)

    def test_an_answer_before_the_body_is_read_completes(self):
        body = self.path("body")
        with open(body, "w", encoding="ascii") as file:
            file.write("x" * 500_000)
        result, served = self.counted_run(self.nginx(http2=True, extra="client_max_body_size 1m;"),
                                          "--rate", "50/s", "--duration", "1s", "--body-file", body)
        self.assertEqual(result["statuses"], {"200": 50})
        self.assertEqual(served, 50)

    def test_a_target_without_http2_is_an_error(self):
        _, result, _, _ = self.run_json(self.nginx().url(), "--http", 2, "--rate", "50/s", "--duration",
                                        "1s", "--no-thresholds", expect=1)
        self.assertEqual(result["errors"], {"h2_unsupported": 50})
        self.assert_books(result)

    def test_auto_over_cleartext_is_http1(self):
        _, result, _, _ = self.run_json(self.nginx().url(), "--http", "auto", "--rate", "50/s",
                                        "--duration", "1s", expect=0)
        self.assertEqual(result["requests"]["completed"], 50)


class Nghttpd(E2eTest):
    def serve(self, *arguments):
        port = free_port()
        folder = self.path("www")
        os.makedirs(folder, exist_ok=True)
        with open(os.path.join(folder, "small"), "w", encoding="ascii") as file:
            file.write("hello world")
        with open(os.path.join(folder, "large"), "w", encoding="ascii") as file:
            file.write("x" * 300_000)
        keys = [a for a in arguments if a.endswith(".pem")]
        flags = [a for a in arguments if not a.endswith(".pem")]
        self.process(["nghttpd", "-a", "127.0.0.1", "-d", folder, *flags, port, *keys])
        self.await_port(port)
        return port

    def await_port(self, port):
        subprocess.run(["timeout", "10", "bash", "-c",
                        f"until : < /dev/tcp/127.0.0.1/{port}; do sleep 0.05; done 2>/dev/null"],
                       check=True, stderr=subprocess.DEVNULL)

    def check(self, url, *arguments):
        for streams in STREAMS:
            with self.subTest(url=url, streams=streams):
                _, result, _, _ = self.run_json(url, "--http", 2, "--streams", streams, "--users", 100,
                                                "--connections", 10, "--iterations", 2000, *arguments,
                                                expect=0)
                self.assertEqual(result["requests"]["completed"], 2000)
                self.assertEqual(result["errors"], {})
                self.assert_books(result)

    def test_cleartext(self):
        port = self.serve("--no-tls")
        self.check(f"http://127.0.0.1:{port}/small")

    def test_padding_and_trailers(self):
        port = self.serve("--no-tls", "-b", "200", "--trailer", "checksum: 1")
        self.check(f"http://127.0.0.1:{port}/small")

    def test_large_bodies(self):
        port = self.serve("--no-tls", "-m", "5")
        _, result, _, _ = self.run_json(f"http://127.0.0.1:{port}/large", "--http", 2, "--rate", "100/s",
                                        "--connections", 4, "--duration", "1s", expect=0)
        self.assertEqual(result["requests"]["completed"], 100)
        self.assertGreater(result["requests"]["bytes_received"], 100 * 300_000)

    def test_large_request_bodies(self):
        body = self.path("body")
        with open(body, "w", encoding="ascii") as file:
            file.write("x" * 500_000)
        port = self.serve("--no-tls", "--echo-upload")
        _, result, _, _ = self.run_json(f"http://127.0.0.1:{port}/small", "--http", 2, "--rate", "20/s",
                                        "--connections", 2, "--duration", "1s", "--body-file", body,
                                        expect=0)
        self.assertEqual(result["statuses"], {"200": 20})
        self.assertGreater(result["requests"]["bytes_sent"], 20 * 500_000)
        self.assertGreater(result["requests"]["bytes_received"], 20 * 500_000)

    @unittest.skipIf("--insecure-target" not in muster("run", "--help")[1], "TLS is not built in")
    def test_tls(self):
        key, certificate = self.path("key.pem"), self.path("cert.pem")
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                        "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", key, "-out", certificate,
                        "-days", "2", "-subj", "/CN=127.0.0.1"], check=True, capture_output=True)
        port = self.serve(key, certificate)
        self.check(f"https://127.0.0.1:{port}/small", "--insecure-target")
        _, result, _, _ = self.run_json(f"https://127.0.0.1:{port}/small", "--http", "auto", "--rate",
                                        "50/s", "--duration", "1s", "--insecure-target", expect=0)
        self.assertEqual(result["requests"]["completed"], 50)


if __name__ == "__main__":
    unittest.main(verbosity=2)

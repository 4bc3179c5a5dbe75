#!/usr/bin/env python3
"""TLS to the target, against nginx and `openssl s_server`: counts that equal the access log, and each bad
target in its own class."""

import os
import socket
import ssl
import subprocess
import sys
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "support"))
from e2e import WORKER, E2eTest, free_port, muster, reset, unique_path  # noqa: E402
from tls_files import Authority, self_signed  # noqa: E402


class Tls(E2eTest):
    def setUp(self):
        super().setUp()
        self.authority = Authority(self.folder)
        self.identity = self.authority.sign("server")

    def ca(self):
        return ["--target-ca", self.authority.cert]

    def s_server(self, *arguments, identity=None):
        """`openssl s_server` that answers every request with a page of HTTP/1.0: its URL."""
        identity = identity or self.identity
        port = free_port()
        process = self.process(["openssl", "s_server", "-accept", f"127.0.0.1:{port}", "-www", "-cert",
                                identity.cert, "-key", identity.key, *arguments])
        process.wait_for("ACCEPT")
        return f"https://127.0.0.1:{port}/"

    def tls_server(self, behave):
        """A server that does `behave(server, connection)` after the handshake: its URL."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.identity.cert, self.identity.key)
        def secured(server, connection):
            with context.wrap_socket(connection, server_side=True, suppress_ragged_eofs=True) as stream:
                behave(server, stream)
        return self.bad_server(secured).url().replace("http", "https")

    def classes(self, url, *arguments, rate=20):
        """The classes of a second's requests, all of which must fail."""
        _, result, out, err = self.run_json(url, "--rate", rate, "--duration", "1s", "--drain", "3s",
                                            *arguments)
        self.assertIsNotNone(result, out + err)
        self.assert_books(result)
        self.assertEqual(result["requests"]["completed"], 0, out)
        return result["errors"]

    def test_counts_equal_the_access_log(self):
        for version in ("1.2", "1.3"):
            for resume in ([], ["--no-session-resumption"]):
                for reuse in ([], ["--no-reuse"]):
                    with self.subTest(version=version, resume=resume, reuse=reuse):
                        self.count_run(version, resume, reuse)

    def count_run(self, version, resume, reuse):
        nginx, path = self.nginx(tls=self.identity, tls_versions=f"TLSv{version}"), unique_path()
        _, result, _, _ = self.run_json(nginx.url(path), "--users", 20, "--duration", "1s", "--target-tls",
                                        version, *self.ca(), *resume, *reuse, expect=0)
        nginx.stop()
        self.assert_books(result)
        requests, connections = result["requests"], result["connections"]
        self.assertEqual(result["errors"], {})
        self.assertGreater(requests["completed"], 100)
        self.assertEqual(requests["completed"], nginx.count(path))
        self.assertEqual(connections["opened"], requests["completed"] if reuse else 20)
        self.assertEqual(connections["tls_handshakes"], connections["opened"])
        self.assertEqual(result["latency"]["tls"]["count"], connections["opened"])
        if resume:
            self.assertEqual(connections["tls_resumed"], 0)
        elif reuse:
            self.assertGreaterEqual(connections["tls_resumed"], connections["opened"] - 20)

    def test_bodies_of_many_records_both_ways(self):
        body = self.path("body")
        with open(body, "wb") as file:
            file.write(os.urandom(1 << 20))
        # nginx reads a body only where something wants it.
        extra = f"""client_max_body_size 2m; client_body_buffer_size 2m;
            location = /up {{ proxy_pass https://127.0.0.1:$server_port/; }}
            location = /body {{ root {self.folder}; }}"""
        nginx = self.nginx(tls=self.identity, extra=extra)
        os.chmod(self.folder, 0o755)
        _, down, _, _ = self.run_json(nginx.url("/body"), "--users", 5, "--iterations", 50, *self.ca(), expect=0)
        _, up, _, _ = self.run_json(nginx.url("/up"), "--users", 5, "--iterations", 50, "--body-file", body,
                                    *self.ca(), expect=0)
        self.assertGreater(down["requests"]["bytes_received"], 50 << 20)
        self.assertGreater(up["requests"]["bytes_sent"], 50 << 20)
        self.assertEqual(up["statuses"], {"200": 50})
        nginx.stop()
        self.assertEqual((nginx.count("/body"), nginx.count("/up")), (50, 50))

    def test_a_name_is_verified_and_sent(self):
        identity = self.authority.sign("named", "DNS:shop.test")
        other = self.authority.sign("other", "DNS:other.test")
        extra = f"""server_name other.test; }} server {{ listen 127.0.0.1:%d ssl; server_name shop.test;
            ssl_certificate {identity.cert}; ssl_certificate_key {identity.key};"""
        port = free_port()
        nginx = self.nginx(tls=other, extra=extra % port)
        resolve = ["--resolve", f"shop.test:{port}:127.0.0.1"]
        self.run_json(f"https://shop.test:{port}/", "--users", 1, "--iterations", 5, *resolve, *self.ca(), expect=0)
        self.run_json(f"https://127.0.0.1:{port}/", "--users", 1, "--iterations", 5, "--target-server-name",
                      "shop.test", *self.ca(), expect=0)
        self.assertEqual(set(self.classes(f"https://127.0.0.1:{nginx.port}/", "--target-server-name",
                                          "shop.test", *self.ca())), {"tls_wrong_name"})

    def test_expired(self):
        nginx = self.nginx(tls=self.authority.sign("expired", days=-1))
        self.assertEqual(self.classes(nginx.url(), *self.ca()), {"tls_expired": 20})

    def test_wrong_name(self):
        nginx = self.nginx(tls=self.authority.sign("wrong", "DNS:elsewhere.test,IP:192.0.2.1"))
        self.assertEqual(self.classes(nginx.url(), *self.ca()), {"tls_wrong_name": 20})

    def test_self_signed(self):
        nginx = self.nginx(tls=self_signed(self.folder))
        self.assertEqual(self.classes(nginx.url(), *self.ca()), {"tls_unknown_ca": 20})

    def test_unknown_authority(self):
        nginx = self.nginx(tls=self.identity)
        self.assertEqual(self.classes(nginx.url()), {"tls_unknown_ca": 20})
        other = Authority(self.folder, "other")
        self.assertEqual(self.classes(nginx.url(), "--target-ca", other.cert), {"tls_unknown_ca": 20})

    def test_insecure_target_is_an_explicit_choice_and_said(self):
        nginx = self.nginx(tls=self.authority.sign("expired", "DNS:elsewhere.test", days=-1))
        _, result, out, err = self.run_json(nginx.url(), "--users", 2, "--duration", "1s", "--insecure-target",
                                            expect=0)
        for text in (out, err, *result["notes"]):
            self.assertIn("not verified", text)

    def test_a_client_certificate_is_required_and_missing(self):
        for version in ("-tls1_2", "-tls1_3"):
            with self.subTest(version):
                url = self.s_server(version, "-Verify", "1", "-verify_return_error", "-CAfile", self.authority.cert)
                self.assertEqual(self.classes(url, *self.ca()), {"tls_refused": 20})

    def test_a_client_certificate_is_required_and_given(self):
        client = self.authority.sign("client")
        for version in ("-tls1_2", "-tls1_3"):
            with self.subTest(version):
                url = self.s_server(version, "-Verify", "1", "-verify_return_error", "-CAfile", self.authority.cert)
                _, result, _, _ = self.run_json(url, "--users", 1, "--iterations", 20, "--no-reuse", *self.ca(),
                                                "--target-cert", client.cert, "--target-key", client.key,
                                                expect=0)
                self.assertEqual(result["statuses"], {"200": 20})

    def test_a_client_certificate_nobody_trusts(self):
        stranger = Authority(self.folder, "stranger").sign("client")
        url = self.s_server("-Verify", "1", "-verify_return_error", "-CAfile", self.authority.cert)
        self.assertEqual(self.classes(url, *self.ca(), "--target-cert", stranger.cert, "--target-key",
                                      stranger.key), {"tls_refused": 20})

    def test_workers_get_certificates_with_the_plan(self):
        client = self.authority.sign("client")
        nginx, path = self.nginx(tls=self.identity, extra=f"""ssl_verify_client on;
            ssl_client_certificate {self.authority.cert};"""), unique_path()
        plan = self.path("plan.yaml")
        with open(plan, "w", encoding="utf-8") as file:
            file.write(f"""muster: 1
target: {nginx.url(path)}
tls: {{ca: ca.pem, cert: client.pem, key: client.key, versions: [1.2, 1.3]}}
load: {{rate: {{stages: [{{at: 200/s, for: 1s}}]}}}}
""")
        port = free_port()
        workers = [self.process([WORKER, "--master", f"127.0.0.1:{port}"]) for _ in range(2)]
        _, result, _, _ = self.run_json(plan, "--listen", f"127.0.0.1:{port}", "--workers", 2, expect=0)
        nginx.stop()
        self.assertEqual(len(workers), len(result["workers"]))
        self.assertEqual(result["statuses"], {"200": 200})
        self.assertEqual(nginx.count(path), 200)
        self.assertTrue(os.path.exists(client.key))

    def test_a_private_key_does_not_leave_the_host_in_the_open(self):
        client = self.authority.sign("client")
        code, _, err = muster("run", "https://127.0.0.1:1", "--target-cert", client.cert, "--target-key",
                              client.key, "--listen", "0.0.0.0:0", "--workers", 1, "--insecure-control")
        self.assertEqual(code, 2)
        self.assertIn("private key", err)

    def test_tls_1_1_only(self):
        url = self.s_server("-tls1_1", "-cipher", "ALL:@SECLEVEL=0")
        self.assertEqual(self.classes(url, *self.ca()), {"tls_version": 20})

    def test_no_version_in_common(self):
        nginx = self.nginx(tls=self.identity, tls_versions="TLSv1.2")
        self.assertEqual(self.classes(nginx.url(), "--target-tls", "1.3", *self.ca()), {"tls_version": 20})
        nginx = self.nginx(tls=self.identity, tls_versions="TLSv1.3")
        self.assertEqual(self.classes(nginx.url(), "--target-tls", "1.2", *self.ca()), {"tls_version": 20})

    def test_no_application_protocol_in_common(self):
        url = self.s_server("-alpn", "muster-test")
        self.assertEqual(self.classes(url, *self.ca()), {"tls_alpn": 20})

    def test_plain_http_at_the_port(self):
        self.assertEqual(self.classes(self.nginx().url().replace("http", "https")), {"tls_protocol": 20})

    def test_the_handshake_is_cut_off_in_the_middle(self):
        nginx = self.nginx(tls=self.identity)
        def relay(size, end):
            """Passes `size` bytes of nginx's answer on, then does `end`."""
            def behave(_, connection):
                with socket.create_connection(("127.0.0.1", nginx.port)) as server:
                    server.sendall(connection.recv(65536))
                    while size and len(server.recv(65536, socket.MSG_PEEK)) < size:
                        time.sleep(0.001)
                    connection.sendall(server.recv(size) if size else b"")
                    time.sleep(0.01)  # so that they are read before a reset
                    end(connection)
            return self.bad_server(behave).url().replace("http", "https")
        for size in (0, 3, 100, 700):
            for end in (lambda c: c.close(), reset):
                with self.subTest(size=size):
                    self.assertEqual(self.classes(relay(size, end), *self.ca()), {"tls_closed": 20})

    def test_a_handshake_that_is_never_answered_is_a_time_out_of_tls(self):
        def behave(_, connection):
            while connection.recv(65536):
                pass
        url = self.bad_server(behave).url().replace("http", "https")
        self.assertEqual(self.classes(url, "--connect-timeout", "300ms"), {"tls_timeout": 20})
        self.assertEqual(self.classes(url, "--timeout", "300ms"), {"tls_timeout": 20})

    def test_an_end_without_close_notify_completes_nothing(self):
        def behave(server, stream):
            server.read_request(stream)
            stream.sendall(b"HTTP/1.1 200 OK\r\n\r\nto the end of the connection")
        self.assertEqual(self.classes(self.tls_server(behave), *self.ca()), {"early_close": 20})

    def test_close_notify_ends_a_body_that_lasts_to_the_end(self):
        def behave(server, stream):
            server.read_request(stream)
            stream.sendall(b"HTTP/1.1 200 OK\r\n\r\nto the end of the connection")
            try:
                stream.unwrap()
            except (ssl.SSLError, OSError):
                pass  # the client closes without an answer to it
        _, result, _, _ = self.run_json(self.tls_server(behave), "--rate", 20, "--duration", "1s", *self.ca(),
                                        expect=0)
        self.assertEqual(result["statuses"], {"200": 20})

    def test_an_idle_connection_closed_by_the_target_costs_nothing(self):
        def behave(server, stream):
            server.read_request(stream)
            stream.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello")
        _, result, _, _ = self.run_json(self.tls_server(behave), "--users", 1, "--think", "50ms..50ms",
                                        "--duration", "1s", *self.ca(), expect=0)
        self.assertEqual(result["errors"], {})
        self.assertGreater(result["connections"]["opened"], 5)

    def test_a_mistake_in_the_files_is_said_before_the_run(self):
        bad_pair = self.authority.sign("pair")
        plan = self.path("plan.yaml")
        with open(plan, "w", encoding="utf-8") as file:
            file.write("muster: 1\ntarget: https://127.0.0.1:1\ntls:\n  cert: server.pem\n  key: pair.key\n")
        code, _, err = muster("run", plan)
        self.assertEqual(code, 2)
        self.assertIn("plan.yaml:5:8: tls.key: the key does not belong to the client certificate", err)
        encrypted = self.path("encrypted.key")
        subprocess.run(["openssl", "pkey", "-in", bad_pair.key, "-aes128", "-passout", "pass:secret", "-out",
                        encrypted], check=True, stderr=subprocess.DEVNULL)
        code, _, err = muster("run", "https://127.0.0.1:1", "--target-cert", bad_pair.cert, "--target-key",
                              encrypted)
        self.assertEqual(code, 2)
        self.assertIn("under a pass phrase", err)


if __name__ == "__main__":
    unittest.main()

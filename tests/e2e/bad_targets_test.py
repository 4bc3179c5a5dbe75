#!/usr/bin/env python3
"""Targets that misbehave: each failure in its own class, the run ended in time, the exit code as said."""

import os
import socket
import sys
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "support"))
from e2e import E2eTest, free_port, reset  # noqa: E402

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"


def answer_then(end, after=1):
    """Answers `after` requests on a connection, then does `end`."""
    def behave(server, connection):
        for _ in range(after):
            if server.read_request(connection) is None:
                return
            connection.sendall(ANSWER)
        end(server, connection)
    return behave


class BadTargets(E2eTest):
    DRAIN = 2

    def bad_run(self, url, *arguments, duration=1, expect=1):
        started = time.monotonic()
        _, result, out, err = self.run_json(url, "--duration", f"{duration}s", "--drain",
                                            f"{self.DRAIN}s", *arguments, expect=expect)
        self.assertLess(time.monotonic() - started, duration + self.DRAIN + 5)
        self.assert_books(result)
        return result

    def test_target_down(self):
        result = self.bad_run(f"http://127.0.0.1:{free_port()}/", "--rate", 100)
        self.assertEqual(result["errors"], {"connect_refused": 100})
        self.assertEqual(result["requests"]["failed_after_send"], 0)
        self.assertTrue(any("failed as connect_refused: nothing listens" in note for note in result["notes"]))

    def test_resetting(self):
        def behave(server, connection):
            server.read_request(connection)
            reset(connection)
        result = self.bad_run(self.bad_server(behave).url(), "--rate", 100)
        self.assertEqual(result["errors"], {"receive_reset": 100})

    def test_resetting_in_the_middle_of_a_body(self):
        def behave(server, connection):
            server.read_request(connection)
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\nhalf")
            time.sleep(0.05)
            reset(connection)
        result = self.bad_run(self.bad_server(behave).url(), "--rate", 50)
        self.assertEqual(result["errors"], {"receive_reset": 50})
        self.assertEqual(result["requests"]["failed_after_send"], 50)

    def test_closing_in_the_middle_of_a_body(self):
        def behave(server, connection):
            server.read_request(connection)
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\nhalf")
        result = self.bad_run(self.bad_server(behave).url(), "--rate", 50)
        self.assertEqual(result["errors"], {"early_close": 50})

    def test_never_answering(self):
        def behave(server, connection):
            while server.read_request(connection) is not None:
                pass
        result = self.bad_run(self.bad_server(behave).url(), "--rate", 50, "--timeout", "500ms")
        self.assertEqual(result["errors"], {"timeout": 50})

    def test_never_answering_is_cut_at_the_drain_limit(self):
        def behave(server, connection):
            while server.read_request(connection) is not None:
                pass
        result = self.bad_run(self.bad_server(behave).url(), "--users", 5, "--timeout", "60s")
        self.assertEqual(result["errors"], {"drain_cut": 5})
        self.assertEqual(result["iterations"]["cut"], 5)

    def test_garbage(self):
        def behave(server, connection):
            server.read_request(connection)
            connection.sendall(b"\x16\x03\x01 this is no HTTP\r\n\r\n")
        result = self.bad_run(self.bad_server(behave).url(), "--rate", 50)
        self.assertEqual(result["errors"], {"protocol": 50})

    def test_closing_idle_connections_is_its_own_class(self):
        def end(server, connection):  # reads the second request, then closes without a byte
            server.read_request(connection)
        result = self.bad_run(self.bad_server(answer_then(end)).url(), "--users", 1, "--think",
                              "10ms..10ms")
        self.assertEqual(set(result["errors"]), {"reused_closed"})
        self.assertGreater(result["requests"]["completed"], 0)

    def test_idle_close_seen_in_time_costs_nothing(self):
        result = self.bad_run(self.bad_server(answer_then(lambda s, c: None)).url(), "--users", 1,
                              "--think", "50ms..50ms", expect=0)
        self.assertEqual(result["errors"], {})

    def test_dropped_syns(self):
        listener = socket.socket()
        listener.bind(("127.0.0.1", 0))
        listener.listen(1)  # and never accepts: the third connection's SYN is dropped
        self.addCleanup(listener.close)
        result = self.bad_run(f"http://127.0.0.1:{listener.getsockname()[1]}/", "--rate", 20,
                              "--timeout", "5s", "--connect-timeout", "700ms")
        self.assertGreaterEqual(result["errors"]["connect_timeout"], 15)
        self.assertEqual(sum(result["errors"].values()), 20)

    def test_retransmitted_syns_are_flagged_without_any_failure(self):
        def behave(server, connection):
            while server.read_request(connection) is not None:
                connection.sendall(ANSWER)
        # Nobody accepts for half a second: the queue of 1 is full, SYNs are dropped and sent again.
        server = self.bad_server(behave, backlog=1, accept_after=0.5)
        result = self.bad_run(server.url(), "--users", 4, duration=4, expect=0)
        self.assertGreater(result["flags"]["slow_connect"], 0)
        self.assertEqual(result["errors"], {})

    def test_five_hundreds_are_completed_but_unexpected(self):
        def behave(server, connection):
            while server.read_request(connection) is not None:
                connection.sendall(b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n")
        result = self.bad_run(self.bad_server(behave).url(), "--rate", 50)
        self.assertEqual(result["errors"], {})
        self.assertEqual(result["statuses"], {"503": 50})
        self.assertEqual(result["requests"]["unexpected"], 50)

    def test_law_five_holds_when_connections_break_at_random(self):
        def behave(server, connection):
            for turn in range(1 + server.accepted % 7):
                if server.read_request(connection) is None:
                    return
                if (server.accepted + turn) % 5 == 0:
                    return reset(connection)
                connection.sendall(ANSWER)
        server = self.bad_server(behave)
        result = self.bad_run(server.url(), "--users", 8, duration=2)
        requests = result["requests"]
        self.assertGreater(requests["failed"], 0)
        self.assertLessEqual(requests["completed"], server.requests)
        self.assertLessEqual(server.requests, requests["completed"] + requests["failed_after_send"])


if __name__ == "__main__":
    unittest.main(verbosity=2)

#!/usr/bin/env python3
"""The framework benchmark: that its nine apps answer the same bytes, and that the published method, in small and from
far away, gives the published figures and is found out.

Seven frameworks are Debian's and are run as the suite file says. Sanic and Japronto are not: where they can't be
imported, their apps run on stand-ins of this test's, which know as much of the two as the apps use; that shows what the
apps answer, not that the frameworks would run them."""

import http.client
import os
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "support"))
from e2e import E2eTest, muster  # noqa: E402
from frameworks import FOLDER, SEVEN, frameworks  # noqa: E402
from netns import available  # noqa: E402

TEXT = b"Hello World"
JSON = b'{"id":4711,"name":"Hello World","tags":["small","json"],"price":12.5,"in_stock":true}'

# What a stand-in serves: by path, a function that gives (body, content type).
SERVING = '''
from http.server import BaseHTTPRequestHandler, HTTPServer


def serve(host, port, answers):
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            body, kind = answers[self.path]()
            self.send_response(200)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
    HTTPServer((host, port), Handler).serve_forever()
'''
STAND_INS = {
    "Sanic": ("sanic", '''
import asyncio
import types

from serving import serve


def text(body, content_type="text/plain; charset=utf-8"):
    return body.encode("utf-8"), content_type


response = types.SimpleNamespace(text=text)


class Sanic:
    def __init__(self, name):
        self.answers = {}

    def route(self, path):
        def keep(handler):
            self.answers[path] = lambda: asyncio.run(handler(None))
            return handler
        return keep

    def run(self, host, port, workers):
        assert workers == 1
        serve(host, port, self.answers)
'''),
    "Japronto": ("japronto", '''
import types

from serving import serve


def respond(text, mime_type="text/plain"):
    return text.encode("utf-8"), mime_type + "; charset=utf-8"


class Application:
    def __init__(self):
        self.answers = {}
        self.router = self

    def add_route(self, path, handler):
        self.answers[path] = lambda: handler(types.SimpleNamespace(Response=respond))

    def run(self, host, port, worker_num):
        assert worker_num == 1
        serve(host, port, self.answers)
'''),
}


class Frameworks(E2eTest):
    def started(self, framework, **keywords):
        server = framework.start(**keywords)
        self.addCleanup(server.close)
        return server

    def answer(self, server, path):
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
        connection.request("GET", path)
        response = connection.getresponse()
        self.addCleanup(connection.close)
        return response.status, response.getheader("Content-Type"), response.read()

    def assert_same_bytes(self, framework, **keywords):
        server = self.started(framework, **keywords)
        for path, kind, body in (("/text", "text/plain", TEXT), ("/json", "application/json", JSON)):
            status, content_type, answered = self.answer(server, path)
            self.assertEqual((status, answered), (200, body), f"{framework.name} {path}")
            self.assertEqual(content_type.split(";")[0], kind, f"{framework.name} {path}")
        server.close()

    def test_all_that_debian_has_answer_the_same_bytes(self):
        known = frameworks()
        self.assertLessEqual(set(SEVEN), set(known))
        ran = [name for name, framework in known.items() if name not in STAND_INS]
        for name in ran:
            with self.subTest(framework=name):
                self.assertEqual(known[name].missing(), [], "deploy/install-dependencies.sh frameworks")
                self.assert_same_bytes(known[name])
        self.assertEqual(len(ran), 10)

    def test_the_two_that_debian_lacks_answer_them_too(self):
        with open(self.path("serving.py"), "w", encoding="ascii") as file:
            file.write(SERVING)
        for name, (module, source) in STAND_INS.items():
            with self.subTest(framework=name):
                framework = frameworks()[name]
                if not framework.missing():
                    self.assert_same_bytes(framework)
                    continue
                self.assertEqual(framework.missing(), [module])
                with open(self.path(module + ".py"), "w", encoding="ascii") as file:
                    file.write(source)
                self.assertEqual(framework.missing(pythonpath=self.folder), [])
                self.assert_same_bytes(framework, pythonpath=self.folder)

    def test_every_plan_is_valid(self):
        plans = sorted(os.listdir(os.path.join(FOLDER, "plans")))
        self.assertEqual(len(plans), 4)
        for plan in plans:
            code, out, err = muster("validate", os.path.join(FOLDER, "plans", plan))
            self.assertEqual(code, 0, err)
            self.assertIn("each user its own", out)


@unittest.skipUnless(available(), "the far side is a network namespace, which needs root")
class PublishedMethod(E2eTest):
    """200 users who think for 1 to 1.8 s, 62 ms of round trip: 200 / (1.4 + 0.063) = 137/s of whatever answers."""

    users = 200
    think = "1s..1800ms"

    def published(self, name):
        """The framework from published.yaml through its link: the result, and its findings by number."""
        server = frameworks("published.yaml")[name].start(core=0)
        try:
            _, result, out, err = self.run_json(
                server.url("/text"), "--stage", f"2s:{self.users}", "--stage", f"9s:{self.users}", "--think",
                self.think, "--own-connections", "--frugal", "--seed", "1")
        finally:
            server.close()
        self.assertIsNotNone(result, out + err)
        self.assert_books(result)
        self.assertEqual(result["requests"]["unexpected"], 0)
        return result, {finding["number"]: finding for finding in result["findings"]}

    def assert_rate(self, result, think_s, answer_s):
        """Little's law over the rows in which all users are there."""
        rows = [row for row in result["timeline"] if 3e9 <= row["start_ns"] and row["end_ns"] <= 11e9]
        seconds = (rows[-1]["end_ns"] - rows[0]["start_ns"]) * 1e-9
        rate = sum(row["completed"] for row in rows) / seconds
        self.assertAlmostEqual(rate / (self.users / (think_s + answer_s)), 1, delta=0.06)

    def assert_found_out(self, findings, trips):
        self.assertIn("users / cycle", findings[9]["text"])
        self.assertIn(f"about {trips} round trip", findings[10]["text"])

    def test_one_round_trip_where_connections_are_kept(self):
        result, findings = self.published("aiohttp")
        self.assert_rate(result, 1.4, 0.063)
        self.assertTrue(62e6 <= result["latency"]["response"]["p50_ns"] <= 90e6, result["latency"]["response"])
        self.assert_found_out(findings, "one")
        self.assertNotIn(4, findings)

    def test_two_where_each_request_has_a_new_one(self):
        result, findings = self.published("Bottle")
        self.assert_rate(result, 1.4, 0.126)
        self.assertTrue(124e6 <= result["latency"]["response"]["p50_ns"] <= 180e6, result["latency"]["response"])
        self.assert_found_out(findings, "two")

    def test_two_and_a_race_where_think_times_outlive_keep_alive(self):
        self.think = "4700ms..5600ms"  # uvicorn closes after five seconds
        self.users = 600
        result, findings = self.published("Starlette")
        self.assertIn(4, findings)
        self.assertRegex(findings[4]["evidence"], r"closes after about (4\.9|5\.).*of the think times are longer")

    def test_the_far_side_ends_with_its_program(self):
        link = subprocess.run([sys.executable, os.path.join(os.path.dirname(__file__), "..", "support",
                                                            "delaying_link.py"), "5", "--", "sh", "-c", "exit 7"],
                              capture_output=True, text=True, check=False, timeout=20)
        self.assertEqual(link.returncode, 7, link.stderr)
        devices = subprocess.run(["ip", "-o", "link"], capture_output=True, text=True, check=True).stdout
        self.assertNotIn("near", devices)


if __name__ == "__main__":
    unittest.main(verbosity=2)

"""What the end-to-end tests share: Muster's programs, nginx on a free port, and badly behaved servers.

The build folder with the programs comes from MUSTER_BUILD. Load goes to loopback or to namespaces that a
test made itself; every run is bounded by a time limit of its own."""

import atexit
import json
import os
import re
import select
import shutil
import signal
import socket
import struct
import subprocess
import tempfile
import threading
import time
import unittest
import uuid

BUILD = os.environ.get("MUSTER_BUILD", os.path.join(os.getcwd(), "build", "release"))
SOURCE = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", ".."))
MUSTER = os.path.join(BUILD, "master", "muster")
WORKER = os.path.join(BUILD, "worker", "muster-worker")


def free_port(host="127.0.0.1"):
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as s:
        s.bind((host, 0))
        return s.getsockname()[1]


# Runs are kept there, rather than among those of the user who tests.
STATE_HOME = tempfile.mkdtemp(prefix="muster-state-")
atexit.register(shutil.rmtree, STATE_HOME, True)


def environment():
    """The environment of a user without CI's or a terminal's influence."""
    env = {k: v for k, v in os.environ.items()
           if k not in ("CI", "GITHUB_ACTIONS", "GITHUB_STEP_SUMMARY", "GITHUB_WORKSPACE", "NO_COLOR",
                        "http_proxy")}
    env["LC_ALL"] = "C.UTF-8"
    env["XDG_STATE_HOME"] = STATE_HOME
    return env


def muster(*arguments, timeout=120, stdin=None, netns=None, env=None):
    """Runs muster to its end: (exit code, standard output, standard error)."""
    done = subprocess.run(in_netns(netns) + [MUSTER, *map(str, arguments)], capture_output=True,
                          text=True, timeout=timeout, input=stdin, env=env or environment())
    return done.returncode, done.stdout, done.stderr


def in_netns(name):
    return ["ip", "netns", "exec", name] if name else []


class Process:
    """A program in the background whose output goes to a file; killed at the end in every case."""

    def __init__(self, arguments, netns=None, env=None):
        self.log = tempfile.NamedTemporaryFile(prefix="muster-e2e-", suffix=".log", delete=False)
        self.popen = subprocess.Popen(in_netns(netns) + list(map(str, arguments)), stdout=self.log,
                                      stderr=subprocess.STDOUT, env=env or environment(),
                                      stdin=subprocess.DEVNULL)

    def output(self):
        with open(self.log.name, encoding="utf-8", errors="replace") as file:
            return file.read()

    def wait(self, timeout):
        return self.popen.wait(timeout)

    def signal(self, number):
        self.popen.send_signal(number)

    def wait_for(self, pattern, timeout=20):
        """The first match of `pattern` in the output; fails with the output when it does not come."""
        end = time.monotonic() + timeout
        while time.monotonic() < end:
            match = re.search(pattern, self.output())
            if match:
                return match
            if self.popen.poll() is not None and not re.search(pattern, self.output()):
                break
            time.sleep(0.05)
        raise AssertionError(f"no {pattern!r} in:\n{self.output()}")

    def close(self):
        if self.popen.poll() is None:
            self.popen.kill()
            self.popen.wait(10)
        self.log.close()
        if os.path.exists(self.log.name):
            os.unlink(self.log.name)


class Nginx:
    """nginx with an access log that holds one line a request: the status and the request line.

    `tls`: the server's identity (tls_files.py), with which it speaks TLS alone. `extra`, `http`: directives of the
    server, and of what is around it."""

    def __init__(self, host="127.0.0.1", netns=None, unix=None, workers=1, extra="", core=None, tls=None,
                 tls_versions="TLSv1.2 TLSv1.3", http2=False, keepalive_requests=100000000, http=""):
        self.folder = tempfile.mkdtemp(prefix="muster-nginx-")
        os.chmod(self.folder, 0o755)
        self.port = free_port("::1" if ":" in host else "127.0.0.1")
        self.host = host
        listen = f"unix:{unix}" if unix else (f"[{host}]:{self.port}" if ":" in host
                                              else f"{host}:{self.port}")
        self.scheme = "https" if tls else "http"
        if tls:
            listen += " ssl"
            extra = f"ssl_certificate {tls.cert}; ssl_certificate_key {tls.key}; " \
                    f"ssl_protocols {tls_versions}; {extra}"
        self.log_path = os.path.join(self.folder, "access.log")
        config = f"""
daemon off; master_process on; worker_processes {workers}; pid {self.folder}/pid;
error_log {self.folder}/error.log; worker_rlimit_nofile 20000;
events {{ worker_connections 15000; }}
http {{
  log_format plain '$status $request_method $request_uri';
  access_log {self.log_path} plain buffer=64k;
  keepalive_requests {keepalive_requests}; keepalive_timeout 75s;
  client_body_temp_path {self.folder}/body; proxy_temp_path {self.folder}/proxy;
  fastcgi_temp_path {self.folder}/fcgi; uwsgi_temp_path {self.folder}/uwsgi;
  scgi_temp_path {self.folder}/scgi;
  {http}
  server {{ listen {listen} backlog=8192{" http2" if http2 else ""};
    {extra}
    location / {{ return 200 "hello world"; }}
  }}
}}
"""
        path = os.path.join(self.folder, "nginx.conf")
        with open(path, "w", encoding="utf-8") as file:
            file.write(config)
        pin = ["taskset", "-c", str(core)] if core is not None else []
        self.process = Process([*pin, "/usr/sbin/nginx", "-c", path, "-e",
                                os.path.join(self.folder, "error.log")], netns=netns)
        self.unix = unix
        self._await(netns, unix)

    def _await(self, netns, unix):
        end = time.monotonic() + 10
        while time.monotonic() < end:
            if self.process.popen.poll() is not None:
                raise AssertionError("nginx ended: " + self.process.output())
            if os.path.exists(os.path.join(self.folder, "pid")) and (not unix or os.path.exists(unix)):
                time.sleep(0.2)  # between the pid file and the workers' first accept
                return
            time.sleep(0.05)
        raise AssertionError("nginx did not start: " + self.process.output())

    def url(self, path="/"):
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}:{self.port}{path}"

    def stop(self):
        """Lets nginx finish and flush its log."""
        if self.process.popen.poll() is None:
            self.process.signal(signal.SIGQUIT)
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.signal(signal.SIGTERM)
                self.process.wait(10)

    def count(self, path):
        """Requests for exactly `path` (with its query) that were served; after stop()."""
        with open(self.log_path, encoding="utf-8") as file:
            return sum(1 for line in file if line.rstrip("\n").split(" ", 2)[2] == path)

    def size(self):
        """Lines in the log so far (the buffer not counted)."""
        with open(self.log_path, encoding="utf-8") as file:
            return sum(1 for _ in file)

    def close(self):
        master = self.process.popen.pid
        workers = []
        if self.process.popen.poll() is None:  # killed, it would leave its workers behind
            with open(f"/proc/{master}/task/{master}/children", encoding="ascii") as children:
                workers = [int(pid) for pid in children.read().split()]
        self.process.close()
        for pid in workers:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        shutil.rmtree(self.folder, ignore_errors=True)


def unique_path():
    return "/run-" + uuid.uuid4().hex


class BadServer:
    """A TCP server of threads whose `behave(connection)` does to each connection what a test wants."""

    def __init__(self, behave, backlog=128, accept_after=0):
        self.behave = behave
        self.accept_after = accept_after  # seconds after the first moment at which clients can come
        self.socket = socket.socket()
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(("127.0.0.1", 0))
        self.socket.listen(backlog)
        self.port = self.socket.getsockname()[1]
        self.accepted = 0
        self.requests = 0
        self.stopped = False
        threading.Thread(target=self._serve, daemon=True).start()

    def url(self, path="/"):
        return f"http://127.0.0.1:{self.port}{path}"

    def _serve(self):
        if self.accept_after:
            select.select([self.socket], [], [])
            time.sleep(self.accept_after)
        while not self.stopped:
            try:
                connection, _ = self.socket.accept()
            except OSError:
                return
            self.accepted += 1
            threading.Thread(target=self._one, args=(connection,), daemon=True).start()

    def _one(self, connection):
        try:
            self.behave(self, connection)
        except OSError:
            pass
        finally:
            connection.close()

    def read_request(self, connection):
        """One request's head, or None when the client closed."""
        data = b""
        while b"\r\n\r\n" not in data:
            more = connection.recv(65536)
            if not more:
                return None
            data += more
        self.requests += 1
        return data

    def close(self):
        self.stopped = True
        self.socket.close()


def reset(connection):
    """Closes with a reset instead of an orderly end."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


class E2eTest(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="muster-test-")
        self.addCleanup(shutil.rmtree, self.folder, True)

    def process(self, arguments, **keywords):
        process = Process(arguments, **keywords)
        self.addCleanup(process.close)
        return process

    def nginx(self, **keywords):
        server = Nginx(**keywords)
        self.addCleanup(server.close)
        return server

    def bad_server(self, behave, **keywords):
        server = BadServer(behave, **keywords)
        self.addCleanup(server.close)
        return server

    def path(self, name):
        return os.path.join(self.folder, name)

    def json(self, path):
        with open(path, encoding="utf-8") as file:
            return json.load(file)

    def run_json(self, *arguments, expect=None, **keywords):
        """`muster run ... --out json=FILE`: (exit code, result, standard output, standard error)."""
        path = self.path("result-" + uuid.uuid4().hex + ".json")
        code, out, err = muster("run", *arguments, "--out", "json=" + path, **keywords)
        if expect is not None:
            self.assertEqual(code, expect, f"standard output:\n{out}\nstandard error:\n{err}")
        result = self.json(path) if os.path.exists(path) else None
        return code, result, out, err

    def assert_books(self, result):
        """Law 1 on a finished result, merged."""
        i, r = result["iterations"], result["requests"]
        self.assertEqual(i["due"], i["not_started"] + i["started"])
        self.assertEqual(i["started"], i["finished"] + i["cut"] + i["in_flight"] + i["lost"])
        self.assertEqual(r["started"], r["completed"] + r["failed"] + r["in_flight"] + r["lost"])
        self.assertEqual(i["in_flight"], 0)
        self.assertEqual(sum(result["errors"].values()), r["failed"])
        self.assertEqual(sum(result["statuses"].values()), r["completed"])
        self.assertEqual(sum(result["not_started_by"].values()), i["not_started"])

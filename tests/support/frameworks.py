"""The targets of deploy/examples/python-frameworks, started as a suite file there says."""

import os
import signal
import subprocess
import tempfile
import time
import urllib.error
import urllib.request

import yaml

from e2e import SOURCE, free_port

FOLDER = os.path.join(SOURCE, "deploy", "examples", "python-frameworks")
# Those of the published tables that are in Debian 12.
SEVEN = ["aiohttp", "Bottle", "Django + gunicorn", "Flask", "Pyramid", "Starlette", "Tornado"]


class Framework:
    """A target of the suite file."""

    def __init__(self, spec):
        self.spec = spec
        self.name = spec["name"]
        self.python = spec["python"]
        self.folder = os.path.join(FOLDER, spec["folder"])

    def environment(self, pythonpath=None):
        env = dict(os.environ, **self.spec.get("env", {}))
        path = pythonpath or self.spec.get("pythonpath")
        if path:
            env["PYTHONPATH"] = path
        return env

    def missing(self, pythonpath=None):
        """Which of the modules that it needs can't be imported."""
        return [module for module in self.spec["needs"]["modules"]
                if subprocess.run([self.python, "-c", f"import {module}"], env=self.environment(pythonpath),
                                  cwd=self.folder, capture_output=True, check=False).returncode != 0]

    def start(self, core=None, pythonpath=None, path="/text"):
        return Server(self, core, pythonpath, path)


class Server:
    """One that runs. close() ends all that it started."""

    def __init__(self, framework, core, pythonpath, path):
        self.port = free_port()
        fill = {"{python}": framework.python, "{port}": str(self.port), "{suite}": FOLDER}
        self.fill = fill
        self.base = self.filled(framework.spec.get("url", "http://127.0.0.1:{port}"))
        command = [self.filled(word) for word in framework.spec["start"]]
        pin = ["taskset", "-c", str(core)] if core is not None and (os.cpu_count() or 1) > 1 else []
        self.log = tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace")
        self.process = subprocess.Popen(pin + command, cwd=framework.folder, env=framework.environment(pythonpath),
                                        stdout=self.log, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
                                        start_new_session=True)
        try:
            self.wait_until_ready(path)
        except BaseException:
            self.close()
            raise

    def filled(self, text):
        for word, value in self.fill.items():
            text = text.replace(word, value)
        return text

    def url(self, path):
        return self.base + path

    def wait_until_ready(self, path, within=20):
        end = time.monotonic() + within
        while time.monotonic() < end:
            if self.process.poll() is not None:
                break
            try:
                with urllib.request.urlopen(self.url(path), timeout=2) as answer:
                    if answer.status == 200:
                        return
            except (OSError, urllib.error.URLError):
                time.sleep(0.05)
        self.log.seek(0)
        raise AssertionError(f"{self.process.args} did not become ready:\n{self.log.read()[-2000:]}")

    def close(self):
        for number in (signal.SIGTERM, signal.SIGKILL):
            try:
                os.killpg(self.process.pid, number)
            except ProcessLookupError:
                break
            try:
                self.process.wait(3)
            except subprocess.TimeoutExpired:
                pass
        self.process.wait(3)
        self.log.close()


def frameworks(file="suite.yaml"):
    """By name, in the file's order."""
    with open(os.path.join(FOLDER, file), encoding="utf-8") as text:
        suite = yaml.safe_load(text)
    return {spec["name"]: Framework({**suite["defaults"], **spec}) for spec in suite["targets"]}

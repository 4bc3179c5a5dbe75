#!/usr/bin/env python3
"""Every command line of README.md and docs/ is run as printed, and every plan in them is validated.

The commands run in a network namespace of the test's own, so that the documents' ports and addresses
(127.0.0.1:8080 with an nginx, 192.0.2.10) are free, in a folder with copies of deploy/ and of the example
plans; stages and durations are shortened. In one block, masters (`--listen`) and workers run side by side; as
many workers are started as the master asks for."""

import glob
import os
import re
import shlex
import shutil
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "support"))
from e2e import BUILD, SOURCE, E2eTest, Process, environment, muster  # noqa: E402
from tls_files import self_signed  # noqa: E402
from netns import available  # noqa: E402

PAGES = [os.path.join(SOURCE, "README.md")] + sorted(glob.glob(os.path.join(SOURCE, "docs", "*.md")))
# Commands that other tests run: CI runs the one, and the other contains this test.
ELSEWHERE = ("./deploy/quickstart.sh", "./deploy/test.sh", "git clone",
             "muster suite deploy/examples/python-frameworks")
# A threshold may fail, and beside other tests the generator may be short of a core.
EXPECTED = (0, 1, 4)
PROGRAM = re.compile(r"^\$? ?((?:\./)?(?:muster(?=\s|$)|muster-worker|deploy/\S+|cmake|ctest|UPDATE_GOLDEN=1)\b.*)$")


def blocks(text):
    """Code blocks, fenced or indented: lists of lines."""
    found, current, fenced = [], [], False
    for line in text.split("\n") + [""]:
        if line.startswith("```"):
            fenced = not fenced
            if current:
                found.append(current)
            current = []
        elif fenced or line.startswith("    "):
            current.append(line if fenced else line[4:])
        elif current:
            found.append(current)
            current = []
    return found


def commands(lines):
    """The command lines of a block, continued lines joined, comments dropped."""
    joined, result = "\n".join(lines).replace("\\\n", " ").split("\n"), []
    for line in joined:
        match = PROGRAM.match(line)
        if match:
            result.append(match.group(1).split("  #")[0].strip())
    return result


@unittest.skipUnless(available(), "the documents' commands run in a namespace, which needs root")
class Documents(E2eTest):
    NETNS = f"muster-docs-{os.getpid()}"

    def setUp(self):
        super().setUp()
        subprocess.run(["ip", "netns", "add", self.NETNS], check=True)
        self.addCleanup(subprocess.run, ["ip", "netns", "del", self.NETNS], check=False)
        subprocess.run(["ip", "-n", self.NETNS, "link", "set", "lo", "up"], check=True)
        subprocess.run(["ip", "-n", self.NETNS, "addr", "add", "192.0.2.10/32", "dev", "lo"], check=True)
        self.home = self.path("home")
        shutil.copytree(os.path.join(SOURCE, "deploy"), os.path.join(self.home, "deploy"))
        for plan in glob.glob(os.path.join(self.home, "deploy", "examples", "*.yaml")):
            self.shorten(plan)
        shutil.copy(os.path.join(self.home, "deploy", "examples", "spike.yaml"),
                    os.path.join(self.home, "plan.yaml"))
        self.nginx_at_8080()
        self.env = environment()
        self.env["PATH"] = ":".join([os.path.join(BUILD, "master"), os.path.join(BUILD, "worker"),
                                     self.env["PATH"]])

    def shorten(self, path):
        with open(path, encoding="utf-8") as file:
            text = file.read()
        text = re.sub(r"\b(over|for|every): *[\dhms.]+", r"\1: 1s", text)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)

    def nginx_at_8080(self):
        folder = self.path("nginx")
        os.makedirs(folder)
        os.chmod(self.folder, 0o755)
        identity = self_signed(folder)
        shutil.copy(identity.cert, os.path.join(self.home, "ca.pem"))
        with open(os.path.join(folder, "conf"), "w", encoding="utf-8") as file:
            file.write(f"daemon off; pid {folder}/pid; error_log {folder}/error.log; "
                       "worker_rlimit_nofile 20000; events { worker_connections 15000; } "
                       f"http {{ access_log off; client_body_temp_path {folder}/b; "
                       f"proxy_temp_path {folder}/p; fastcgi_temp_path {folder}/f; "
                       f"uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s; "
                       "server { listen 0.0.0.0:8080 backlog=4096; "
                       'location / { return 200 "hello"; } } '
                       f"server {{ listen 0.0.0.0:8443 ssl; ssl_certificate {identity.cert}; "
                       f"ssl_certificate_key {identity.key}; "
                       'location / { return 200 "hello"; } } '
                       "server { listen 0.0.0.0:8082 http2; "
                       'location / { return 200 "hello"; } } }')
        process = Process(["/usr/sbin/nginx", "-c", f"{folder}/conf", "-e", f"{folder}/error.log"],
                          netns=self.NETNS)
        self.addCleanup(process.close)

    def start(self, command):
        words = shlex.split(command)
        if words[:2] == ["muster", "find-capacity"]:
            words = [w for i, w in enumerate(words) if "--budget" not in words[max(0, i - 1):i + 1]]
            words += ["--budget", "10s"]  # it may find nothing in that time, or less than the generator
        elif "--duration" in words:
            words[words.index("--duration") + 1] = "4s"
        process = Process(["env", "-C", self.home, *words], netns=self.NETNS, env=self.env)
        self.addCleanup(process.close)
        return process

    def run_block(self, lines):
        masters, workers = [], []
        for command in lines:
            if command.startswith("muster-worker") and "--help" not in command:
                workers.append(command)
            elif "--listen" in command:
                masters.append((command, self.start(command)))
            else:
                process = self.start(command)
                code = process.wait(150)
                self.assertIn(code, EXPECTED, f"{command}\n{process.output()}")
        for command, master in masters:
            wanted = int(re.search(r"--workers (\d+)", command).group(1))
            master.wait_for("listening on")
            for number in range(wanted):
                worker = workers[number % len(workers)]
                if number >= len(workers):
                    worker = re.sub(r"--name \S+", "", worker)
                self.start(worker)
            self.assertIn(master.wait(150), EXPECTED, f"{command}\n{master.output()}")

    def test_every_command_runs(self):
        count = 0
        for page in PAGES:
            with open(page, encoding="utf-8") as file:
                text = file.read()
            for block in blocks(text):
                lines = [c for c in commands(block) if not c.startswith(ELSEWHERE)]
                # A worker that stands alone is shown for its flags: give it a master.
                if lines and all(c.startswith("muster-worker") for c in lines):
                    address = re.search(r"--master (\S+)", lines[0]).group(1)
                    lines.insert(0, f"muster run http://127.0.0.1:8080/ --rate 50 --duration 1s "
                                    f"--listen {address} --workers {len(lines)}")
                if lines:
                    with self.subTest(page=os.path.basename(page), commands=lines):
                        self.run_block(lines)
                        count += len(lines)
        self.assertGreater(count, 5)

    def test_every_plan_is_valid(self):
        count = 0
        for page in PAGES:
            with open(page, encoding="utf-8") as file:
                text = file.read()
            for block in blocks(text):
                if block and block[0].startswith("muster: 1"):
                    with self.subTest(page=os.path.basename(page), plan=block):
                        plan = "\n".join(block).replace("file: cart.json", "text: '{}'")
                        code, _, err = muster("validate", "-", stdin=plan)
                        self.assertEqual(code, 0, err)
                        count += 1
        self.assertGreater(count, 0)


if __name__ == "__main__":
    unittest.main(verbosity=2)

#!/usr/bin/env python3
"""The recipes of deploy/ci, run as their CI would run them: the steps are read from the YAML or the Jenkinsfile and
executed by the shell and in the environment that this CI documents, in a workspace with a real nginx as the service,
once healthy and once answering 500. Actions of others (checkout, cache, upload) are acted out: what they keep is
looked up in the workspace."""

import glob
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest
from xml.etree import ElementTree

import yaml

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "support"))
from e2e import BUILD, SOURCE, E2eTest, environment, free_port  # noqa: E402

RESULTS = ("result.json", "junit.xml", "report.html", "summary.md", "metrics.txt", "service.log")
PATH = ":".join([os.path.join(BUILD, "master"), "/usr/sbin", "/usr/bin", "/sbin", "/bin"])


def load(path):
    with open(path, encoding="utf-8") as file:
        return yaml.load(file, Loader=yaml.BaseLoader)  # all scalars as text: `on` stays "on"


class Workspace:
    """A checkout of the recipes on a port of its own; `status`: what the service answers. Shorter than as shipped."""

    def __init__(self, test, status=200):
        self.folder = test.path("work-" + os.urandom(4).hex())
        self.home = tempfile.mkdtemp(dir=test.folder)
        self.port = free_port()
        shutil.copytree(os.path.join(SOURCE, "deploy"), os.path.join(self.folder, "deploy"))
        for path in glob.glob(self.path("deploy/ci/**/*"), recursive=True) + [self.path("deploy/ci/gitlab/.gitlab-ci.yml")]:
            if os.path.isfile(path):
                self.rewrite(path, ("8080", str(self.port)), ("for: 5s", "for: 2s"),
                             ('return 200 "hello', f'return {status} "hello'))

    def path(self, name):
        return os.path.join(self.folder, name)

    @staticmethod
    def rewrite(path, *changes):
        with open(path, encoding="utf-8") as file:
            text = file.read()
        for old, new in changes:
            text = text.replace(old, new)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)

    def env(self, **more):
        env = {"PATH": PATH, "HOME": self.home, "LC_ALL": "C.UTF-8", "CI": "true", "TMPDIR": self.home,
               "MUSTER_TEST": self.folder}  # by which its processes are found
        env.update(more)
        return env

    def shell(self, words, script, env, timeout=60):
        """Runs `script` from a file, as every CI does: (exit code, output)."""
        path = os.path.join(self.home, "step-" + os.urandom(4).hex())
        with open(path, "w", encoding="utf-8") as file:
            file.write(script)
        done = subprocess.run([*words, path], cwd=self.folder, env=env, timeout=timeout, check=False, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL)
        return done.returncode, done.stdout

    def left_over(self):
        """Processes of this workspace that still run."""
        found = []
        for path in glob.glob("/proc/[0-9]*"):
            try:
                with open(path + "/environ", "rb") as file:
                    ours = f"MUSTER_TEST={self.folder}".encode() in file.read()
                with open(path + "/cmdline", "rb") as file:
                    command = file.read()
            except OSError:
                continue
            if ours and command:  # a zombie has none
                found.append(command.replace(b"\0", b" ").decode())
        return found

    def listens(self):
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0


class GitHub:
    """A job of a workflow, with what GitHub documents of steps, expressions and files."""

    SHELL = {"": ["bash", "-e"], "bash": ["bash", "--noprofile", "--norc", "-eo", "pipefail"]}

    def __init__(self, workspace, workflow):
        self.workspace, self.workflow = workspace, load(workspace.path(workflow))
        self.output, self.kept, self.failed, self.code, self.outputs = "", {}, False, 0, {}
        self.summary = os.path.join(workspace.home, "summary.md")
        (job,) = self.workflow["jobs"].values()
        for step in job["steps"]:
            self.step(step, {}, self.outputs, "")

    def step(self, step, inputs, outputs, action_folder):
        if self.failed and step.get("if") != "always()":
            return
        if "run" in step:
            self.run(step, inputs, outputs, action_folder)
        elif step["uses"].startswith("./"):
            self.composite(step)
        else:
            self.act_out(step, inputs, outputs)

    @staticmethod
    def value(text, inputs, outputs):
        def one(match):
            kind, _, rest = match.group(1).partition(".")
            if kind == "inputs":
                return inputs[rest]
            if kind == "runner":
                return {"arch": "X64"}[rest]
            step, middle, key = rest.split(".")
            assert (kind, middle) == ("steps", "outputs"), match.group(0)
            return outputs.get(step, {}).get(key, "")
        return re.sub(r"\$\{\{ *([\w.-]+) *\}\}", one, text)

    def run(self, step, inputs, outputs, action_folder):
        files = {name: os.path.join(self.workspace.home, name + os.urandom(4).hex())
                 for name in ("GITHUB_OUTPUT", "GITHUB_PATH", "GITHUB_ENV")}
        for path in files.values():
            open(path, "w", encoding="utf-8").close()
        env = self.workspace.env(GITHUB_ACTIONS="true", GITHUB_WORKSPACE=self.workspace.folder,
                                 GITHUB_STEP_SUMMARY=self.summary, GITHUB_ACTION_PATH=action_folder, **files)
        env.update({key: self.value(text, inputs, outputs) for key, text in step.get("env", {}).items()})
        code, text = self.workspace.shell(self.SHELL[step.get("shell", "")],
                                          self.value(step["run"], inputs, outputs), env)
        self.output += text
        with open(files["GITHUB_OUTPUT"], encoding="utf-8") as file:
            outputs[step.get("id", "")] = dict(line.rstrip("\n").split("=", 1) for line in file)
        if code != 0 and not self.failed:
            self.failed, self.code = True, code

    def composite(self, step):
        folder = self.workspace.path(step["uses"][2:])
        action, own = load(os.path.join(folder, "action.yml")), {}
        inputs = {name: step["with"].get(name, about.get("default", "")) for name, about in action["inputs"].items()}
        assert set(step["with"]) <= set(inputs)
        for inner in action["runs"]["steps"]:
            self.step(inner, inputs, own, folder)
        self.outputs["action"] = {name: self.value(about["value"], inputs, own)
                                  for name, about in action["outputs"].items()}

    def act_out(self, step, inputs, outputs):
        action, given = step["uses"].split("@")[0], step.get("with", {})
        given = {key: self.value(text, inputs, outputs) for key, text in given.items()}
        if action == "actions/upload-artifact":
            self.kept[given["name"]] = os.listdir(self.workspace.path(given["path"]))
        elif action == "actions/cache":
            assert re.fullmatch(r"muster-debian12-X64-[0-9a-f]{16}", given["key"]), given
        else:
            assert action == "actions/checkout", action


class GitLab:
    """The one job of a pipeline: before_script and script are one script of one shell that stops at an error."""

    def __init__(self, workspace, **variables):
        self.job = load(workspace.path("deploy/ci/gitlab/.gitlab-ci.yml"))["load-test"]
        env = workspace.env(GITLAB_CI="true", CI_PROJECT_DIR=workspace.folder)
        for name, value in {**self.job["variables"], **variables}.items():
            env[name] = re.sub(r"\$(\w+)", lambda match: env.get(match.group(1), ""), value)
        script = "\n".join(["set -e", *self.job["before_script"], *self.job["script"]]) + "\n"
        self.code, self.output = workspace.shell(["sh"], script, env)
        self.kept = sorted(os.path.basename(path) for pattern in self.job["artifacts"]["paths"]
                           for path in glob.glob(workspace.path(pattern) + "*"))
        self.reports = {kind: workspace.path(path) for kind, path in self.job["artifacts"]["reports"].items()}


class Jenkins:
    """A declarative pipeline: each `sh` is a file run by `sh -xe`; the first that fails ends the stages."""

    def __init__(self, workspace):
        with open(workspace.path("deploy/ci/jenkins/Jenkinsfile"), encoding="utf-8") as file:
            text = self.text = re.sub(r"(^|\s)//.*", r"\1", file.read())
        env = workspace.env(WORKSPACE=workspace.folder, JENKINS_URL="http://jenkins/", BUILD_NUMBER="1")
        block = re.search(r"environment \{(.*?)\n  \}", text, re.S).group(1)
        env.update(re.findall(r"^\s*(\w+) = '([^']*)'", block, re.M))
        self.steps = [a or b for a, b in re.findall(r"\bsh (?:'''(.*?)'''|'([^'\n]*)')", text, re.S)]
        self.code, self.output = 0, ""
        for step in self.steps:
            self.code, more = workspace.shell(["sh", "-xe"], step, env)
            self.output += more
            if self.code != 0:
                break
        self.kept = sorted(os.path.basename(path)
                           for path in glob.glob(workspace.path(self.always("archiveArtifacts artifacts")), recursive=True)
                           if os.path.isfile(path))
        self.junit = workspace.path(self.always("junit testResults"))

    def always(self, step):
        return re.search(step + r": '([^']*)'", self.text[self.text.index("post {"):]).group(1)


def junit(path):
    root = ElementTree.parse(path).getroot()
    return len(root.findall(".//failure")), len(root.findall(".//error"))


class Recipes(E2eTest):
    CASES = ((200, 0), (500, 1))  # what the service answers, and the job's exit code

    def check(self, workspace, code, run, kept):
        self.assertEqual(run.code, code, run.output)
        self.assertLessEqual(set(RESULTS), set(kept), run.output)
        failures, errors = junit(workspace.path("muster-results/junit.xml"))
        self.assertEqual((failures > 0, errors), (code == 1, 0))
        result = self.json(workspace.path("muster-results/result.json"))
        self.assertEqual((result["exit_code"], result["run"]["name"]), (code, "smoke"))
        self.assertEqual(sum(result["statuses"].values()), 250)
        self.assertIn(f"load-test: exit {code}: ", run.output)
        self.assertNotIn("ended by itself", run.output)
        self.assertFalse(workspace.listens(), "the service still answers")
        self.assertEqual(workspace.left_over(), [])

    def test_github(self):
        for status, code in self.CASES:
            with self.subTest(status=status):
                workspace = Workspace(self, status)
                run = GitHub(workspace, "deploy/ci/github/workflow.yml")
                self.check(workspace, code, run, run.kept["muster-results"])
                self.assertEqual(run.outputs["action"], {"exit-code": str(code)})
                with open(run.summary, encoding="utf-8") as file:
                    self.assertIn(f"smoke: {'failed' if code else 'passed'} (exit code {code})", file.read())
                self.assertEqual("::error title=Load test: exit 1::" in run.output, code == 1)
                self.assertEqual("::error file=deploy/ci/example/plan.yaml,line=" in run.output, code == 1, run.output)

    def test_gitlab(self):
        for status, code in self.CASES:
            with self.subTest(status=status):
                workspace = Workspace(self, status)
                run = GitLab(workspace)
                self.check(workspace, code, run, run.kept)
                for path in run.reports.values():
                    self.assertGreater(os.path.getsize(path), 0)

    def test_jenkins(self):
        for status, code in self.CASES:
            with self.subTest(status=status):
                workspace = Workspace(self, status)
                run = Jenkins(workspace)
                self.assertEqual(len(run.steps), 2)
                self.check(workspace, code, run, run.kept)
                self.assertTrue(os.path.exists(run.junit))

    def test_gitlab_clones_muster_into_another_project(self):
        upstream, workspace = Workspace(self), Workspace(self)
        git = ["git", "-C", upstream.folder, "-c", "user.name=t", "-c", "user.email=t@example.org"]
        for words in (["init", "-q", "-b", "main"], ["add", "-A"], ["commit", "-q", "-m", "muster"]):
            subprocess.run([*git, *words], check=True)
        for name in ("install.sh", "load-test.sh"):  # a project that has none of Muster's scripts
            os.unlink(workspace.path("deploy/ci/" + name))
        run = GitLab(workspace, MUSTER_REPOSITORY="file://" + upstream.folder, MUSTER_SOURCE="$CI_PROJECT_DIR/muster")
        self.check(workspace, 0, run, run.kept)


class Shapes(E2eTest):
    """What the CIs document about the files; a key that they do not know is refused or ignored by them."""

    STEP = {"name", "id", "if", "run", "shell", "env", "working-directory", "continue-on-error", "uses", "with"}

    def load(self, name):
        return load(os.path.join(SOURCE, "deploy", "ci", name))

    def check_steps(self, steps, in_action):
        for step in steps:
            self.assertLessEqual(set(step), self.STEP | (set() if in_action else {"timeout-minutes"}))
            self.assertEqual(("run" in step) + ("uses" in step), 1, step)
            if in_action and "run" in step:
                self.assertIn("shell", step, "a composite action's run needs its shell")
            # Text of others in a script would be run; in the environment it is but text.
            self.assertNotIn("${{", step.get("run", ""))
            if "uses" in step and not step["uses"].startswith("./"):
                self.assertRegex(step["uses"], r"^actions/[\w-]+@v\d+$")

    def test_action(self):
        action = self.load("github/action.yml")
        self.assertLessEqual(set(action), {"name", "author", "description", "inputs", "outputs", "runs", "branding"})
        self.assertEqual(set(action["runs"]), {"using", "steps"})
        self.assertEqual(action["runs"]["using"], "composite")
        self.check_steps(action["runs"]["steps"], True)
        for name, about in action["inputs"].items():
            self.assertLessEqual(set(about), {"description", "required", "default", "deprecationMessage"}, name)
            self.assertEqual(about.get("required") == "true", "default" not in about, name)
        used = set(re.findall(r"inputs\.([\w-]+)", str(action)))
        self.assertEqual(used, set(action["inputs"]))

    def test_workflow(self):
        workflow = self.load("github/workflow.yml")
        self.assertLessEqual(set(workflow), {"name", "on", "permissions", "env", "defaults", "concurrency", "jobs"})
        self.assertEqual(workflow["permissions"], {"contents": "read"})
        for job in workflow["jobs"].values():
            self.assertLessEqual(set(job), {"name", "needs", "if", "runs-on", "container", "env", "steps", "strategy",
                                            "timeout-minutes", "outputs", "services", "permissions"})
            self.check_steps(job["steps"], False)

    def test_gitlab(self):
        job = self.load("gitlab/.gitlab-ci.yml")["load-test"]
        self.assertLessEqual(set(job), {"stage", "image", "timeout", "interruptible", "rules", "variables", "cache",
                                        "before_script", "script", "after_script", "retry", "artifacts", "needs", "tags"})
        self.assertEqual(job["retry"], {"max": "1", "exit_codes": ["3", "4"]})
        self.assertEqual(job["artifacts"]["when"], "always")
        self.assertEqual(set(job["artifacts"]), {"when", "expire_in", "paths", "reports"})
        self.assertEqual(set(job["artifacts"]["reports"]), {"junit", "metrics"})
        for line in job["before_script"] + job["script"]:
            self.assertIsInstance(line, str)

    def test_jenkinsfile(self):
        with open(os.path.join(SOURCE, "deploy/ci/jenkins/Jenkinsfile"), encoding="utf-8") as file:
            text = re.sub(r"'''.*?'''|'[^'\n]*'|//[^\n]*", "", file.read(), flags=re.S)
        depth, sections = 0, []
        for word in re.findall(r"\w+(?=[^\n{}]*\{)|[{}]", text):
            depth += {"{": 1, "}": -1}.get(word, 0)
            self.assertGreaterEqual(depth, 0)
            if depth == 1 and word not in "{}":
                sections.append(word)
        self.assertEqual(depth, 0)
        self.assertEqual(sections, ["agent", "options", "environment", "stages", "post"])

    def test_every_exit_code_is_explained_in_script_and_page(self):
        with open(os.path.join(SOURCE, "docs", "exit-codes.md"), encoding="utf-8") as file:
            codes = re.findall(r"^\| (\d+) \|", file.read(), re.M)
        self.assertEqual(sorted(map(int, codes)), [0, 1, 2, 3, 4, 5, 70])
        with open(os.path.join(SOURCE, "docs", "ci.md"), encoding="utf-8") as file:
            told = re.findall(r"^\| (\d+) \|", file.read(), re.M)
        self.assertEqual(sorted(codes), sorted(told))
        script = os.path.join(SOURCE, "deploy", "ci", "load-test.sh")
        texts = [subprocess.run([script, "--explain", code], capture_output=True, text=True, check=True).stdout
                 for code in [*codes, "137"]]
        self.assertEqual(len(set(texts)), len(texts))


class Script(E2eTest):
    """load-test.sh where things go wrong."""

    def setUp(self):
        super().setUp()
        self.workspace = Workspace(self)
        self.ready = f"http://127.0.0.1:{self.workspace.port}/health"

    def env(self, **settings):
        plan = {"MUSTER_PLAN": "deploy/ci/example/plan.yaml", "MUSTER_READY_URL": self.ready}
        return self.workspace.env(**{**plan, **settings})

    def load_test(self, **settings):
        return self.workspace.shell(["sh", "-e"], "deploy/ci/load-test.sh\n", self.env(**settings))

    def assert_clean(self):
        self.assertEqual(self.workspace.left_over(), [])
        self.assertFalse(self.workspace.listens())

    def test_a_service_that_ends_is_shown_with_its_last_words(self):
        start = time.monotonic()
        code, output = self.load_test(MUSTER_SERVICE="echo no such database >&2; exit 3")
        self.assertEqual(code, 1, output)
        self.assertIn("the service ended by itself:\nno such database\n", output)
        self.assertLess(time.monotonic() - start, 10)
        self.assert_clean()

    def test_a_service_that_never_answers_is_given_up(self):
        code, output = self.load_test(MUSTER_SERVICE="exec sleep 1000", MUSTER_READY_FOR="1")
        self.assertEqual(code, 1, output)
        self.assertIn(f"no answer from {self.ready} within 1 s", output)
        self.assert_clean()

    def test_another_service_at_its_place_is_not_measured(self):
        other = subprocess.Popen([self.workspace.path("deploy/ci/example/service.sh")], stderr=subprocess.DEVNULL,
                                 env={"PATH": PATH, "TMPDIR": self.workspace.home})
        self.addCleanup(other.wait)
        self.addCleanup(other.terminate)
        end = time.monotonic() + 10
        while not self.workspace.listens() and time.monotonic() < end:
            time.sleep(0.05)
        code, output = self.load_test(MUSTER_SERVICE="deploy/ci/example/service.sh")
        self.assertEqual(code, 2, output)
        self.assertIn("it would be measured instead", output)
        self.assertFalse(os.path.exists(self.workspace.path("muster-results/result.json")))

    def test_a_service_that_runs_elsewhere_is_left_alone(self):
        nginx = self.nginx()
        code, output = self.load_test(MUSTER_PLAN=nginx.url(), MUSTER_READY_URL=nginx.url(),
                                      MUSTER_FLAGS="--rate 50 --duration 1s")
        self.assertEqual(code, 0, output)
        self.assertEqual(self.json(self.workspace.path("muster-results/result.json"))["iterations"]["due"], 50)
        self.assertIsNone(nginx.process.popen.poll())

    def test_a_wrong_plan_is_exit_2_and_stops_the_service(self):
        for settings in ({"MUSTER_PLAN": "nowhere.yaml"}, {"MUSTER_PLAN": ""}, {"MUSTER_FLAGS": "--rat 5"}):
            with self.subTest(settings=settings):
                code, output = self.load_test(MUSTER_SERVICE="deploy/ci/example/service.sh", **settings)
                self.assertEqual(code, 2, output)
                self.assertIn("load-test: exit 2: wrong plan or usage", output)
                self.assert_clean()

    def test_without_muster_it_says_so(self):
        code, output = self.load_test(PATH="/usr/sbin:/usr/bin:/sbin:/bin")
        self.assertEqual(code, 2, output)
        self.assertIn("muster is missing", output)

    def test_an_incomplete_run_is_passed_on(self):
        code, output = self.load_test(MUSTER_SERVICE="deploy/ci/example/service.sh",
                                      MUSTER_FLAGS="--listen 127.0.0.1:0 --workers 1 --wait 1s")
        self.assertEqual(code, 3, output)
        self.assertIn("load-test: exit 3: incomplete", output)
        self.assert_clean()

    def await_muster(self):
        """Until its run has gone on for a second."""
        end = time.monotonic() + 20
        while not any(command.startswith("muster run") for command in self.workspace.left_over()):
            self.assertLess(time.monotonic(), end)
            time.sleep(0.05)
        time.sleep(1)

    def test_a_cancelled_job_reports_and_stops_the_service(self):
        for number in (signal.SIGTERM, signal.SIGHUP):
            with self.subTest(signal=number.name):
                job = subprocess.Popen(["sh", "deploy/ci/load-test.sh"], cwd=self.workspace.folder, text=True,
                                       env=self.env(MUSTER_SERVICE="deploy/ci/example/service.sh"),
                                       stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
                self.await_muster()
                job.send_signal(number)
                output = job.communicate(timeout=30)[0]
                self.assertEqual(job.returncode, 5, output)
                self.assertEqual(self.json(self.workspace.path("muster-results/result.json"))["exit_code"], 5)
                self.assert_clean()

    def test_a_service_that_does_not_listen_to_signals_is_killed(self):
        stubborn = "trap '' TERM; deploy/ci/example/service.sh & while :; do sleep 0.2; done"
        start = time.monotonic()
        code, output = self.load_test(MUSTER_SERVICE=stubborn)
        self.assertEqual(code, 0, output)
        self.assertGreater(time.monotonic() - start, 10)
        self.assert_clean()


@unittest.skipUnless(os.path.realpath(BUILD) == os.path.join(os.path.realpath(SOURCE), "build", "release"),
                     "install.sh builds in build/release")
class Install(E2eTest):
    def test_it_builds_once_for_a_source(self):
        script = os.path.join(SOURCE, "deploy", "ci", "install.sh")
        env = {**environment(), "PATH": "/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"}
        first, second = (subprocess.run([script, self.path("prefix")], env=env, capture_output=True, text=True,
                                        timeout=800, check=False) for _ in range(2))
        self.assertEqual(first.returncode, 0, first.stdout + first.stderr)
        self.assertEqual((second.returncode, second.stderr), (0, ""))
        self.assertRegex(second.stdout, r"\Amuster \d+\.\d+\.\d+\n\Z")
        for name in ("muster", "muster-worker"):
            self.assertTrue(os.access(os.path.join(self.path("prefix"), "bin", name), os.X_OK))

    def test_wrong_usage(self):
        done = subprocess.run([os.path.join(SOURCE, "deploy", "ci", "install.sh"), "--kee"], capture_output=True,
                              text=True, check=False)
        self.assertEqual((done.returncode, done.stderr), (2, "usage: install.sh [PREFIX] | --key\n"))


if __name__ == "__main__":
    unittest.main(verbosity=2)

"""The golden suite result against docs/suite-result.schema.json; suites against docs/suite.schema.json."""

import glob
import json
import os
import sys

import jsonschema
import yaml

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", ".."))
HEAD = "suite: 1\n"
TARGETS = "targets: [{name: a, start: [x]}]\n"
PLANS = "plans: [{name: p, path: /, flags: [--users, 5]}]\n"

GOOD = {
    "shortest": HEAD + TARGETS + PLANS,
    "every key": """
suite: 1
name: all of it
repeats: 5
seed: 9
pause: 2s
cores: {target: 0, generator: "1,3"}
results: out
quick: {repeats: 2, pause: 0s, plans: [open]}
defaults: {python: /usr/bin/python3, url: "http://127.0.0.1:{port}", port: auto, env: {A: 1}}
targets:
- name: one
  start: ["{python}", -m, x, 1]
  folder: apps
  pythonpath: lib
  needs: {modules: [a.b], command: [x], install: it}
  port: 80
  version: [x]
  ready: {path: /, status: 200, body: x, within: 1m30s}
  stop: {signal: QUIT, grace: 0s}
  limits: {cores: 1, memory: 512MiB, open_files: 1024}
plans:
- {name: text, path: /text, flags: [--users, 5], quick_flags: [], rank: p50, repeats: 3}
- {name: open, plan: x.yaml, command: find-capacity, rank: none}
""",
}

# Each of these the reader refuses too: tests/master/suite has the messages.
BAD = {
    "no version": TARGETS + PLANS,
    "another version": "suite: 2\n" + TARGETS + PLANS,
    "no targets": HEAD + PLANS,
    "no plans": HEAD + TARGETS,
    "empty": HEAD + "targets: []\n" + PLANS,
    "unknown key": HEAD + TARGETS + PLANS + "target: x\n",
    "a name for a folder": HEAD + "targets: [{name: a/b, start: [x]}]\n" + PLANS,
    "no start": HEAD + "targets: [{name: a}]\n" + PLANS,
    "a shell's line": HEAD + "targets: [{name: a, start: x y}]\n" + PLANS,
    "bare duration": HEAD + "pause: 5\n" + TARGETS + PLANS,
    "one side's cores": HEAD + "cores: {target: 0}\n" + TARGETS + PLANS,
    "memory": HEAD + "targets: [{name: a, start: [x], limits: {memory: 5}}]\n" + PLANS,
    "signal": HEAD + "targets: [{name: a, start: [x], stop: {signal: USR1}}]\n" + PLANS,
    "plan and path": HEAD + TARGETS + "plans: [{name: p, path: /, plan: x}]\n",
    "neither": HEAD + TARGETS + "plans: [{name: p}]\n",
    "rank": HEAD + TARGETS + "plans: [{name: p, path: /, rank: speed}]\n",
    "repeats": HEAD + "repeats: 0\n" + TARGETS + PLANS,
}


def load(*path):
    with open(os.path.join(ROOT, *path), encoding="utf-8") as file:
        return json.load(file)


def main():
    wrong = []
    result_schema = load("docs", "suite-result.schema.json")
    jsonschema.Draft7Validator.check_schema(result_schema)
    for error in jsonschema.Draft7Validator(result_schema).iter_errors(load("tests", "golden", "suite.json")):
        wrong.append(f"suite.json: {'/'.join(map(str, error.absolute_path))}: {error.message}")
    schema = load("docs", "suite.schema.json")
    jsonschema.Draft7Validator.check_schema(schema)
    validator = jsonschema.Draft7Validator(schema)
    good = dict(GOOD)
    for path in glob.glob(os.path.join(ROOT, "deploy", "examples", "*", "*.yaml")):
        with open(path, encoding="utf-8") as file:
            text = file.read()
        if text.startswith("suite:") or "\nsuite:" in text:
            good[path] = text
    for name, text in good.items():
        for error in validator.iter_errors(yaml.safe_load(text)):
            wrong.append(f"{name}: refused: {'/'.join(map(str, error.absolute_path))}: {error.message}")
    for name, text in BAD.items():
        if validator.is_valid(yaml.safe_load(text)):
            wrong.append(f"{name}: accepted")
    for line in wrong:
        print(line)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())

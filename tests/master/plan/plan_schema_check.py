"""docs/plan.schema.json: accepts the example plans and refuses bad ones."""

import glob
import json
import os
import sys

import jsonschema
import yaml

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", "..", ".."))

LOAD = "load: {rate: {stages: [{at: 5/s, for: 1s}]}}\n"
HEAD = "muster: 1\ntarget: http://h\n"

# Each of these the loader refuses too: yaml_plan_test.cc has the messages.
BAD = {
    "no version": "target: http://h\n",
    "no target": "muster: 1\n",
    "unknown key": HEAD + "tresholds: []\n",
    "tls version": "muster: 1\ntarget: https://h\ntls: {versions: 1.1}\n",
    "tls key": "muster: 1\ntarget: https://h\ntls: {verfy: false}\n",
    "bare duration": HEAD + "drain: 30\n",
    "bare duration, quoted": HEAD + "drain: '30'\n",
    "bare fraction": HEAD + "drain: 1.5\n",
    "HTTP/3": HEAD + "http: 3\n",
    "no streams": HEAD + "http: 2\nstreams: 0\n",
    "both models": HEAD + "load: {rate: {stages: [{at: 5/s, for: 1s}]}, "
                          "users: {stages: [{at: 5, for: 1s}]}}\n",
    "no stages": HEAD + "load: {rate: {stages: []}}\n",
    "half a stage": HEAD + "load: {rate: {stages: [{to: 5/s}]}}\n",
    "two forms of stage": HEAD + "load: {rate: {stages: [{at: 5/s, for: 1s, over: 2s}]}}\n",
    "two methods": HEAD + "requests: [{get: /, post: /}]\n",
    "no path": HEAD + "requests: [{name: x}]\n",
    "weight 0": HEAD + "requests: [{get: /, weight: 0}]\n",
    "status": HEAD + "defaults: {expect: 700}\n",
    "body": HEAD + "requests: [{get: /, body: {file: a, text: b}}]\n",
    "threshold without check": HEAD + "thresholds: [{abort: true}]\n",
    "unknown key of a threshold": HEAD + "thresholds: [{chek: rate > 1/s}]\n",
    "after without abort": HEAD + "thresholds: [{check: rate > 1/s, after: 5s}]\n",
    "another confidence": HEAD + "thresholds: [{check: error_rate < 1%, confidence: 99%}]\n",
}

GOOD = {
    "shortest": HEAD,
    "HTTP/1.1": HEAD + "http: 1.1\n",
    "HTTP/1.1, quoted": HEAD + "http: '1.1'\n",
    "HTTP/2": HEAD + "http: 2\n",
    "https": "muster: 1\ntarget: https://h\ntls: {ca: ca.pem, cert: c.pem, key: k.pem, server_name: n, "
             "verify: false, versions: [1.2, 1.3], resume: false}\n",
    "one tls version": "muster: 1\ntarget: https://h\ntls: {versions: 1.3}\n",
    "thresholds": HEAD + "thresholds: [error_rate < 1%, {check: rate > 1/s, abort: true, after: 5s}, "
                         "{check: error_rate < 1%, confidence: 95%}]\n",
    "steps down": HEAD + "load: {rate: {stages: [{at: 5/s, for: 1s}, "
                         "{step: -1/s, every: 1s, times: 2}]}}\n",
    "every key": HEAD + LOAD + """
name: all
defaults: {method: GET, timeout: 5s, connect_timeout: 1s, expect: [2xx, 301], headers: {a: 1},
           tags: {t: v}}
connections: 5
reuse_connections: false
http: auto
streams: 100
connect_rate: 1000/s
drain: 1m30s
seed: 7
iterations: 100
resolve: ["h:80:127.0.0.1"]
requests:
  - {name: a, get: /, weight: 9, body: text, timeout: 1s, connect_timeout: 1.5s, expect: 200-299}
  - {name: b, method: PURGE, path: /x, headers: {h: [a, b]}, body: {text: x}, tags: {k: 1}}
  - {method: PURGE, url: /x, body: {file: x}}
thresholds: []
""",
}


def main():
    with open(os.path.join(ROOT, "docs", "plan.schema.json"), encoding="utf-8") as file:
        schema = json.load(file)
    jsonschema.Draft7Validator.check_schema(schema)
    validator = jsonschema.Draft7Validator(schema)
    wrong = []
    examples = glob.glob(os.path.join(ROOT, "deploy", "examples", "*.yaml"))
    good = dict(GOOD)
    for path in examples:
        with open(path, encoding="utf-8") as file:
            good[path] = file.read()
    for name, text in good.items():
        for error in validator.iter_errors(yaml.safe_load(text)):
            wrong.append(f"{name}: refused: {error.message}")
    for name, text in BAD.items():
        if validator.is_valid(yaml.safe_load(text)):
            wrong.append(f"{name}: accepted")
    if not examples:
        wrong.append("no example plans found")
    for line in wrong:
        print(line)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())

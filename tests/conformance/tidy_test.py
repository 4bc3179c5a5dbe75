#!/usr/bin/env python3
"""Holds the tree's own rules: who may include whom, calls banned outside adapters, pairs of header and
source, tests that mirror the product. Run as a ctest; prints each breach as file:line: what."""

import os
import re
import sys

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", ".."))

# Folder -> folders it may include. Everything may include itself. DESIGN: dependencies point one way.
BASE = ["common/base"]
TIME = BASE + ["common/time"]
VALUES = TIME + ["common/plan", "common/stats"]
SESSION = VALUES + ["common/wire", "common/session"]
ENGINE = VALUES + ["worker/http", "worker/net"]
MAY_INCLUDE = {
    "common/base": [],
    "common/time": BASE,
    "common/plan": TIME,
    "common/stats": TIME,
    "common/wire": SESSION,
    "common/session": SESSION,
    "worker/http": BASE,
    "worker/net": TIME + ["common/plan"],
    "worker/engine": ENGINE,
    "worker/session": SESSION + ["worker/engine"],
    "worker": SESSION + ENGINE + ["worker/engine", "worker/session"],
    "master/plan": TIME + ["common/plan"],
    "master/schedule": SESSION,
    "master/session": SESSION + ["master/schedule"],
    "master/statistics": TIME + ["common/stats"],
    "master/capacity": TIME + ["common/stats", "master/statistics"],
    "master/results": VALUES + ["master/statistics"],
    "master/findings": VALUES + ["master/statistics", "master/results"],
    "master/report": VALUES + ["master/statistics", "master/results"],
    "master/store": VALUES + ["master/statistics", "master/results", "master/report"],
    "master/compare": VALUES + ["master/statistics", "master/results", "master/report"],
    "master/metrics": VALUES + ["master/statistics", "master/results", "master/report"],
    "master/suite": VALUES + ["master/plan", "master/statistics", "master/results", "master/report"],
    "master/cli": VALUES + ["master/plan", "master/statistics", "master/results", "master/report",
                            "master/compare", "master/suite"],
    "master/levels": VALUES + ["master/plan", "master/statistics", "master/results",
                               "master/capacity"],
    "master/capacity_report": VALUES + ["master/plan", "master/statistics", "master/results",
                                        "master/report", "master/capacity"],
    "master": SESSION + ["master/capacity", "master/levels", "master/capacity_report",
                         "master/plan", "master/schedule", "master/session", "master/results",
                         "master/report", "master/statistics", "master/findings", "master/store",
                         "master/compare", "master/metrics", "master/suite", "master/cli"],
}
# The one crossing between the two programs: the embedded worker.
EMBEDDED = ("master/main.cc", "worker/worker_app.h")

# Library header -> files (by pattern on the path) that may include it.
ADAPTER = r"/(asio|epoll|grpc|prometheus)_[^/]*$"
LIBRARIES = {
    r"boost/asio": r"/asio_[^/]*$|_app\.cc$",
    r"grpc(pp)?/": r"/grpc_[^/]*$",
    r"google/protobuf|muster/v1/": r"^common/wire/|/grpc_[^/]*$",
    r"yaml-cpp": r"^master/plan/",
    r"CLI/": r"^master/plan/|^worker/[^/]*$",
    r"nlohmann": r"^master/(report|store|compare|capacity_report|suite)/",
    r"sqlite3": r"^master/store/sqlite\.h$",
    r"prometheus/": r"^master/metrics/",
    r"nghttp2": r"^$",
    r"openssl/": r"^common/(plan|session|wire)/|^worker/net/tls_",
    r"gtest|gmock": r"^$",
}

# Calls that only adapters, apps and mains may make.
TIME_AND_CHANCE = re.compile(
    r"\b(clock_gettime|gettimeofday|steady_clock::now|system_clock::now|sleep_for|sleep_until|usleep"
    r"|nanosleep|std::time|getenv|random_device|std::thread)\b|[^_\w.]sleep\(")
# Calls that nobody may make: their results differ between machines or processes.
NOWHERE = re.compile(r"std::(mt19937|\w+_distribution)\b|absl::(BitGen|Uniform)|\b(rand|srand)\(\)")

# Sources whose behaviour is tested from outside their own path.
TESTED_ELSEWHERE = re.compile(ADAPTER + r"|_app\.cc$|/main\.cc$")


def folder_of(path):
    parts = path.split("/")
    return "/".join(parts[:2]) if len(parts) > 2 else parts[0]


def product_files():
    for top in ("common", "worker", "master"):
        for folder, _, names in os.walk(os.path.join(ROOT, top)):
            for name in sorted(names):
                if name.endswith((".h", ".cc")):
                    yield os.path.relpath(os.path.join(folder, name), ROOT)


def check_file(path, breaches):
    free = re.search(ADAPTER, path) or path.endswith(("_app.cc", "main.cc"))
    with open(os.path.join(ROOT, path), encoding="utf-8") as file:
        lines = file.read().split("\n")
    if path.endswith(".h") and "#pragma once" not in lines:
        breaches.append(f"{path}:1: no #pragma once")
    for number, line in enumerate(lines, 1):
        where = f"{path}:{number}"
        if len(line) > 100:
            breaches.append(f"{where}: over 100 columns")
        include = re.match(r'#include [<"]([^>"]+)[>"]', line)
        if include:
            check_include(path, include.group(1), where, breaches)
        code = line.split("//")[0]
        if not free and TIME_AND_CHANCE.search(code):
            breaches.append(f"{where}: time, chance and threads are for adapters: {code.strip()}")
        if NOWHERE.search(code):
            breaches.append(f"{where}: not the same bits everywhere: {code.strip()}")


def check_include(path, included, where, breaches):
    top = included.split("/")[0]
    if top in ("common", "worker", "master"):
        ours, theirs = folder_of(path), folder_of(included)
        if theirs != ours and theirs not in MAY_INCLUDE[ours] and (path, included) != EMBEDDED:
            breaches.append(f"{where}: {ours} must not include {theirs}")
    if top == "tests":
        breaches.append(f"{where}: the product must not include tests")
    for library, allowed in LIBRARIES.items():
        if re.match(library, included) and not re.search(allowed, path):
            breaches.append(f"{where}: {included} is not for this file")


def check_pairs(path, breaches):
    if not path.endswith(".cc"):
        return
    if not path.endswith("main.cc") and not os.path.exists(os.path.join(ROOT, path[:-3] + ".h")):
        breaches.append(f"{path}:1: no header of the same name")
    if not TESTED_ELSEWHERE.search(path):
        test = "tests/" + path[:-3] + "_test.cc"
        if not os.path.exists(os.path.join(ROOT, test)):
            breaches.append(f"{path}:1: no {test}")


def check_mirrors(breaches):
    for top in ("common", "worker", "master"):
        for folder, _, names in os.walk(os.path.join(ROOT, "tests", top)):
            for name in sorted(names):
                path = os.path.relpath(os.path.join(folder, name), ROOT)
                if not name.endswith("_test.cc"):
                    continue
                source = path[len("tests/"):-len("_test.cc")]
                # "<source>_<aspect>_test.cc" tests the source too.
                stems = [source] + [source[:m.start()] for m in re.finditer("_", source)]
                if not any(os.path.exists(os.path.join(ROOT, stem + end))
                           for stem in stems for end in (".cc", ".h")):
                    breaches.append(f"{path}:1: tests nothing of its path ({source})")


def main():
    breaches = []
    count = 0
    for path in product_files():
        check_file(path, breaches)
        check_pairs(path, breaches)
        count += 1
    check_mirrors(breaches)
    for breach in breaches:
        print(breach)
    print(f"{count} files, {len(breaches)} breaches")
    return 1 if breaches or count == 0 else 0


if __name__ == "__main__":
    sys.exit(main())

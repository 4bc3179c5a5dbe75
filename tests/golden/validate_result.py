#!/usr/bin/env python3
"""Validates results against docs/result.schema.json, and checks that the schema can refuse.

    validate_result.py SCHEMA RESULT...
"""
import copy
import json
import sys

import jsonschema


def mutations(result):
    """Results that are each wrong in one way."""
    for key in result:
        broken = copy.deepcopy(result)
        del broken[key]
        yield f"without {key}", broken
    changes = {
        "schema": "muster-result/2",
        "exit_code": 2,
        "errors": {"bad_luck": 1},
        "statuses": {"99": 1},
        "not_started_by": {"tired": 1},
        "surprise": 1,
    }
    for key, value in changes.items():
        broken = copy.deepcopy(result)
        broken[key] = value
        yield f"{key} = {value!r}", broken
    for finding in result["findings"][:1]:
        broken = copy.deepcopy(result)
        broken["findings"][0]["severity"] = "panic"
        yield "an unknown severity", broken
    broken = copy.deepcopy(result)
    broken["latency"]["response"]["p50_ns"] = 1.5
    yield "a fraction of a nanosecond", broken


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        schema = json.load(file)
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    failed = False
    for path in sys.argv[2:]:
        with open(path, encoding="utf-8") as file:
            result = json.load(file)
        for error in validator.iter_errors(result):
            print(f"{path}: {error.json_path}: {error.message}")
            failed = True
        for what, broken in mutations(result):
            if validator.is_valid(broken):
                print(f"{path}: the schema accepts a result with {what}")
                failed = True
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()

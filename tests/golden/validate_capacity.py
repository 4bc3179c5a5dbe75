#!/usr/bin/env python3
"""Validates capacity searches against docs/capacity.schema.json, and checks that the schema can refuse.

    validate_capacity.py SCHEMA SEARCH...
"""
import copy
import json
import sys

import jsonschema


def mutations(search):
    """Searches that are each wrong in one way."""
    for part in (search, search["capacity"], search["searches"][0], search["run"]):
        for key in list(part):
            value = part.pop(key)
            yield f"without {key}", copy.deepcopy(search)
            part[key] = value
    for key, value in {"schema": "muster-capacity/2", "exit_code": 2, "surprise": 1}.items():
        yield f"{key} = {value!r}", {**search, key: value}
    for key, value in {"axis": "both", "estimate_per_s": -1, "reason": "tired", "surprise": 1}.items():
        for name in ("capacity", "searches"):
            broken = copy.deepcopy(search)
            (broken["capacity"] if name == "capacity" else broken["searches"][0])[key] = value
            yield f"{name}: {key} = {value!r}", broken
    for key, value in {"purpose": "nap", "verdict": "maybe", "p99_ns": 1.5, "surprise": 1}.items():
        broken = copy.deepcopy(search)
        broken["searches"][0]["levels"][0][key] = value
        yield f"level: {key} = {value!r}", broken


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        schema = json.load(file)
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    failed = False
    for path in sys.argv[2:]:
        with open(path, encoding="utf-8") as file:
            search = json.load(file)
        for error in validator.iter_errors(search):
            print(f"{path}: {error.json_path}: {error.message}")
            failed = True
        for what, broken in mutations(search):
            if validator.is_valid(broken):
                print(f"{path}: the schema accepts a search {what}")
                failed = True
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()

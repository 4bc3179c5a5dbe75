#!/usr/bin/env python3
"""Validates comparisons against docs/compare.schema.json, and checks that the schema can refuse.

    validate_compare.py SCHEMA COMPARISON...
"""
import copy
import json
import sys

import jsonschema


def mutations(comparison):
    """Comparisons that are each wrong in one way."""
    for key in comparison:
        broken = copy.deepcopy(comparison)
        del broken[key]
        yield f"without {key}", broken
    for key, value in {"schema": "muster-compare/2", "outcome": "fine", "exit_code": 2, "size": 1,
                       "alpha": 0, "surprise": 1}.items():
        yield f"{key} = {value!r}", {**comparison, key: value}
    for number, metric in enumerate(comparison["metrics"]):
        for key, value in {"metric": "p42", "change": "odd", "ratio": -1, "p_worse": 2}.items():
            broken = copy.deepcopy(comparison)
            broken["metrics"][number][key] = value
            yield f"{metric['metric']}: {key} = {value!r}", broken


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        schema = json.load(file)
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    failed = False
    for path in sys.argv[2:]:
        with open(path, encoding="utf-8") as file:
            comparison = json.load(file)
        for error in validator.iter_errors(comparison):
            print(f"{path}: {error.json_path}: {error.message}")
            failed = True
        for what, broken in mutations(comparison):
            if validator.is_valid(broken):
                print(f"{path}: the schema accepts a comparison {what}")
                failed = True
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""Validates capacity searches against docs/capacity.schema.json, and checks that the schema can refuse.

    validate_capacity.py SCHEMA SEARCH...
"""
import copy

from schema_check import check_main


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


if __name__ == "__main__":
    check_main("a search", mutations)

#!/usr/bin/env python3
"""Validates results against docs/result.schema.json, and checks that the schema can refuse.

    validate_result.py SCHEMA RESULT...
"""
import copy

from schema_check import check_main


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


if __name__ == "__main__":
    check_main("a result", mutations)

#!/usr/bin/env python3
"""Validates comparisons against docs/compare.schema.json, and checks that the schema can refuse.

    validate_compare.py SCHEMA COMPARISON...
"""
import copy

from schema_check import check_main


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


if __name__ == "__main__":
    check_main("a comparison", mutations)

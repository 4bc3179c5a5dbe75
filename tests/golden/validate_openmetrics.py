#!/usr/bin/env python3
"""Reads golden OpenMetrics texts with Prometheus's own parser and compares them with the JSON of the same
summary. Wants Debian's python3-prometheus-client.

    validate_openmetrics.py RESULT.openmetrics RESULT.json
"""
import json
import sys

from prometheus_client.openmetrics.parser import text_string_to_metric_families


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def main():
    text, result = read(sys.argv[1]), json.loads(read(sys.argv[2]))
    families = {family.name: family for family in text_string_to_metric_families(text)}
    samples = {}
    for family in families.values():
        if not family.documentation:
            sys.exit(f"{family.name} has no help")
        for sample in family.samples:
            key = (sample.name, tuple(sorted(sample.labels.items())))
            if key in samples:
                sys.exit(f"{key} stands twice")
            samples[key] = sample.value

    def expect(name, value, /, **labels):
        got = samples.get((name, tuple(sorted(labels.items()))))
        if got is None or abs(got - value) > 1e-9 * abs(value):
            sys.exit(f"{name} {labels}: {got}, the JSON has {value}")

    expect("muster_iterations_due_total", result["iterations"]["due"])
    expect("muster_requests_completed_total", result["requests"]["completed"])
    expect("muster_requests_failed_total", result["requests"]["failed"])
    expect("muster_exit_code", result["exit_code"])
    for status, count in result["statuses"].items():
        expect("muster_responses_total", count, status=status)
    for error, count in result["errors"].items():
        expect("muster_errors_total", count, **{"class": error})
    expect("muster_response_seconds_count", result["latency"]["response_all"]["count"])
    for kind, name in (("response_all", "response"), ("service", "service"), ("lag", "lag")):
        latency = result["latency"][kind]
        for key, quantile in (("p50_ns", "0.5"), ("p99_ns", "0.99"), ("p999_ns", "0.999")):
            value = latency[key]
            if value is None:
                value = float("inf")
                got = samples[(f"muster_{name}_seconds", (("quantile", quantile),))]
                if (got != value) if latency["count"] else (got == got):
                    sys.exit(f"{name} {quantile}: {got} where the JSON has null")
            else:
                expect(f"muster_{name}_seconds", value / 1e9, quantile=quantile)
    for name in result["by_name"]:
        expect("muster_request_completed_total", name["requests"]["completed"], name=name["name"])
    for severity in ("verdict", "warning", "note"):
        expect("muster_findings", sum(f["severity"] == severity for f in result["findings"]),
               severity=severity)
    for broken in (text.replace("# EOF\n", ""), text.replace("_total", "", 1)):
        try:
            list(text_string_to_metric_families(broken))
        except ValueError:
            continue
        sys.exit("the parser accepts a broken text, so that it shows nothing")
    print(f"{sys.argv[1]}: {len(families)} families, {len(samples)} samples")


if __name__ == "__main__":
    main()

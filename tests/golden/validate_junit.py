#!/usr/bin/env python3
"""The golden JUnit report as another program reads it (Debian's python3-junitparser): cases, outcomes, messages,
and that it comes out of that program's own writer unchanged in meaning.

    validate_junit.py GOLDEN.xml"""

import sys

from junitparser import Error, Failure, JUnitXml, Skipped


def told(xml):
    return [(suite.name, suite.tests, suite.failures, suite.errors,
             [(case.name, [(type(r).__name__, r.message) for r in case.result]) for case in suite]) for suite in xml]


report = JUnitXml.fromfile(sys.argv[1])
suites = told(report)
assert len(suites) == 1, suites
name, tests, failures, errors, cases = suites[0]
assert tests == len(cases) and tests > 0, suites
results = [result for case in report for testcase in case for result in testcase.result]
assert not any(isinstance(result, Skipped) for result in results), "no data is a failure, never skipped"
assert failures == sum(isinstance(result, Failure) for result in results), suites
assert failures + errors > 0, suites
assert errors == sum(isinstance(result, Error) for result in results), suites
assert all(result.message for result in results), suites
assert told(JUnitXml.fromstring(report.tostring())) == suites
print(f"{name}: {tests} cases, {failures} failures, {errors} errors")

"""A TestRun as JUnit XML, in the form that Jenkins, GitLab and GitHub's test reporters read."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree
from xml.etree.ElementTree import Element, SubElement

from tinyscope.firmware_tests.results import Outcome, TestCase, TestRun

# Characters that XML 1.0 cannot hold at all; a UART easily brings some.
_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def junit_xml(run: TestRun, name: str) -> str:
    """The run as one document: a test suite for each suite of the firmware, in their order.

    What is wrong with the run as a whole stands as a test case of its own, `name` / `run`, with an
    error. There is no time stamp and no host: equal runs give equal documents.
    """
    root = Element("testsuites", name=_clean(name))
    suites: dict[str, list[TestCase]] = {}
    for case in run.cases:
        suites.setdefault(case.suite or name, []).append(case)
    if run.errors or not suites:
        suites.setdefault(name, [])
    for suite, cases in suites.items():
        _suite(root, suite, cases, run.errors if suite == name else [], run.properties)
    for key in ("tests", "failures", "errors"):
        root.set(key, str(sum(int(suite.get(key, "0")) for suite in root)))
    root.set("time", _seconds(sum(case.seconds or 0 for case in run.cases)))
    ElementTree.indent(root)
    text: str = ElementTree.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{text}\n'


def _suite(root: Element, name: str, cases: list[TestCase], errors: list[str],
           properties: dict[str, str]) -> None:
    suite = SubElement(root, "testsuite", {
        "name": _clean(name),
        "tests": str(len(cases) + bool(errors)),
        "failures": str(sum(case.outcome is Outcome.FAILED for case in cases)),
        "errors": str(int(bool(errors))),
        "skipped": str(sum(case.outcome is Outcome.SKIPPED for case in cases)),
        "time": _seconds(sum(case.seconds or 0 for case in cases)),
    })
    if properties:
        group = SubElement(suite, "properties")
        for key, value in properties.items():
            SubElement(group, "property", name=_clean(key), value=_clean(value))
    for case in cases:
        _case(suite, name, case)
    if errors:
        broken = SubElement(suite, "testcase", name="run", classname=_clean(name), time="0")
        error = SubElement(broken, "error", message=_clean(errors[0]), type="run")
        error.text = _clean("\n".join(errors))


def _case(suite: Element, suite_name: str, case: TestCase) -> None:
    element = SubElement(suite, "testcase", {
        "name": _clean(case.name), "classname": _clean(suite_name),
        "time": _seconds(case.seconds or 0)})
    if case.outcome is Outcome.FAILED:
        first = case.message.split("\n", 1)[0]
        failure = SubElement(element, "failure", message=_clean(first), type="assertion")
        failure.text = _clean(f"{case.where}: {case.message}" if case.file else case.message)
    elif case.outcome is Outcome.SKIPPED:
        SubElement(element, "skipped").text = _clean(case.message)
    if case.output:
        SubElement(element, "system-out").text = _clean("\n".join(case.output))


def _seconds(value: float) -> str:
    return f"{value:.6f}".rstrip("0").rstrip(".")


def _clean(text: str) -> str:
    return _FORBIDDEN.sub(lambda found: f"\\x{ord(found[0]):02x}", text)

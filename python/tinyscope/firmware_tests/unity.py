"""Output of Unity (github.com/ThrowTheSwitch/Unity), plain and with its fixture add-on.

A line a test, `file:line:name:PASS`, `…:FAIL: message` or `…:IGNORE: message`, also in the forms
for Eclipse, IAR and Qt Creator (src/unity.c, UnityTestResultsBegin); then `N Tests N Failures
N Ignored`, then `OK` or `FAIL`. Unity says nothing when a test starts, so whatever comes before
such a line belongs to its test.
"""

from __future__ import annotations

import re

from tinyscope.firmware_tests.results import Outcome, TestCase, TestRun, check_counts

_FILE = r"(?P<file>(?:[A-Za-z]:[\\/])?[^:\n]*?)"
_LINE = r"(?P<line>\d+)"
_RESULT = r"(?P<result>PASS|FAIL|IGNORE)(?::? ?(?P<rest>.*))?$"
_TIME = re.compile(r"\s*\((?P<ms>\d+(?:\.\d+)?) ms\)$")

_FORMS = [re.compile(form) for form in (
    # What fixture prints with -v; the name is not repeated by the assertion.
    r"^(?P<name>(?:IGNORE_)?TEST\([^)]*\))" + _FILE + ":" + _LINE + "::" + _RESULT,
    r"^(?P<name>TEST\([^)]*\)) " + _RESULT,
    r"^(?P<ignored>IGNORE_TEST\([^)]*\))(?P<rest>.*)$",
    r'<SRCREF line=' + _LINE + r' file="(?P<file>[^"]*)">(?P<name>.*?)</SRCREF> ' + _RESULT,
    r"file://" + _FILE + ":" + _LINE + r" (?P<name>.*?):" + _RESULT,
    r"\(" + _FILE + ":" + _LINE + r"\) (?P<name>.*?):" + _RESULT,
    _FILE + ":" + _LINE + r":(?P<name>.*?):" + _RESULT,
)]
_SUMMARY = re.compile(r"(?P<tests>\d+) Tests (?P<failures>\d+) Failures (?P<ignored>\d+) Ignored")
_FIXTURE_NAME = re.compile(r"^(?:IGNORE_)?TEST\(\s*(?P<group>[^,]*?)\s*,\s*(?P<name>.*?)\s*\)$")
_STARTED = re.compile(r"^TEST\([^)]*\)")
# Without -v fixture prints a dot for each test that starts and `!` for each that is ignored.
_MARKS = re.compile(r"^(?P<marks>[.!]+?)(?P<file>(?:\.{1,2}[/\\])?[^.!].*|)$")
_OUTCOMES = {"PASS": Outcome.PASSED, "FAIL": Outcome.FAILED, "IGNORE": Outcome.SKIPPED}

END = r"\d+ Tests \d+ Failures \d+ Ignored\s+(OK|FAIL)"


def recognise(lines: list[str]) -> int:
    """How many lines look like Unity's."""
    return sum(1 for line in lines if _SUMMARY.search(line) or _match(line))


def parse(lines: list[str], end: str) -> TestRun:
    """The tests in `lines`. `end` says how the run ended, for tests that it cut short."""
    run = TestRun("unity", [])
    output: list[str] = []
    summaries = 0
    counted = {"tests": 0, "failures": 0, "ignored": 0}
    started = ""
    marked = any(_MARKS.match(line) for line in lines)
    for line in lines:
        summary = _SUMMARY.search(line)
        match = None if summary else _match(line)
        if summary:
            summaries += 1
            for key in counted:
                counted[key] += int(summary[key])
            output.clear()
        elif match:
            run.cases.append(_case(match, output))
            output, started = [], ""
        else:
            name = _STARTED.match(line)
            started = name[0] if name else started
            if line:
                output.append(line)
    if summaries == 0:
        if started:
            cut = _named(started)
            cut.output = output
            cut.fail(end)
            run.cases.append(cut)
        run.errors.append(f"the output ends without Unity's summary: {end}")
    else:
        _compare(run, counted, names_all=not marked)
    return run


def _match(line: str) -> re.Match[str] | None:
    return next((match for form in _FORMS if (match := form.search(line))), None)


def _named(name: str) -> TestCase:
    fixture = _FIXTURE_NAME.match(name)
    return TestCase(fixture["name"], suite=fixture["group"]) if fixture else TestCase(name)


def _case(match: re.Match[str], output: list[str]) -> TestCase:
    found = match.groupdict()
    case = _named(found.get("name") or found["ignored"])
    if found.get("file"):
        marks = _MARKS.match(found["file"].strip())
        case.file = marks["file"] if marks else found["file"].strip()
        case.line = int(found["line"])
    message = found.get("rest") or ""
    time = _TIME.search(message)
    if time:
        case.seconds = float(time["ms"]) / 1000
        message = message[: time.start()]
    case.outcome = _OUTCOMES[found.get("result") or "IGNORE"]
    case.message = message.strip()
    case.output = output
    return case


def _compare(run: TestRun, counted: dict[str, int], names_all: bool) -> None:
    """Unity's own counts are the truth: where the lines disagree, part of them is lost.

    Fixture without -v names only what did not pass; the rest stands in the run without a name.
    """
    ignored = counted["ignored"] - len(run.of(Outcome.SKIPPED))
    passed = (counted["tests"] - counted["failures"] - counted["ignored"]
              - len(run.of(Outcome.PASSED)))
    if not names_all:
        run.cases += [TestCase(f"ignored test {number + 1} (not named in the output)",
                               Outcome.SKIPPED) for number in range(ignored)]
        run.cases += [TestCase(f"passed test {number + 1} (not named in the output)")
                      for number in range(passed)]
    check_counts(run, {"passed": counted["tests"] - counted["failures"] - counted["ignored"],
                       "failed": counted["failures"], "skipped": counted["ignored"]}, Outcome)

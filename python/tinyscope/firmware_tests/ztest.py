"""Output of Zephyr's ztest (subsys/testsuite), since 1.14.

`START - name` … ` PASS - name in 0.001 seconds`, `FAIL`, `SKIP` (before 2.4 `starting test - name`
and `PASS - name`), below `Running TESTSUITE suite`; assertions as `Assertion failed at file:line:
…`; since 3.2 a summary with ` - PASS - [suite.name] duration = 0.001 seconds`; at the very end
`PROJECT EXECUTION SUCCESSFUL` or `FAILED`.
"""

from __future__ import annotations

import re

from tinyscope.firmware_tests.results import Outcome, TestCase, TestRun

_SUITE = re.compile(r"^Running (?:TESTSUITE|test suite) (?P<name>\S+)")
_SUITE_END = re.compile(r"^(?:TESTSUITE|Test suite) \S+ (?:succeeded|failed)")
_START = re.compile(r"^(?:START|starting test|tc_start\(\)) - (?P<name>\S+)")
_END = re.compile(r"^ ?(?P<result>PASS|FAIL|SKIP) - (?P<name>\S+?)\.?"
                  r"(?: in (?P<seconds>\d+\.\d+) seconds)?$")
_ASSERTION = re.compile(r"^ *(?P<kind>Assertion|Assumption|Expectation) failed at "
                        r"(?P<file>.+?):(?P<line>\d+)(?::? ?(?P<text>.*))?$")
_SUMMARY_CASE = re.compile(r"^ - (?P<result>PASS|FAIL|SKIP|FLAKY) - \[(?P<suite>[^.\]]*)\."
                           r"(?P<name>[^\]]*)\].*?duration = (?P<seconds>\d+\.\d+) seconds")
_SUMMARY_SUITE = re.compile(r"^SUITE (?P<result>PASS|FAIL|SKIP) -")
_PROJECT = re.compile(r"PROJECT EXECUTION (?P<result>SUCCESSFUL|FAILED)")
_FATAL = re.compile(r"(?P<text>ZEPHYR FATAL ERROR.*|\*{5} .* FAULT \*{5}|ASSERTION FAIL.*)$")
_RULE = re.compile(r"^[=-]{20,}$|^-{3,} TESTSUITE SUMMARY|^RunID: ")
_OUTCOMES = {"PASS": Outcome.PASSED, "FAIL": Outcome.FAILED, "FLAKY": Outcome.FAILED,
             "SKIP": Outcome.SKIPPED}

END = r"PROJECT EXECUTION (SUCCESSFUL|FAILED)"


def recognise(lines: list[str]) -> int:
    """How many lines look like ztest's."""
    forms = (_SUITE, _START, _END, _SUMMARY_CASE, _PROJECT)
    return sum(1 for line in lines if any(form.search(line) for form in forms))


def parse(lines: list[str], end: str) -> TestRun:
    """The tests in `lines`. `end` says how the run ended, for tests that it cut short."""
    run = TestRun("ztest", [])
    running: TestCase | None = None
    suite = ""
    asserted = False  # the next line is the assertion's own message
    result = ""
    for line in lines:
        if match := _SUITE.search(line):
            suite = match["name"]
        elif match := _START.search(line):
            running = TestCase(match["name"], suite=suite)
            run.cases.append(running)
        elif match := _END.search(line):
            case = running if running is not None and running.name == match["name"] else None
            _conclude(case or _find(run, suite, match["name"]), match)
            running = None
        elif match := _SUMMARY_CASE.search(line):
            _conclude(_find(run, match["suite"], match["name"]), match)
        elif match := _PROJECT.search(line):
            result = match["result"]
        elif match := _ASSERTION.search(line):
            _assertion(run, running, match)
        elif running is not None and asserted and line:
            running.message += f"\n{line.strip()}"
        elif running is not None and line and not _RULE.search(line):
            running.output.append(line)
            if match := _FATAL.search(line):
                running.fail(match["text"])
        elif (running is None and line and not _RULE.search(line) and not _SUITE_END.search(line)
              and not _SUMMARY_SUITE.search(line) and (match := _FATAL.search(line))):
            run.errors.append(match["text"])
        asserted = running is not None and _ASSERTION.search(line) is not None
    if running is not None:
        running.fail(end)
    if not result:
        run.errors.append(f"the output ends without PROJECT EXECUTION: {end}")
    elif (result == "FAILED") != bool(run.of(Outcome.FAILED)) and not run.errors:
        shown = f"{len(run.of(Outcome.FAILED))} failed tests"
        run.errors.append(f"Zephyr says PROJECT EXECUTION {result}, the output shows {shown}: a "
                          "failed set-up, assumption or suite, or part of the output is lost?")
    return run


def _find(run: TestRun, suite: str, name: str) -> TestCase:
    """The test of that name, new if only the summary shows it."""
    for case in run.cases:
        if case.name == name and case.suite == suite:
            return case
    case = TestCase(name, suite=suite)
    run.cases.append(case)
    return case


def _conclude(case: TestCase, match: re.Match[str]) -> None:
    case.outcome = _OUTCOMES[match["result"]]
    if match["seconds"] is not None:
        case.seconds = float(match["seconds"])
    if case.outcome is Outcome.FAILED and not case.message:
        case.message = "failed in some of its repetitions" if match["result"] == "FLAKY" \
            else "failed without a message"


def _assertion(run: TestRun, running: TestCase | None, match: re.Match[str]) -> None:
    file, line, text = match["file"], int(match["line"]), match["text"] or "assertion failed"
    if running is None:
        run.errors.append(f"{file}:{line}: {text}")
    elif match["kind"] == "Assumption":
        running.message, running.file, running.line = text, file, line
    else:
        running.fail(text, file, line)

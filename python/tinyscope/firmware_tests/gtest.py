"""Output of GoogleTest (github.com/google/googletest), as its default printer writes it.

`[ RUN      ] Suite.Name` … `[       OK ] Suite.Name (3 ms)`, `[  FAILED  ] …` or `[  SKIPPED ] …`;
failures as `file:line: Failure` (or `file(line): error: …`) and lines up to the next; at the end
`[==========] 4 tests from 2 test suites ran. (5 ms total)` and counts.
"""

from __future__ import annotations

import re

from tinyscope.firmware_tests.results import Outcome, TestCase, TestRun, check_counts

_RUN = re.compile(r"\[ RUN      \] (?P<name>\S.*)$")
_END = re.compile(r"\[ +(?P<result>OK|FAILED|SKIPPED) +\] (?P<name>\S+)"
                  r"(?:, where .*?)?(?: \((?P<ms>\d+) ms\))?$")
_FAILURE = re.compile(r"^(?P<file>\S[^:\n]*|[A-Za-z]:[^:\n]+)(?::(?P<line>\d+)|\((?P<paren>\d+)\))"
                      r": (?P<kind>Failure|error:|Skipped)\s*(?P<rest>.*)$")
_RAN = re.compile(r"\[==========\] (?P<tests>\d+) tests? from \d+ test (?:suites?|cases?) ran\.")
_COUNT = re.compile(r"\[  (?P<result>PASSED |FAILED |SKIPPED) ?\] (?P<count>\d+) tests?[.,]")
_SUITE_FAILED = re.compile(r"\[  FAILED  \] (?P<what>\S+: SetUpTest\w+ or TearDownTest\w+)")
_BANNER = re.compile(r"^\[[-=]{10}\]|^Note: |^\[ +(?:PASSED|FAILED|SKIPPED) +\]|^ *\d+ FAILED TEST"
                     r"|^ +YOU HAVE \d+ DISABLED TEST")
_OUTCOMES = {"OK": Outcome.PASSED, "PASSED": Outcome.PASSED, "FAILED": Outcome.FAILED,
             "SKIPPED": Outcome.SKIPPED}

END = r"\[==========\] \d+ tests? from \d+ test \w+ ran\."


def recognise(lines: list[str]) -> int:
    """How many lines look like GoogleTest's."""
    return sum(1 for line in lines if _RUN.search(line) or _END.search(line) or _RAN.search(line))


class _Failure:
    """One assertion's message while its lines come in."""

    def __init__(self, match: re.Match[str]) -> None:
        self.file = match["file"]
        self.line = int(match["line"] or match["paren"])
        self.skipped = match["kind"] == "Skipped"
        self.text = [match["rest"]] if match["rest"] else []


def parse(lines: list[str], end: str) -> TestRun:
    """The tests in `lines`. `end` says how the run ended, for tests that it cut short."""
    run = TestRun("gtest", [])
    running: TestCase | None = None
    failure: _Failure | None = None
    counted: dict[str, int] = {}
    ran = False
    for line in lines:
        if begins := _RUN.search(line):
            _close(run, running, failure)
            running, failure = _begun(run, begins["name"]), None
        elif (ends := _END.search(line)) and running is not None:
            _close(run, running, failure)
            _conclude(running, ends)
            running, failure = None, None
        elif ran and (count := _COUNT.search(line)):
            outcome = _OUTCOMES[count["result"].strip()].value
            counted[outcome] = counted.get(outcome, 0) + int(count["count"])
        elif broken := _SUITE_FAILED.search(line):
            if broken["what"] not in run.errors:
                run.errors.append(broken["what"] + " failed")
        elif _BANNER.search(line):
            _close(run, running, failure)
            failure = None
            ran = ran or _RAN.search(line) is not None
        elif message := _FAILURE.match(line):
            _close(run, running, failure)
            failure = _Failure(message)
        elif failure is not None and line:
            failure.text.append(line)
        elif failure is not None:
            _close(run, running, failure)
            failure = None
        elif running is not None and line:
            running.output.append(line)
    _close(run, running, failure)
    if running is not None:
        running.fail(end)
    if ran:
        check_counts(run, counted, Outcome)
    else:
        run.errors.append(f"the output ends without GoogleTest's summary: {end}")
    return run


def _begun(run: TestRun, name: str) -> TestCase:
    suite, _, test = name.rpartition(".")
    case = TestCase(test, suite=suite)
    run.cases.append(case)
    return case


def _close(run: TestRun, running: TestCase | None, failure: _Failure | None) -> None:
    """Files the message that has come to its end: with its test, or with the run."""
    if failure is None:
        return
    text = "\n".join(failure.text)
    if running is None:
        run.errors.append(f"{failure.file}:{failure.line}: {text}")
    elif failure.skipped:
        running.message, running.file, running.line = text, failure.file, failure.line
    else:
        running.fail(text, failure.file, failure.line)


def _conclude(case: TestCase, match: re.Match[str]) -> None:
    case.outcome = _OUTCOMES[match["result"]]
    if match["ms"] is not None:
        case.seconds = int(match["ms"]) / 1000
    if case.outcome is Outcome.FAILED and not case.message:
        case.message = "failed without a message"

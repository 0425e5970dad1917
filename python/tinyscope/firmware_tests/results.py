"""What a run of tests inside of firmware came to: plain data, of whatever framework."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path


class Outcome(str, Enum):
    """How one test ended."""

    PASSED = "passed"
    FAILED = "failed"
    SKIPPED = "skipped"


@dataclass
class TestCase:
    """One test of the firmware.

    `file` and `line` are where it failed, or else where it stands in the source, as far as the
    framework prints it. `seconds` is what the framework measured on the device (simulated time);
    None: it says nothing. `output` are the lines that came while the test ran.
    """

    __test__ = False  # not a test of pytest

    name: str
    outcome: Outcome = Outcome.PASSED
    suite: str = ""
    message: str = ""
    file: str = ""
    line: int | None = None
    seconds: float | None = None
    output: list[str] = field(default_factory=list)

    @property
    def where(self) -> str:
        """`file:line`, `file`, or nothing."""
        return self.file if self.line is None else f"{self.file}:{self.line}"

    def fail(self, message: str, file: str = "", line: int | None = None) -> None:
        """Marks it as failed; further failures are kept below the first."""
        if file and self.outcome is Outcome.FAILED and self.message:
            message = f"{file}:{line}: {message}"
        elif file:
            self.file, self.line = file, line
        self.outcome = Outcome.FAILED
        self.message = f"{self.message}\n{message}" if self.message else message


@dataclass
class TestRun:
    """All tests of one run of a firmware.

    `errors` is what is wrong with the run as a whole: no summary at its end, counts that do not
    agree, failures outside of any test. A run with errors did not pass, whatever its tests say.
    `framework` is "unity", "gtest", "ztest", or "" where no output of any was found.
    """

    __test__ = False

    framework: str
    cases: list[TestCase]
    errors: list[str] = field(default_factory=list)
    properties: dict[str, str] = field(default_factory=dict)

    def of(self, outcome: Outcome) -> list[TestCase]:
        """The tests with this outcome, in the order of the output."""
        return [case for case in self.cases if case.outcome is outcome]

    @property
    def ok(self) -> bool:
        """Every test passed or was skipped, and the run came to its end."""
        return not self.errors and not self.of(Outcome.FAILED)

    def summary(self) -> str:
        """One line for people: `3 passed, 1 failed, 1 skipped`."""
        parts = [f"{len(self.of(outcome))} {outcome.value}" for outcome in Outcome
                 if outcome is Outcome.PASSED or self.of(outcome)]
        if self.errors:
            parts.append(f"{len(self.errors)} error" + ("s" if len(self.errors) > 1 else ""))
        return ", ".join(parts)

    def to_junit(self, path: str | Path | None = None, *, name: str = "firmware") -> str:
        """The run as JUnit XML, also written to `path` if given.

        `name` is the suite of tests whose framework names none. Raises OSError where the file
        cannot be written.
        """
        from tinyscope.firmware_tests.junit import junit_xml

        text = junit_xml(self, name)
        if path is not None:
            Path(path).write_text(text, encoding="utf-8")
        return text


def check_counts(run: TestRun, counted: dict[str, int], wanted: Iterable[Outcome]) -> None:
    """Compares the framework's own summary with what was parsed; disagreement is an error.

    A UART that drops bytes, or output of two tests mixed, must not lose a failed test silently.
    """
    for outcome in wanted:
        seen, said = len(run.of(outcome)), counted.get(outcome.value, 0)
        if seen != said:
            run.errors.append(f"the summary counts {said} {outcome.value} tests, "
                              f"the output shows {seen}: is part of it lost?")

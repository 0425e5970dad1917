"""Tests that run inside of firmware: what Unity, GoogleTest and ztest print, as test results."""

from __future__ import annotations

import re
from typing import Protocol

from tinyscope import InputError
from tinyscope.firmware_tests import gtest, unity, ztest
from tinyscope.firmware_tests.results import Outcome, TestCase, TestRun


class _Framework(Protocol):
    """What the module of a framework has."""

    END: str  # matches in the text once the last line of the output is there

    def recognise(self, lines: list[str]) -> int: ...

    def parse(self, lines: list[str], end: str) -> TestRun: ...


FRAMEWORKS: dict[str, _Framework] = {"unity": unity, "gtest": gtest, "ztest": ztest}
_ESCAPE = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")


def parse(text: str, framework: str | None = None, *, end: str = "the output stops") -> TestRun:
    """The tests in what firmware printed.

    `framework` is "unity", "gtest" or "ztest"; None finds it from the text. `end` says why the run
    ended, such as the fault: it is the message of a test that was cut short, and of the error that
    stands for a missing summary. Colours and carriage returns do not matter. Raises InputError
    for a framework that is not known; whatever the text is, there is a TestRun.
    """
    if framework is not None and framework not in FRAMEWORKS:
        raise InputError(f"test framework '{framework}' is not known: expected one of "
                         f"{', '.join(FRAMEWORKS)}")
    lines = [line.rstrip() for line in _plain(text).split("\n")]
    if framework is None:
        scores = {name: known.recognise(lines) for name, known in FRAMEWORKS.items()}
        framework = max(scores, key=lambda name: scores[name])
        if scores[framework] == 0:
            return TestRun("", [], [f"no output of {', '.join(FRAMEWORKS)} was found: {end}"])
    return FRAMEWORKS[framework].parse(lines, end)


def end_of_output(text: str, framework: str | None = None) -> bool:
    """Whether the framework (None: any) has printed its last line: the run may end here."""
    names = FRAMEWORKS if framework is None else [framework]
    return any(re.search(FRAMEWORKS[name].END, _plain(text)) for name in names)


def _plain(text: str) -> str:
    """Without colours and carriage returns."""
    return _ESCAPE.sub("", text).replace("\r", "")


__all__ = ["FRAMEWORKS", "Outcome", "TestCase", "TestRun", "end_of_output", "parse"]

"""pytest items for the tests inside of a firmware, from a file NAME.fwtest.toml.

    firmware = "build/ring_tests.elf"   # relative to this file
    board = "nano33ble-sense"
    framework = "unity"                 # or gtest, ztest; default: found from the output
    limit_seconds = 10                  # simulated time
    [options]                           # of tinyscope.Machine
    seed = 7
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Union

import pytest

import tinyscope
from tinyscope.firmware_tests import Outcome, TestCase, TestRun
from tinyscope.firmware_tests.run import run_tests
from tinyscope.testing.explain import Section, sections

_KEYS = {"firmware": str, "board": str, "framework": str, "limit_seconds": (int, float),
         "options": dict}


class FirmwareTestFailure(Exception):
    """A test of the firmware failed; the item shows it."""


class FirmwareFile(pytest.File):
    """Runs the firmware once, while tests are collected: its output is what names them."""

    def collect(self) -> Iterator[pytest.Item]:
        try:
            wanted = _read(self.path)
            run, about = self._run(wanted)
        except tinyscope.InputError as error:
            raise self.CollectError(f"{self.path.name}: {error}") from None
        for case in run.cases:
            name = f"{case.suite}.{case.name}" if case.suite else case.name
            yield CaseItem.from_parent(self, name=name, case=case, run=run, about=about)
        yield RunItem.from_parent(self, name="run", run=run, about=about)

    def _run(self, wanted: dict[str, Any]) -> tuple[TestRun, list[Section]]:
        option = self.config.getoption
        board = wanted.get("board") or option("--tinyscope-board") or self.config.getini(
            "tinyscope_board")
        if not board:
            raise tinyscope.InputError("key 'board' is missing, and there is no --tinyscope-board")
        with tinyscope.Machine(board, self.path.parent / wanted["firmware"],
                               **wanted.get("options", {})) as machine:
            run = run_tests(machine, wanted.get("framework"),
                            limit_seconds=wanted.get("limit_seconds", 10))
            return run, [] if run.ok else sections(machine, "\n".join(run.errors))


class _FirmwareItem(pytest.Item):
    def __init__(self, *, run: TestRun, about: list[Section], **keywords: Any) -> None:
        super().__init__(**keywords)
        self.firmware_run = run
        self.about = about

    def fail(self, message: str, output: list[str]) -> None:
        """Ends the item, with the output and what the machine was doing below the message."""
        if output:
            self.add_report_section("call", "output of the test", "\n".join(output) + "\n")
        for title, text in self.about:
            self.add_report_section("call", title, text)
        raise FirmwareTestFailure(message)

    def repr_failure(self, excinfo: Any, style: Any = None) -> Any:
        if isinstance(excinfo.value, FirmwareTestFailure):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)


class CaseItem(_FirmwareItem):
    """One test of the firmware."""

    def __init__(self, *, case: TestCase, **keywords: Any) -> None:
        super().__init__(**keywords)
        self.case = case

    def runtest(self) -> None:
        case = self.case
        if case.seconds is not None:
            self.user_properties.append(("seconds", case.seconds))
        if case.outcome is Outcome.SKIPPED:
            pytest.skip(case.message or "skipped by the firmware")
        if case.outcome is Outcome.FAILED:
            self.fail(f"{case.where}: {case.message}" if case.file else case.message, case.output)

    def reportinfo(self) -> tuple[Path, Union[int, None], str]:
        return self.path, None, self.name


class RunItem(_FirmwareItem):
    """The run as a whole: it came to its end, and its summary agrees with its lines."""

    def runtest(self) -> None:
        self.user_properties += list(self.firmware_run.properties.items())
        if self.firmware_run.errors:
            self.fail("\n".join(self.firmware_run.errors), [])

    def reportinfo(self) -> tuple[Path, Union[int, None], str]:
        return self.path, None, f"{self.name} ({self.firmware_run.summary()})"


def _read(path: Path) -> dict[str, Any]:
    try:
        wanted = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise tinyscope.InputError(str(error)) from None
    for key, value in wanted.items():
        if key not in _KEYS:
            raise tinyscope.InputError(f"key '{key}' is not known: expected one of "
                                       f"{', '.join(_KEYS)}")
        if not isinstance(value, _KEYS[key]) or isinstance(value, bool):  # type: ignore[arg-type]
            raise tinyscope.InputError(f"key '{key}': found {value!r}")
    if "firmware" not in wanted:
        raise tinyscope.InputError("key 'firmware' is missing")
    return wanted

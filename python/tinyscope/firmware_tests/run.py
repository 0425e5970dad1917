"""Runs firmware that tests itself, to the end of what its framework prints."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from tinyscope.firmware_tests import TestRun, end_of_output, parse
from tinyscope.firmware_tests.results import TestCase

if TYPE_CHECKING:
    from tinyscope.machine import Machine

STEP_SECONDS = 0.01  # simulated; how often the output is looked at
_TAIL = 400  # characters of output that hold the end of a summary
_LONGEST_NAME = 256


def run_tests(machine: Machine, framework: str | None = None, *,
              limit_seconds: float = 10.0) -> TestRun:
    """Runs until the framework has printed its last line, the firmware ends, or the time is up.

    `framework` as for `parse`. A fault, or whatever else ended the run early, is the message of the
    test that it cut short, and of the run's error. `limit_seconds` is simulated time.
    """
    end = _run(machine, framework, limit_seconds)
    run = parse(machine.uart.text, framework, end=end or "the output stops")
    if run.framework in ("unity", "") and not end_of_output(machine.uart.text[-_TAIL:], framework):
        _fail_unity_test(run, machine, end)
    run.properties["cycles"] = str(machine.cycles)
    run.properties["seconds"] = f"{machine.seconds:.9f}"
    return run


def _run(machine: Machine, framework: str | None, limit_seconds: float) -> str:
    """Why the run ended before the end of the output; empty: it did not."""
    printed = -1
    while machine.seconds < limit_seconds:
        stop = machine.run(seconds=STEP_SECONDS, check=False)
        text = machine.uart.text
        if end_of_output(text[-_TAIL:], framework):
            if stop.kind != "limit" or len(text) == printed:
                return ""
        elif stop.kind == "fault":
            return "\n".join(part for part in (stop.text, machine.fault_report) if part)
        elif stop.kind != "limit":
            return stop.text
        printed = len(text)
    return f"the tests did not end within {limit_seconds:g} simulated seconds"


def _fail_unity_test(run: TestRun, machine: Machine, end: str) -> None:
    """Unity prints a test only once it has ended; which one runs stands in its state.

    `struct UNITY_STORAGE_T Unity` begins with the pointers TestFile and CurrentTestName.
    """
    if "Unity" not in machine.symbols:
        return
    file, name = struct.unpack("<2I", machine.read("Unity", 8))
    running = _text_at(machine, name)
    if running and running not in (case.name for case in run.cases):
        case = TestCase(running)
        case.fail(end, _text_at(machine, file))
        run.cases.append(case)


def _text_at(machine: Machine, address: int) -> str:
    if address == 0:
        return ""
    text = machine.read(address, _LONGEST_NAME)
    return text.split(b"\0", 1)[0].decode(errors="replace")

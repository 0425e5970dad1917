"""`tinyscope test`: runs firmware that tests itself, and writes its tests as JUnit XML."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from tinyscope import InputError
from tinyscope.firmware_tests import FRAMEWORKS, Outcome, TestRun, parse

PASS, FAILED, USAGE = 0, 1, 2
_MARKS = {Outcome.PASSED: "pass", Outcome.FAILED: "FAIL", Outcome.SKIPPED: "skip"}


def main(arguments: Sequence[str]) -> int:
    """Exit status: 0 all tests passed; 1 a test or the run failed; 2 wrong options or input."""
    options = _parser().parse_args(arguments)
    try:
        run = _saved(options) if options.parse else _run(options)
        print(_table(run, verbose=options.verbose))
        if options.junit:
            name = Path(options.firmware or options.parse).name
            run.to_junit(options.junit, name=name)
    except (InputError, OSError) as error:
        print(f"tinyscope: error: {error}", file=sys.stderr)
        return USAGE
    return PASS if run.ok else FAILED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="tinyscope test",
        description="Runs firmware that tests itself with Unity, GoogleTest or Zephyr's ztest.",
        epilog="Exit status: 0 all tests passed; 1 a test failed, crashed or did not end; 2 wrong "
               "options or input. Example: tinyscope test ring_tests.elf --board nano33ble-sense "
               "--junit ring.xml")
    parser.add_argument("firmware", nargs="?", help="image with the tests")
    parser.add_argument("--board", help="board to simulate: tinyscope boards")
    parser.add_argument("--framework", choices=sorted(FRAMEWORKS),
                        help="default: found from the output")
    parser.add_argument("--junit", metavar="FILE", help="writes JUnit XML")
    parser.add_argument("--limit-seconds", type=float, default=10.0, metavar="S",
                        help="simulated time at most (%(default)g)")
    parser.add_argument("--set", action="append", default=[], metavar="PERIPHERAL.PARAM=VALUE")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--functional", action="store_true",
                        help="no cycle model: faster, and times mean nothing")
    parser.add_argument("--parse", metavar="FILE",
                        help="reads saved output, such as a real board's, and runs nothing")
    parser.add_argument("-v", "--verbose", action="store_true",
                        help="shows the output of tests that passed, too")
    return parser


def _saved(options: argparse.Namespace) -> TestRun:
    if options.firmware or options.board:
        raise InputError("--parse reads a file instead of running firmware: leave out the firmware "
                         "and --board")
    text = Path(options.parse).read_text(encoding="utf-8", errors="replace")
    return parse(text, options.framework)


def _run(options: argparse.Namespace) -> TestRun:
    from tinyscope.firmware_tests.run import run_tests
    from tinyscope.machine import Machine

    if not options.firmware or not options.board:
        raise InputError("expected FIRMWARE and --board, or --parse FILE")
    if not options.limit_seconds > 0:
        raise InputError(f"--limit-seconds: expected a number above 0, found "
                         f"{options.limit_seconds:g}")
    with Machine(options.board, options.firmware, profile=False, functional=options.functional,
                 set=options.set, seed=options.seed) as machine:
        run = run_tests(machine, options.framework, limit_seconds=options.limit_seconds)
    run.properties["board"] = options.board
    return run


def _table(run: TestRun, verbose: bool) -> str:
    """A line a test; messages and output below what failed; the sum at the end."""
    lines = []
    for case in run.cases:
        name = f"{case.suite}.{case.name}" if case.suite else case.name
        time = "" if case.seconds is None else f"  ({case.seconds * 1000:g} ms)"
        reason = f": {case.message}" if case.outcome is Outcome.SKIPPED and case.message else ""
        lines.append(f"{_MARKS[case.outcome]}  {name}{time}{reason}")
        if case.outcome is Outcome.FAILED:
            where = f"{case.where}: " if case.file else ""
            lines += [f"      {line}" for line in (where + case.message).split("\n")]
        if verbose or case.outcome is Outcome.FAILED:
            lines += [f"      | {line}" for line in case.output]
    lines += ["error " + error.replace("\n", "\n      ") for error in run.errors]
    lines += ["", run.summary()]
    return "\n".join(lines)

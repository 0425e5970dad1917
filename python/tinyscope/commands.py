"""Commands that are written in Python; all others are the C++ program's."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from importlib import import_module

Command = Callable[[Sequence[str]], int]
"""Takes the arguments behind the command's name and returns the exit status."""

# Name -> module with a function main(arguments). The C++ program lists the same names
# (sim/cli/python_command.cpp) and hands them over.
MODULES = {
    "sweep": "tinyscope.sweep_command",
    "evaluate": "tinyscope.evaluate_command",
    "test": "tinyscope.firmware_tests.command",
}

# What commands need beside Python itself; Debian has all of them as python3-NAME.
LIBRARIES = ("numpy", "pandas", "matplotlib", "tqdm", "dask", "distributed", "pytest")

USAGE = 2  # wrong options or input files
INTERRUPTED = 130


def run(name: str, arguments: Sequence[str]) -> int:
    """Runs one of MODULES; wrong input is one line on standard error and exit status 2."""
    from tinyscope._core import InputError

    try:
        command: Command = import_module(MODULES[name]).main
        return command(arguments)
    except InputError as error:
        print(f"tinyscope: error: {error}", file=sys.stderr)
        return USAGE
    except ModuleNotFoundError as error:
        if error.name not in LIBRARIES:
            raise
        print(
            f"tinyscope: error: {sys.executable} has no {error.name}, which this needs: install "
            f"it (Debian: python3-{error.name}), or name another Python in TINYSCOPE_PYTHON",
            file=sys.stderr,
        )
        return USAGE
    except KeyboardInterrupt:
        return INTERRUPTED

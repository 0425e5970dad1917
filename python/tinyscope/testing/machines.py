"""Machines for tests: a fresh one for each, from a boot that tests with equal options share."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from os import PathLike
from pathlib import Path
from typing import Any

import tinyscope
from tinyscope.errors import ExpectationFailed

_FILES = ("mic", "imu", "camera", "scenario", "uart_script", "power", "boot_loader")
_KEPT = 4  # booted machines; each holds the memory of its chip
_BOOT_SECONDS = 10.0  # simulated


class Machines:
    """Keeps the machines that have booted, the latest few of them."""

    def __init__(self) -> None:
        self._booted: OrderedDict[str, tuple[tinyscope.Machine, dict[str, Any]]] = OrderedDict()

    @contextmanager
    def machine(self, board: str, firmware: str, options: dict[str, Any], *,
                folders: Sequence[Path]) -> Iterator[tinyscope.Machine]:
        """A machine that nobody else has.

        `boot` in `options` is a condition as for `Machine.run`: the machine has run to there, once
        for all that are equal. Relative paths of firmware and of what sensors are fed are looked
        up in `folders`.
        """
        wanted = dict(options)
        boot = wanted.pop("boot", None)
        image = _file(firmware, folders)
        for name in _FILES:
            if isinstance(wanted.get(name), (str, PathLike)):
                wanted[name] = _file(wanted[name], folders)
        if boot is None:
            with tinyscope.Machine(board, image, **wanted) as machine:
                yield machine
        else:
            with self._boot(board, image, wanted, boot).fork() as machine:
                yield machine

    def _boot(self, board: str, image: Path, options: dict[str, Any],
              boot: str) -> tinyscope.Machine:
        # Values without a text of their own (arrays, peripherals) are kept, so their id is theirs.
        named = {name: value if isinstance(value, (str, int, float, PathLike)) else id(value)
                 for name, value in sorted(options.items())}
        changed = image.stat().st_mtime_ns if image.exists() else 0
        key = repr((board, image, changed, named, boot))
        if key not in self._booted:
            machine = tinyscope.Machine(board, image, **options)
            stop = machine.run(until=boot, seconds=_BOOT_SECONDS)
            if stop.kind != "until":
                raise ExpectationFailed(f"boot={boot!r} was not reached: {stop.text}")
            self._booted[key] = (machine, options)
            while len(self._booted) > _KEPT:
                self._booted.popitem(last=False)[1][0].close()
        self._booted.move_to_end(key)
        return self._booted[key][0]

    def close(self) -> None:
        """Frees all of them."""
        while self._booted:
            self._booted.popitem()[1][0].close()


def _file(path: str | PathLike[str], folders: Sequence[Path]) -> Path:
    """The path in the first folder that has it; errors then name the first."""
    found = [folder / path for folder in folders]
    return next((file for file in found if file.exists()), found[0])

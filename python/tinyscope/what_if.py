"""A chip set up in another way than its firmware does it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from tinyscope._core import InputError
from tinyscope.run_options import positive, whole

PLACES = ("weights", "code", "arena")
"""What can be timed as if it lay in another memory."""


@dataclass(frozen=True)
class WhatIf:
    """What a run would take if the chip were set up like this; firmware computes the same.

    docs/what-if.md says precisely what each means and what it leaves out. What is None stays as
    firmware sets it. Every setting is among the assumptions of the report.

    Attributes:
        clock_hz: The core and its buses at this clock, from reset on, with the wait states and the
            voltage range that the chip then needs; at most what the chip can do.
        wait_states: Of flash, whatever the clock needs.
        instruction_cache: Of flash, on or off.
        data_cache: Of flash, on or off.
        prefetch: Of flash, on or off.
        place: "weights", "code" or "arena" -> name of a RAM of the chip (`Board.memories`) as if
            in which they are timed.

    Raises:
        InputError: For values of a wrong kind at once, for what the chip cannot do by the run.
    """

    clock_hz: float | None = None
    wait_states: int | None = None
    instruction_cache: bool | None = None
    data_cache: bool | None = None
    prefetch: bool | None = None
    place: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.clock_hz is not None:
            positive("clock_hz", self.clock_hz)
        if self.wait_states is not None:
            whole("wait_states", self.wait_states, 0, 15)
        for name in ("instruction_cache", "data_cache", "prefetch"):
            value = getattr(self, name)
            if value is not None and not isinstance(getattr(value, "item", lambda: value)(), bool):
                raise InputError(f"{name}: expected True, False or None, found {value!r}")
        for name, memory in self.place.items():
            if name not in PLACES:
                raise InputError(f"place: expected one of {', '.join(PLACES)}, found {name!r}")
            if not isinstance(memory, str) or not memory:
                raise InputError(f"place: {name}: expected the name of a RAM, found {memory!r}")

    def arguments(self) -> list[str]:
        """As the command line takes them after --what-if."""
        texts = []
        if self.clock_hz is not None:
            texts.append(f"clock={round(float(self.clock_hz))}Hz")
        if self.wait_states is not None:
            texts.append(f"wait_states={int(self.wait_states)}")
        for name in ("instruction_cache", "data_cache", "prefetch"):
            value = getattr(self, name)
            if value is not None:
                texts.append(f"{name}={'on' if value else 'off'}")
        return texts + [f"{what}={memory}" for what, memory in self.place.items()]

"""What can go wrong while firmware runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tinyscope.machine import Stop


class FirmwareError(RuntimeError):
    """The firmware cannot go on: a fault in a fault handler, or a handler that loops for ever.

    Its text has the stop, the last fault in words and the last lines on the console.
    """

    def __init__(self, stop: Stop, fault: str, lines: list[str]) -> None:
        self.stop = stop
        """How the run ended."""
        self.fault = fault
        """The last fault in words: cause, place in the source, registers; empty: none was taken."""
        self.lines = lines
        """What firmware printed last."""
        parts = [stop.text]
        if fault:
            parts.append(fault)
        if lines:
            parts.append("last lines on the console:\n" + "\n".join(f"  {line}" for line in lines))
        super().__init__("\n".join(parts))


class ExpectationFailed(AssertionError):
    """What was expected of the firmware has not happened."""

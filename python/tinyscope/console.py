"""The far end of the board's console."""

from __future__ import annotations

import re
import weakref
from typing import TYPE_CHECKING, Union

from tinyscope.errors import ExpectationFailed
from tinyscope.run_options import Duration

if TYPE_CHECKING:
    from tinyscope.machine import Machine

Expected = Union[str, "re.Pattern[str]"]


class Uart:
    """What firmware prints on its console (serial ports and semihosting), and what is sent to it."""

    def __init__(self, machine: Machine) -> None:
        self._machine = weakref.ref(machine)
        self._core = machine._core
        self._matched = 0  # bytes that `expect` has been through

    @property
    def data(self) -> bytes:
        """All bytes since power-on."""
        return self._core.printed(0)

    @property
    def text(self) -> str:
        """The same as UTF-8 text; what is none is replaced."""
        return self.data.decode(errors="replace")

    @property
    def lines(self) -> list[str]:
        """The same line by line, without line breaks; the last may not be complete."""
        return self.text.splitlines()

    def send(self, what: str | bytes) -> None:
        """Sends to the firmware from now on, at the speed of the line; returns at once."""
        self._core.send(what.encode() if isinstance(what, str) else bytes(what))

    def expect(self, what: Expected, seconds: Duration = 10) -> str:
        """Runs until a text has been printed, or a compiled regular expression matches.

        Looks at what was printed behind the match of the `expect` before, so that no answer is
        missed however early it comes; returns the text up to the end of the match.

        Args:
            what: A text, or `re.compile(...)`; "$" and greedy repeats see what is there so far.
            seconds: Simulated time that it may take, or "10ms".

        Raises:
            ExpectationFailed: The text has not come; an AssertionError with the last lines.
            FirmwareError: The firmware has ended in a fault.
        """
        machine = self._machine()
        assert machine is not None
        pattern = re.compile(re.escape(what)) if isinstance(what, str) else what
        found: list[re.Match[str]] = []

        def holds() -> bool:
            # One character a byte, so that places in the text are places in the data.
            match = pattern.search(self._core.printed(self._matched).decode("latin-1"))
            if match:
                found[:] = [match]
            return match is not None

        stop = machine._run([], None, seconds, None, holds, at_each_byte=True)
        if not found:
            last = "\n".join(f"  {line}" for line in self.lines[-10:]) or "  (nothing)"
            raise ExpectationFailed(
                f"expected {pattern.pattern if what is pattern else what!r} on the console "
                f"within {seconds} s; {stop.text}; last lines:\n{last}"
            )
        end = found[0].end()
        text = self._core.printed(self._matched)[:end].decode(errors="replace")
        self._matched += end
        return text

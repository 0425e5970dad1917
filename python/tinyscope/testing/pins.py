"""What a pin does within a time, as an assertion."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tinyscope.errors import ExpectationFailed

if TYPE_CHECKING:
    from tinyscope.machine import Machine


def expect_pin(machine: Machine, name: str, level: int, within: float = 1.0) -> float:
    """Runs until the pin has had the level, be it for an instant; returns when, in seconds.

    Args:
        name: As the board calls it: "LED_BUILTIN", "P0.13".
        level: 0 or 1. Now counts, too.
        within: Simulated seconds from now.

    Raises:
        ExpectationFailed: It has not had it; with what it did instead.
        InputError: The board has no such pin.
        FirmwareError: The firmware has ended in a fault.
    """
    __tracebackhide__ = True
    pin = machine.pins[name]
    start = machine.seconds
    if pin.level == level:
        return start

    def times() -> list[float]:
        return [time for time, duty in pin.changes if time >= start and (duty > 0) == bool(level)]

    machine.run(until=lambda _: bool(times()), seconds=within)
    found = times()
    if not found:
        seen = [f"{duty:g} at {time:.6f} s" for time, duty in pin.changes if time >= start]
        raise ExpectationFailed(
            f"expected {name} to be {level} within {within:g} s of {start:.6f} s; it was {pin.level}, "
            f"changes: {', '.join(seen[-10:]) or 'none'}")
    return found[0]

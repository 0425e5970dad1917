"""Pins of the board, as what is soldered to them sees them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tinyscope import _core


class Pin:
    """One pin."""

    def __init__(self, core: _core.LiveMachine, name: str) -> None:
        self._core = core
        self.name = name

    @property
    def level(self) -> int:
        """0 or 1, whoever drives it."""
        return int(self._core.pin_level(self.name))

    @property
    def duty(self) -> float:
        """The part of the time for which it is high, 0 to 1: of PWM; else its level."""
        return self._core.pin_duty(self.name)

    @property
    def changes(self) -> list[tuple[float, float]]:
        """When it changed, in simulated seconds, and to which `duty`; the last 100,000 at least."""
        return self._core.pin_changes(self.name)

    def drive(self, level: int | bool) -> None:
        """Drives it from outside; where the chip drives it too, the chip wins."""
        self._core.drive_pin(self.name, bool(level))

    def release(self) -> None:
        """Lets go: it follows the chip, or its pull resistor, or reads 0."""
        self._core.drive_pin(self.name, None)

    def __repr__(self) -> str:
        return f"<Pin {self.name}: {self.level}>"


class Pins(Mapping[str, Pin]):
    """The board's pins by their names: `machine.pins["LED"].level`."""

    def __init__(self, core: _core.LiveMachine) -> None:
        self._core = core

    def __getitem__(self, name: str) -> Pin:
        self._core.pin_level(name)  # InputError for unknown names, with those that are close
        return Pin(self._core, name)

    def __contains__(self, name: object) -> bool:
        return name in self._core.pin_names()

    def __iter__(self) -> Iterator[str]:
        return iter(self._core.pin_names())

    def __len__(self) -> int:
        return len(self._core.pin_names())

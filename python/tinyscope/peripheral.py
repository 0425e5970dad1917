"""Peripherals written in Python."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

from tinyscope import _core
from tinyscope._core import InputError


class Peripheral:
    """Registers that Python answers, mapped into a machine by `Machine(peripherals=...)`.

    Derive from it and write `read` and `write`:

        class Doubler(tinyscope.Peripheral):
            value = 0

            def read(self, offset, size):
                return 2 * self.value & 0xFFFFFFFF

            def write(self, offset, size, value):
                self.value = value

        tinyscope.Machine(board, firmware, peripherals={0x50000000: Doubler(size=0x1000)})

    All methods run in the thread that called `Machine.run`, while the firmware's load or store
    waits: they take no simulated time. An exception ends the run and comes out of `run`.

    Args:
        size: Bytes of the window; accesses beyond it do not come here.
        irq: Interrupt number of the chip (0 is IRQ 0) that `irq()` drives; None: it has none.
        name: As reports and messages call it; default: the class's name in lower case.
    """

    def __init__(self, *, size: int = 0x1000, irq: int | None = None, name: str = "") -> None:
        self.size = size
        self.irq_number = irq
        self.name = name or type(self).__name__.lower()

    # --- for subclasses to write

    def read(self, offset: int, size: int) -> int:
        """What a load of `size` bytes (1, 2 or 4) finds at `offset`: 0 to 2**(8 * size) - 1."""
        return 0

    def write(self, offset: int, size: int, value: int) -> None:
        """A store of `size` bytes (1, 2 or 4) to `offset`."""

    def peek(self, offset: int, size: int) -> int:
        """As `read`, for debuggers: must change nothing. Write it where `read` has side effects."""
        return self.read(offset, size)

    def reset(self) -> None:
        """Power-on, or a reset of the chip. What was scheduled is forgotten; `irq` is low."""

    def snapshot(self) -> Any:
        """The state to go back to; by default a deep copy of all attributes."""
        own = {name: value for name, value in vars(self).items() if name not in _BINDING}
        return copy.deepcopy(own)

    def restore(self, state: Any) -> None:
        """Takes back what `snapshot` gave; `state` is not to be changed."""
        for name in [name for name in vars(self) if name not in _BINDING]:
            delattr(self, name)
        vars(self).update(copy.deepcopy(state))

    # --- for subclasses to use

    def irq(self, level: bool) -> None:
        """Drives the interrupt line; it stays at that level."""
        self._bound().interrupt = bool(level)

    @property
    def now(self) -> float:
        """Simulated seconds since power-on."""
        return self._bound().now

    def schedule(
        self,
        seconds: float | None,
        callback: Callable[[], None],
        *,
        cycles: int | None = None,
    ) -> int:
        """Calls `callback` after that much simulated time; or None and `cycles` of the CPU clock.

        Returns a number for `cancel`. A method of the peripheral is called on the right object in
        a fork of the machine too; other functions are shared with it.
        """
        port = self._bound()
        if (seconds is None) == (cycles is None):
            raise InputError("schedule: expected either seconds or cycles=")
        if seconds is None:
            assert cycles is not None
            seconds = cycles / vars(self)["_clock_hz"]()
        timer = port.schedule(float(seconds))
        self._timers()[timer] = callback
        return timer

    def cancel(self, timer: int) -> None:
        """Forgets what `schedule` returned that number for."""
        self._bound().cancel(timer)
        self._timers().pop(timer, None)

    def read_memory(self, address: int, size: int) -> bytes:
        """What DMA of the peripheral reads: what memory holds, whatever a data cache has.

        It takes no time and nothing from the core; `schedule` what it is to take.
        """
        return self._bound().read_memory(address, size)

    def write_memory(self, address: int, data: bytes) -> None:
        """What DMA of the peripheral writes."""
        self._bound().write_memory(address, bytes(data))

    # --- for Machine

    def _bound(self) -> _core.PeripheralPort:
        port: _core.PeripheralPort | None = vars(self).get("_port")
        if port is None:
            raise InputError(f"peripheral '{self.name}' is not part of a machine yet")
        return port

    def _timers(self) -> dict[int, Callable[[], None]]:
        timers: dict[int, Callable[[], None]] = vars(self).setdefault("_pending", {})
        return timers

    def _bind(self, port: _core.PeripheralPort, clock_hz: Callable[[], int]) -> None:
        if "_port" in vars(self):
            raise InputError(
                f"peripheral '{self.name}' is part of another machine; make one for each"
            )
        vars(self).update(_port=port, _clock_hz=clock_hz, _pending={})

    def _unbind(self) -> None:
        for name in _BINDING:
            vars(self).pop(name, None)

    def _reset(self) -> None:
        self._timers().clear()
        self.reset()

    def _due(self, timer: int) -> None:
        callback = self._timers().pop(timer, None)
        if callback is not None:
            callback()

    def _save(self) -> tuple[Any, dict[int, Callable[[], None]]]:
        return self.snapshot(), dict(self._timers())

    def _load(self, state: tuple[Any, dict[int, Callable[[], None]]]) -> None:
        own, timers = state
        self.restore(own)
        vars(self)["_pending"] = {timer: self._own(callback) for timer, callback in timers.items()}

    def _own(self, callback: Callable[[], None]) -> Callable[[], None]:
        """Methods of the peripheral that this one is a fork of become methods of this one."""
        owner = getattr(callback, "__self__", None)
        if isinstance(owner, Peripheral) and type(owner) is type(self):
            method: Callable[[], None] = getattr(callback, "__func__").__get__(self)
            return method
        return callback

    def _fork(self) -> Peripheral:
        """The same, for another machine; what it holds comes by `_load`."""
        twin = object.__new__(type(self))
        vars(twin).update(size=self.size, irq_number=self.irq_number, name=self.name)
        return twin


_BINDING = frozenset({"_port", "_clock_hz", "_pending"})

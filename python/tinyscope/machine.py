"""A machine that runs step by step, and can be looked at and changed in between."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Union, cast

from tinyscope import _core
from tinyscope._core import InputError
from tinyscope.array_files import Picture, Sound, Table
from tinyscope.console import Uart
from tinyscope.errors import FirmwareError
from tinyscope.memory_access import (
    Place,
    Symbol,
    array_of,
    bytes_of,
    find_place,
    find_symbols,
)
from tinyscope.peripheral import Peripheral
from tinyscope.pins import Pin, Pins
from tinyscope.report import PASS, Report
from tinyscope.run_options import (
    AnyPath,
    Duration,
    check_names,
    names_without,
    run_options,
    seconds_of,
    whole,
)
from tinyscope.sensors import Sensor

if TYPE_CHECKING:
    import numpy as np

Until = Union[str, Sequence[str], Callable[["Machine"], object]]
"""Conditions as on the command line, or a function that is asked about every 65,536 instructions
and at each event while the core sleeps."""


@dataclass(frozen=True)
class Stop:
    """Why `Machine.run` returned.

    `kind` is "until" (a condition holds), "limit" (as many cycles, seconds or inferences as wanted),
    "breakpoint", "exit" (the firmware ended by semihosting), "idle" (it sleeps or loops for ever,
    and nothing is scheduled that could wake it) or "fault" (a fault handler that loops, or a lockup).
    """

    kind: str
    text: str
    """In words."""
    exit_code: int = 0
    """Of semihosting; 1 after a fault."""


@dataclass(frozen=True)
class Snapshot:
    """The state of a machine at one moment; see `Machine.snapshot`."""

    cycles: int
    """Since power-on."""
    seconds: float
    _state: _core.LiveState
    _peripherals: tuple[Any, ...]
    _plan: _core.MachinePlan
    _matched: int  # of the console, see Uart.expect

    @property
    def own_bytes(self) -> int:
        """Memory that this state takes and shares with no other."""
        return self._state.own_bytes

    def __repr__(self) -> str:
        return f"<Snapshot at {self.seconds:.6f} s, {self.cycles} cycles>"


class Breakpoint:
    """What `Machine.breakpoint` and `Machine.watch` return."""

    def __init__(self, machine: Machine, number: int) -> None:
        self._machine = weakref.ref(machine)
        self._number = number
        self.hits = 0
        """How often it was hit."""

    def remove(self) -> None:
        """Takes it back; callbacks may do so too."""
        machine = self._machine()
        if machine is not None and machine._breakpoints.pop(self._number, None) is not None:
            machine._core.remove_breakpoint(self._number)


class Registers(Mapping[str, int]):
    """The core's registers by name, to read and to write: `machine.registers["r0"] = 1`.

    "r0" to "r15", "sp", "lr", "pc", "xpsr", "fpscr" and "s0" to "s31" (as their 32 bits);
    "msp", "psp", "primask", "basepri", "faultmask" and "control" can be read only. Of "xpsr" only
    the flags are written. A "pc" that a callback writes counts when the callback has returned.
    """

    def __init__(self, core: _core.LiveMachine) -> None:
        self._core = core

    def __getitem__(self, name: str) -> int:
        return self._core.read_register(name)

    def __setitem__(self, name: str, value: int) -> None:
        self._core.write_register(name, int(value) & 0xFFFFFFFF)

    def __iter__(self) -> Iterator[str]:
        return iter(_core.LiveMachine.register_names())

    def __len__(self) -> int:
        return len(_core.LiveMachine.register_names())

    def __repr__(self) -> str:
        shown = [*(f"r{number}" for number in range(13)), "sp", "lr", "pc", "xpsr"]
        return f"<Registers {' '.join(f'{name}={self[name]:#x}' for name in shown)}>"


class _Closed:
    """In place of what a closed fork has given back."""

    def __getattr__(self, name: str) -> Any:
        raise InputError("this fork has been closed")


class Machine:
    """A simulated board with firmware in it, switched on and ready to run.

        with tinyscope.Machine("nano33ble-sense", "kws.elf", mic="yes.wav") as machine:
            machine.run(inferences=1)
            print(machine.uart.text, machine.profile().layers)

    Args:
        board: Name of a board (`tinyscope.boards()`) or a board description's .toml file.
        firmware: An ELF, HEX, UF2 or raw binary image, or a bare .tflite model.
        profile: Whether the run is profiled; without, runs are faster, and there is no
            `profile()`, `inferences` or `until="inferences:N"`.
        functional: Functional speed: the same results, one cycle an instruction, as fast as can be;
            cycles, times and energy are then no figures of the chip.
        peripherals: Base address -> a `Peripheral`; where the chip has nothing that is modelled.
        mic, imu, camera, sensors, pins, scenario: What the board senses; as for
            `tinyscope.profile`.
        options: Others of `tinyscope.profile`: seed, set, supply_volts, layer_rules, ...; not those
            that end or script a run.

    Raises:
        InputError: For wrong values, unknown boards, and firmware that does not fit the board.

    All methods belong to one thread at a time. Different machines may run in different threads at
    once: `run` lets others run meanwhile.
    """

    def __init__(
        self,
        board: str,
        firmware: AnyPath,
        *,
        profile: bool = True,
        functional: bool = False,
        peripherals: Mapping[int, Peripheral] | None = None,
        mic: Sound | None = None,
        imu: Table | None = None,
        camera: Picture | None = None,
        sensors: Mapping[str, Sound | Table | Picture] | None = None,
        pins: Mapping[str, AnyPath | int | float | Table] | None = None,
        scenario: AnyPath | None = None,
        **options: Any,
    ) -> None:
        check_names("Machine()", options)
        # Files that hold arrays: forks read them again.
        folder = TemporaryDirectory(prefix="tinyscope-")
        with names_without(folder.name):
            chosen = run_options(
                Path(folder.name),
                firmware=firmware,
                board=board,
                mic=mic,
                imu=imu,
                camera=camera,
                sensors=sensors,
                pins=pins,
                scenario=scenario,
                **options,
            )
            self.board, self.firmware = chosen.board, chosen.firmware
            self.functional, self.profiled = bool(functional), bool(profile)
            plan = _core.MachinePlan(chosen, bool(profile), bool(functional))
            self._build(plan, folder, dict(peripherals or {}))

    def _build(
        self,
        plan: _core.MachinePlan,
        folder: TemporaryDirectory[str],
        peripherals: dict[int, Peripheral],
        idle: list[_core.LiveMachine] | None = None,
    ) -> None:
        self._plan = plan
        self._folder = folder
        self._idle = idle if idle is not None else []  # what forks may take, shared with them
        self._peripherals = peripherals
        self._breakpoints: dict[int, tuple[Breakpoint, Callable[[Machine], object] | None]] = {}
        self._symbols: Mapping[str, Symbol] | None = None
        self._forked = idle is not None
        weak = weakref.ref(self)
        windows = [
            self._window(weak, base, peripheral) for base, peripheral in peripherals.items()
        ]
        try:
            pooled = not windows and self._idle
            self._take(self._idle.pop() if pooled else _core.LiveMachine(plan, windows))
        except BaseException:
            for peripheral in peripherals.values():
                peripheral._unbind()
            raise

    def _take(self, core: _core.LiveMachine) -> None:
        self._core = core
        weak = weakref.ref(self)

        def hit(number: int) -> bool:
            machine = weak()
            return machine is None or machine._hit(number)

        self._core.on_hit(hit)
        self.registers = Registers(self._core)
        self.uart = Uart(self)
        self.pins = Pins(self._core)

    @staticmethod
    def _window(
        machine: weakref.ref[Machine], base: int, peripheral: Peripheral
    ) -> _core.HostedWindow:
        if not isinstance(peripheral, Peripheral):
            raise InputError(
                f"peripherals: 0x{base:08X}: expected a tinyscope.Peripheral, found {peripheral!r}"
            )
        port = _core.PeripheralPort()

        def clock_hz() -> int:
            owner = machine()
            return owner.clock_hz if owner is not None else 0

        peripheral._bind(port, clock_hz)
        return _core.HostedWindow(
            peripheral.name, base, peripheral.size, peripheral.irq_number, peripheral, port
        )

    # --- running

    def run(
        self,
        until: Until | None = None,
        *,
        cycles: int | None = None,
        seconds: Duration | None = None,
        inferences: int | None = None,
        check: bool = True,
    ) -> Stop:
        """Goes on until one of these holds, or the firmware cannot go on.

        May be called again and again; without arguments the firmware may run for ever (Ctrl-C
        ends it, and the machine can go on afterwards).

        Args:
            until: "uart:TEXT" (printed from now on), "symbol:NAME", "mem:NAME==VALUE", or, counted
                from power-on, "time:2.5s", "cycles:N" and "inferences:N"; several of them; or a
                function that gets the machine and says whether to stop.
            cycles: That many further CPU cycles.
            seconds: That many further seconds of simulated time, or "10ms".
            inferences: That many further inferences.
            check: Raise `FirmwareError` when the firmware ends in a fault.

        Raises:
            FirmwareError: A fault handler loops, or the core is locked up.
            InputError: For conditions that make no sense.
            KeyboardInterrupt: After Ctrl-C, within a tenth of a second.
            Whatever a callback or peripheral raises.
        """
        conditions: list[str] = []
        holds: Callable[[], bool] | None = None
        if callable(until):
            asked = until
            holds = lambda: bool(asked(self))  # noqa: E731
        elif until is not None:
            conditions = [until] if isinstance(until, str) else list(until)
        return self._run(conditions, cycles, seconds, inferences, holds, check=check)

    def _run(
        self,
        conditions: list[str],
        cycles: int | None,
        seconds: Duration | None,
        inferences: int | None,
        holds: Callable[[], bool] | None,
        *,
        at_each_byte: bool = False,
        check: bool = True,
    ) -> Stop:
        stop = Stop(
            *self._core.run(
                conditions,
                None if cycles is None else whole("cycles", cycles, 1),
                None if seconds is None else seconds_of("seconds", seconds),
                None if inferences is None else whole("inferences", inferences, 1, 10**6),
                holds,
                at_each_byte,
            )
        )
        if check and stop.kind == "fault":
            raise FirmwareError(stop, self.fault_report, self.uart.lines[-10:])
        return stop

    @property
    def cycles(self) -> int:
        """CPU cycles since power-on."""
        return self._core.cycles

    @property
    def seconds(self) -> float:
        """Simulated seconds since power-on."""
        return self._core.seconds

    @property
    def clock_hz(self) -> int:
        """CPU clock, now."""
        return self._core.clock_hz

    @property
    def inferences(self) -> int:
        """Inferences that have ended since power-on, or since a snapshot was restored."""
        return self._core.inferences

    @property
    def faults(self) -> list[_core.FaultRecord]:
        """The first 256 faults that the core has taken."""
        return self._core.faults

    @property
    def fault_report(self) -> str:
        """The last fault in words: cause, place in the source, registers. Empty: there was none."""
        faults = self._core.faults
        return self._core.fault_text(faults[-1]) if faults else ""

    # --- memory

    @property
    def symbols(self) -> Mapping[str, Symbol]:
        """Functions and objects of the firmware: name -> address, size in bytes, kind."""
        if self._symbols is None:
            self._symbols = find_symbols(self._core)
        return self._symbols

    def read(self, where: Place, size: int | None = None, *, as_load: bool = False) -> bytes:
        """Bytes at an address or symbol: `read("buffer")`, `read("buffer+4", 2)`, `read(0x400, 8)`.

        Memory is as the core sees it. Of peripherals registers are read, by 1, 2 or 4 bytes, or
        aligned words.

        Args:
            where: Address, or name of a symbol, with "+12" or "+0x0C" bytes behind it.
            size: Bytes; default: to the end of the symbol.
            as_load: Read registers as a load of the core does, with its side effects, at no time.
                Otherwise there are none, and a register whose model computes it when it is read
                (inputs, counters) shows what it held last.
        """
        address, known = find_place(self._core, where)
        if size is None and known == 0:
            raise InputError(f"read: how many bytes? {where!r} has no size of its own")
        return self._core.read(
            address, known if size is None else whole("size", size, 1), as_load
        )

    def read_int(
        self,
        where: Place,
        size: int | None = None,
        *,
        signed: bool = False,
        as_load: bool = False,
    ) -> int:
        """The same as a little-endian number; `size` defaults to the symbol's, or to 4."""
        address, known = find_place(self._core, where)
        length = size if size is not None else known or 4
        if length not in (1, 2, 4, 8):
            raise InputError(f"read_int: expected 1, 2, 4 or 8 bytes, found {length} at {where!r}")
        data = self._core.read(address, length, as_load)
        return int.from_bytes(data, "little", signed=signed)

    def read_array(
        self, where: Place, dtype: Any, shape: int | Sequence[int] | None = None
    ) -> np.ndarray[Any, Any]:
        """The same as a numpy array of its own.

        Args:
            dtype: Of numpy, for example "int8" or np.float32; little-endian.
            shape: Count or shape; default: as many as the symbol holds.
        """
        return array_of(self._core, where, dtype, shape)

    def write(
        self, where: Place, value: bytes | int | np.ndarray[Any, Any], size: int | None = None
    ) -> None:
        """Changes memory or a peripheral's register, in no simulated time.

        The core sees what is written, in code and in what its caches hold too: as a debugger's
        access through the core does. Code that is written is run from the next time that the core
        comes to it. Where a data cache holds the line dirty, other bus masters see it when the
        firmware cleans the line. Flash is written too. A register is written as by a store.

        Args:
            where: As for `read`.
            value: Bytes; an array, in its own dtype; or a number of `size` bytes, little-endian.
            size: Of a number; default: the symbol's size, or 4.
        """
        address, known = find_place(self._core, where)
        self._core.write(address, bytes_of(value, size, known))

    # --- callbacks

    def breakpoint(
        self, where: Place, callback: Callable[[Machine], object] | None = None
    ) -> Breakpoint:
        """Stops before the instruction there, or calls `callback` with the machine.

        The callback may read, write and inject what it likes; it costs no simulated time. The run
        stops if it returns True. Going on from a breakpoint does not hit it again.
        """
        address, _ = find_place(self._core, where)
        return self._add(self._core.add_breakpoint(address), callback)

    def watch(
        self,
        where: Place,
        callback: Callable[[Machine], object] | None = None,
        *,
        size: int | None = None,
    ) -> Breakpoint:
        """The same behind each store of the core that touches `size` bytes there.

        `size` defaults to the symbol's, or to 4. What DMA writes is not noticed.
        """
        address, known = find_place(self._core, where)
        length = whole("size", size if size is not None else known or 4, 1, 2**31)
        return self._add(self._core.add_watch(address, length), callback)

    def _add(self, number: int, callback: Callable[[Machine], object] | None) -> Breakpoint:
        breakpoint = Breakpoint(self, number)
        self._breakpoints[number] = (breakpoint, callback)
        return breakpoint

    def _hit(self, number: int) -> bool:
        breakpoint, callback = self._breakpoints[number]
        breakpoint.hits += 1
        return callback is None or callback(self) is True

    # --- surroundings

    def sensor(self, name: str) -> Sensor:
        """What the board senses by the name of a stimulus or device: "mic", "imu", "camera", ...

        Raises:
            InputError: The board has nothing of that name that can be fed in mid-run.
        """
        self._core.require_sensor(name)
        return Sensor(self._core, name, Path(self._folder.name))

    def pin(self, name: str) -> Pin:
        """A pin by the name that the board gives it; the same as `pins[name]`."""
        return self.pins[name]

    # --- states

    def snapshot(self) -> Snapshot:
        """The state of everything, to go back to with `restore`, or in a fork.

        Memories are kept as pages that states share, so that a state costs little more than what
        has changed since the one before. Breakpoints stay what they are.
        """
        state = self._core.save()
        saved = tuple(each._save() for each in self._peripherals.values())
        return Snapshot(
            state.cycles, state.seconds, state, saved, self._plan, self.uart._matched
        )

    def restore(self, snapshot: Snapshot) -> None:
        """Goes back to a snapshot of this machine, or of another of the same board, image, options.

        From there it runs as the original did, cycle for cycle. The profile begins anew: it is of
        what runs from here on, and `inferences` counts from 0.
        """
        if len(snapshot._peripherals) != len(self._peripherals):
            raise InputError("restore: the snapshot is of a machine with other peripherals")
        self._core.restore(snapshot._state)
        for peripheral, state in zip(self._peripherals.values(), snapshot._peripherals):
            peripheral._load(state)
        self.uart._matched = snapshot._matched

    def fork(self) -> Machine:
        """Another machine in the same state; nothing is shared, and it may run in another thread.

        Breakpoints stay behind. Peripherals of Python are made anew without `__init__`, with the
        attributes that `snapshot` gives. Where a fork has been closed (`close`, or the end of its
        `with`), the next one takes its place, in less than a millisecond without `profile`.
        """
        snapshot = self.snapshot()
        twin = object.__new__(type(self))
        twin.board, twin.firmware = self.board, self.firmware
        twin.functional, twin.profiled = self.functional, self.profiled
        peripherals = {base: each._fork() for base, each in self._peripherals.items()}
        twin._build(self._plan, self._folder, peripherals, self._idle)
        twin.restore(snapshot)
        return twin

    def profile(self) -> Report:
        """What has run since power-on, or since a snapshot was restored; the run may go on."""
        status = 1 if self._core.exit_code else PASS
        report = self._core.report(f"{self._folder.name}/")
        return Report(report, uart=self.uart.text, status=status)

    # --- life

    def close(self) -> None:
        """Removes all breakpoints. A fork is gone then: a later one may take over what it was."""
        for breakpoint, _ in list(self._breakpoints.values()):
            breakpoint.remove()
        if self._forked and not self._peripherals and not isinstance(self._core, _Closed):
            self._idle.append(self._core)
            gone = cast(_core.LiveMachine, _Closed())
            self._core = self.registers._core = self.uart._core = self.pins._core = gone

    def __enter__(self) -> Machine:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<Machine at {self.seconds:.6f} s, {self.cycles} cycles>"

"""Keyword arguments of a run, checked, as the options that the simulator takes."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from os import PathLike, fspath
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Union

from tinyscope import _core
from tinyscope._core import InputError
from tinyscope.array_files import (
    Picture,
    Sound,
    Table,
    picture_file,
    sound_file,
    stimulus_file,
    table_file,
)
from tinyscope.hints import hint_for

if TYPE_CHECKING:
    from tinyscope.what_if import WhatIf

AnyPath = Union[str, "PathLike[str]"]
Duration = Union[str, float]
"""Seconds, or a text with its unit: 0.5, "500ms"."""


@contextmanager
def stimulus_folder() -> Iterator[Path]:
    """A folder for files that hold arrays; deleted at the end."""
    with TemporaryDirectory(prefix="tinyscope-") as folder:
        with names_without(folder):
            yield Path(folder)


@contextmanager
def names_without(folder: str) -> Iterator[None]:
    """Errors name files in `folder` without it: the user never heard of it."""
    try:
        yield
    except InputError as error:
        if folder not in str(error):
            raise
        raise InputError(str(error).replace(f"{folder}/", "")) from None


def check_names(caller: str, names: Iterable[str]) -> None:
    """TypeError for the first name that is no argument of run_options, in the caller's words."""
    known = [name for name in inspect.signature(run_options).parameters if name != "folder"]
    for name in names:
        if name in known:
            continue
        hint = hint_for(name, sorted(known), "there are")
        raise TypeError(f"{caller} got an unexpected keyword argument '{name}': {hint}")


def run_options(
    folder: Path,
    *,
    firmware: AnyPath,
    board: str,
    mic: Sound | None = None,
    imu: Table | None = None,
    camera: Picture | None = None,
    sensors: Mapping[str, Sound | Table | Picture] | None = None,
    pins: Mapping[str, AnyPath | int | float | Table] | None = None,
    scenario: AnyPath | None = None,
    set: str | Sequence[str] = (),
    seed: int = 1,
    layer_rules: str | Sequence[str] = (),
    invoke_symbol: str | None = None,
    skip: int | None = None,
    traffic: bool = False,
    check_uninitialised: bool = False,
    supply_volts: float | None = None,
    power: AnyPath | None = None,
    battery: str | None = None,
    period: Duration | None = None,
    boot_loader: AnyPath | None = None,
    bin_address: int | None = None,
    what_if: WhatIf | None = None,
    kernels: str | None = None,
) -> _core.RunOptions:
    """What firmware, board and profiler are; as for `tinyscope.profile`.

    Arrays become files in `folder`, which has to live as long as machines are built from this.
    """
    options = _core.RunOptions()
    options.firmware = path_text("firmware", firmware)
    options.board = path_text("board", board)
    to = options.stimuli
    if mic is not None:
        to.mic = sound_file(mic, folder, "mic")
    if imu is not None:
        to.imu = table_file(imu, folder, "imu")
    if camera is not None:
        to.camera = picture_file(camera, folder, "camera")
    to.sensors = [
        f"{name}={stimulus_file(value, folder, name)}" for name, value in (sensors or {}).items()
    ]
    to.pins = [f"{pin}={_pin_value(value, folder, pin)}" for pin, value in (pins or {}).items()]
    if scenario is not None:
        to.scenario = path_text("scenario", scenario)
    options.set = texts("set", set)
    options.seed = whole("seed", seed, 0)
    options.layer_rules = texts("layer_rules", layer_rules)
    options.invoke_symbol = invoke_symbol or ""
    if supply_volts is not None:
        options.supply_volts = positive("supply_volts", supply_volts)
    if power is not None:
        options.power = path_text("power", power)
    if boot_loader is not None:
        options.boot_loader = path_text("boot_loader", boot_loader)
    if bin_address is not None:
        options.bin_address = hex(whole("bin_address", bin_address, 0, 2**32 - 1))
    options.kernels = kernels or ""
    if what_if is not None:
        options.what_ifs = what_if.arguments()
    wanted = options.profile
    wanted.traffic = bool(traffic)
    wanted.check_uninitialised = bool(check_uninitialised)
    wanted.battery = battery or ""
    if period is not None:
        wanted.period = duration_text("period", period)
    if skip is not None:
        wanted.skip = whole("skip", skip, 0, 2**31 - 1)
    return options


def path_text(name: str, path: object) -> str:
    """A path as text; `name` is for errors."""
    if not isinstance(path, (str, PathLike)):
        raise InputError(f"{name}: expected a path, found {path!r}")
    text = fspath(path)
    if not isinstance(text, str) or not text:
        raise InputError(f"{name}: expected a path, found {text!r}")
    return text


def texts(name: str, values: str | Sequence[str]) -> list[str]:
    """One text, or several."""
    several = [values] if isinstance(values, str) else list(values)
    for value in several:
        if not isinstance(value, str):
            raise InputError(f"{name}: expected texts, found {value!r}")
    return several


def duration_text(name: str, value: Duration) -> str:
    """As the command line takes it."""
    if isinstance(value, str):
        return value
    if not _is_number(value) or not 0 < value < 1e9:
        raise InputError(
            f'{name}: expected seconds above 0 or a text like "500ms", found {value!r}'
        )
    return f"{float(value):.12f}".rstrip("0").rstrip(".") + "s"


def seconds_of(name: str, value: Duration) -> float:
    """In seconds."""
    if _is_number(value) and 0 < value <= 1e6:  # type: ignore[operator]
        return float(value)
    units = {"ns": 1e-9, "us": 1e-6, "ms": 1e-3, "s": 1.0}
    for unit, scale in units.items():
        if isinstance(value, str) and value.endswith(unit):
            try:
                seconds = float(value.removesuffix(unit)) * scale
            except ValueError:
                continue
            if 0 < seconds <= 1e6:
                return seconds
    raise InputError(
        f'{name}: expected seconds above 0, at most 1000000, or a text like "500ms", '
        f"found {value!r}"
    )


def whole(name: str, value: object, low: int, high: int = 2**63 - 1) -> int:
    """A whole number from `low` to `high`."""
    number = getattr(value, "item", lambda: value)()  # numpy's become Python's
    if not isinstance(number, int) or isinstance(number, bool) or not low <= number <= high:
        raise InputError(f"{name}: expected a whole number from {low} to {high}, found {value!r}")
    return number


def positive(name: str, value: object) -> float:
    """A finite number above 0."""
    if not _is_number(value) or not 0 < float(value) < float("inf"):  # type: ignore[arg-type]
        raise InputError(f"{name}: expected a number above 0, found {value!r}")
    return float(value)  # type: ignore[arg-type]


def _is_number(value: object) -> bool:
    import numbers

    return isinstance(value, numbers.Real) and not isinstance(value, bool)


def _pin_value(value: Any, folder: Path, pin: str) -> str:
    """A level as 0 or 1, a voltage as 1.2 V: "1.2V"; a file, or columns as of a CSV file."""
    if isinstance(value, (str, PathLike)):
        return fspath(value)
    if isinstance(value, (bool, int)) and value in (0, 1):
        return str(int(value))
    if isinstance(value, float):
        return f"{value:.9f}".rstrip("0").rstrip(".") + "V"
    if isinstance(value, int):
        raise InputError(
            f'pins: {pin}: expected a level 0 or 1, a voltage such as 1.2 or "800mV", or a table, '
            f"found {value!r}"
        )
    return table_file(value, folder, pin)

"""Cycle-accurate Cortex-M4 and Cortex-M7 simulator with a TinyML inference profiler."""

from pathlib import Path as _Path

from tinyscope import _core, plot
from tinyscope._core import Board, InputError, Memory, MetricKind
from tinyscope._core import version as __version__
from tinyscope.errors import ExpectationFailed, FirmwareError
from tinyscope.machine import Breakpoint, Machine, Snapshot, Stop
from tinyscope.peripheral import Peripheral
from tinyscope.profiling import profile, profile_model
from tinyscope.report import Report
from tinyscope.sweeps import pareto, sweep
from tinyscope.what_if import WhatIf

# Installed packages carry the data of the simulator; in the build tree it is beside the sources.
_data = _Path(__file__).parent / "data"
if _data.is_dir():
    _core.set_shipped_data(str(_data))


def boards() -> list[Board]:
    """All boards that can be simulated, sorted by name."""
    return [_core.board(name) for name in _core.board_names()]


def metric_kinds() -> list[MetricKind]:
    """The names of `Report.metrics` with their units and what they stand for."""
    return _core.metric_kinds()


__all__ = [
    "Board",
    "Breakpoint",
    "ExpectationFailed",
    "FirmwareError",
    "InputError",
    "Machine",
    "Memory",
    "MetricKind",
    "Peripheral",
    "Report",
    "Snapshot",
    "Stop",
    "WhatIf",
    "__version__",
    "boards",
    "metric_kinds",
    "pareto",
    "plot",
    "profile",
    "profile_model",
    "sweep",
]

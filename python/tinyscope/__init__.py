"""Cycle-accurate Cortex-M4 and Cortex-M7 simulator with a TinyML inference profiler."""

from tinyscope import plot
from tinyscope._core import Board, InputError, Memory, MetricKind
from tinyscope._core import version as __version__
from tinyscope.profiling import profile
from tinyscope.report import Report
from tinyscope.sweeps import pareto, sweep


def boards() -> list[Board]:
    """All boards that can be simulated, sorted by name."""
    from tinyscope import _core

    return [_core.board(name) for name in _core.board_names()]


def metric_kinds() -> list[MetricKind]:
    """The names of `Report.metrics` with their units and what they stand for."""
    from tinyscope import _core

    return _core.metric_kinds()


__all__ = [
    "Board",
    "InputError",
    "Memory",
    "MetricKind",
    "Report",
    "__version__",
    "boards",
    "metric_kinds",
    "pareto",
    "plot",
    "profile",
    "sweep",
]

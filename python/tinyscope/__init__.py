"""Cycle-accurate Cortex-M4 and Cortex-M7 simulator with a TinyML inference profiler."""

from pathlib import Path as _Path
from typing import TYPE_CHECKING

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

if TYPE_CHECKING:
    from tinyscope.evaluation.datasets import Dataset, Sample, load_dataset
    from tinyscope.evaluation.evaluate import evaluate
    from tinyscope.evaluation.evaluation import Evaluation
    from tinyscope.evaluation.tensor_way import TensorAccess
    from tinyscope.evaluation.tensors import Tensor

# Imported when first asked for: they need numpy, which takes longer to load than all the rest.
_LATER = {
    "Dataset": "datasets",
    "Evaluation": "evaluation",
    "Sample": "datasets",
    "Tensor": "tensors",
    "TensorAccess": "tensor_way",
    "evaluate": "evaluate",
    "load_dataset": "datasets",
}

# Installed packages carry the data of the simulator; in the build tree it is beside the sources.
_data = _Path(__file__).parent / "data"
if _data.is_dir():
    _core.set_shipped_data(str(_data))


def __getattr__(name: str) -> object:
    if name not in _LATER:
        raise AttributeError(f"module 'tinyscope' has no attribute '{name}'")
    from importlib import import_module

    return getattr(import_module(f"tinyscope.evaluation.{_LATER[name]}"), name)


def boards() -> list[Board]:
    """All boards that can be simulated, sorted by name."""
    return [_core.board(name) for name in _core.board_names()]


def metric_kinds() -> list[MetricKind]:
    """The names of `Report.metrics` with their units and what they stand for."""
    return _core.metric_kinds()


__all__ = [
    "Board",
    "Breakpoint",
    "Dataset",
    "Evaluation",
    "ExpectationFailed",
    "FirmwareError",
    "InputError",
    "Machine",
    "Memory",
    "MetricKind",
    "Peripheral",
    "Report",
    "Sample",
    "Snapshot",
    "Stop",
    "Tensor",
    "TensorAccess",
    "WhatIf",
    "__version__",
    "boards",
    "evaluate",
    "load_dataset",
    "metric_kinds",
    "pareto",
    "plot",
    "profile",
    "profile_model",
    "sweep",
]

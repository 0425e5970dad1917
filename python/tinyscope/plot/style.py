"""What all pictures share: colours, the names and units of columns, and plain frames."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tinyscope._core import InputError

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes


# Okabe and Ito, https://jfly.uni-koeln.de/color/, without black and without yellow, which is faint.
COLOURS = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00")
MARKERS = "osD^vPX*"
GREY = "#888888"

# Endings of column names: how the unit is written, and what a unit is multiplied with for it.
_UNITS = {
    "_ms": ("ms", 1.0),
    "_uj": ("µJ", 1.0),
    "_mw": ("mW", 1.0),
    "_hz": ("MHz", 1e-6),
    "_volts": ("V", 1.0),
    "_bytes": ("KiB", 1 / 1024),
    "_seconds": ("s", 1.0),
    "cycles": ("million", 1e-6),
    "macs": ("million", 1e-6),
}
# Names of metrics whose own name says too little.
_NAMES = {
    "ram_bytes": "RAM",
    "static ram": "static RAM",
    "macs": "MACs",
    "macs_per_cycle": "MACs per cycle",
}


def split(column: str) -> tuple[str, str, float]:
    """Text, unit and factor of a column's numbers."""
    if column == "macs_per_cycle":
        return _NAMES[column], "", 1.0
    for ending, (unit, factor) in _UNITS.items():
        if column.endswith(ending):
            text = column.removesuffix(ending) if ending.startswith("_") else column
            return _NAMES.get(column, text.replace("_", " ")), unit, factor
    return _NAMES.get(column, column.replace("_", " ")), "", 1.0


def label(column: str) -> str:
    """How a column is called on an axis: "latency (ms)"."""
    text, unit, _ = split(column)
    return f"{text} ({unit})" if unit else text


def axes_of(ax: Axes | None, width: float, height: float) -> Axes:
    if ax is not None:
        return ax
    try:
        import matplotlib.pyplot as plt
    except ImportError:
        raise ImportError("tinyscope.plot needs matplotlib (Debian: python3-matplotlib)") from None
    _, new = plt.subplots(figsize=(width, height), layout="constrained")
    made: Axes = new
    return made


def tidy(ax: Axes) -> None:
    for side in ("top", "right"):
        ax.spines[side].set_visible(False)
    ax.set_axisbelow(True)


def column_of(df: pd.DataFrame, name: str) -> pd.Series[Any]:
    if name not in df.columns:
        raise InputError(f"'{name}' is no column of the table: {', '.join(map(str, df.columns))}")
    return df[name]


def text_of(value: Any, factor: float = 1.0) -> str:
    import math

    if value is None or (isinstance(value, float) and math.isnan(value)):
        return "as is"
    if isinstance(value, bool) or not isinstance(value, int | float):
        return str(value)
    return f"{value * factor:.6g}"

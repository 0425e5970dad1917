"""Heat maps."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from tinyscope.plot.style import GREY, axes_of, column_of, label, split, text_of

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes


def heat_map(
    df: pd.DataFrame,
    x: str,
    y: str,
    value: str,
    *,
    reduce: str = "min",
    ax: Axes | None = None,
) -> Axes:
    """One column as colour and number over two axes of a sweep.

    Args:
        df: As `sweep` returns it.
        x, y: Columns of the two axes, in the order in which their values first stand.
        value: Column of numbers.
        reduce: Which of several points in one cell counts: "min", "max", "mean", ...
    """
    import numpy as np

    for name in (x, y, value):
        column_of(df, name)
    across, down = list(dict.fromkeys(df[x])), list(dict.fromkeys(df[y]))
    cells = np.full((len(down), len(across)), np.nan)
    text, unit, factor = split(value)
    for (column, row), rows in df.groupby([x, y], dropna=False, sort=False):
        cells[_position(down, row), _position(across, column)] = rows[value].agg(reduce) * factor
    ax = axes_of(ax, max(4.5, 1.6 + 0.85 * len(across)), max(2.6, 1.4 + 0.5 * len(down)))
    image = ax.imshow(cells, aspect="auto", cmap="viridis")
    low, high = np.nanmin(cells, initial=np.inf), np.nanmax(cells, initial=-np.inf)
    size = 9 if max(len(across), len(down)) <= 12 else 7
    for (row, column), number in np.ndenumerate(cells):
        light = np.isfinite(number) and number > (low + high) / 2
        shown = _cell_text(number)
        ax.text(
            column,
            row,
            shown,
            ha="center",
            va="center",
            fontsize=size,
            color="black" if light else "white" if np.isfinite(number) else GREY,
        )
    for axis, name, values in ((ax.xaxis, x, across), (ax.yaxis, y, down)):
        axis_factor = split(name)[2]
        axis.set_ticks(range(len(values)), [text_of(each, axis_factor) for each in values])
        axis.set_label_text(label(name))
    if max(len(text_of(each)) for each in across) * len(across) > 60:
        ax.tick_params(axis="x", labelrotation=35)
        for tick in ax.get_xticklabels():
            tick.set_horizontalalignment("right")
    ax.tick_params(length=0)
    for side in ax.spines.values():
        side.set_visible(False)
    bar = ax.figure.colorbar(image, ax=ax, label=f"{text} ({unit})" if unit else text)
    bar.outline.set_visible(False)
    return ax


def _position(values: Sequence[Any], wanted: Any) -> int:
    """Its index; a missing value is equal to any other one, which Python denies."""
    for index, value in enumerate(values):
        if (
            value == wanted
            or (value != value and wanted != wanted)
            or (value is None and wanted != wanted)
        ):
            return index
    raise KeyError(wanted)


def _cell_text(number: float) -> str:
    if number != number:
        return "–"
    return f"{number:.3g}" if abs(number) < 1000 else f"{number:,.0f}"

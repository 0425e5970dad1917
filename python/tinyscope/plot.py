"""Pictures of sweeps and reports, with matplotlib, in colours that colour-blind people can tell apart.

Every function draws into `ax`, or into a new figure, and returns the matplotlib Axes;
`.figure.savefig("picture.png")` writes it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from tinyscope._core import InputError
from tinyscope.sweeps.front import pareto

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

# Okabe and Ito, https://jfly.uni-koeln.de/color/, without black and yellow, which is faint on white.
COLOURS = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00")
_MARKERS = "osD^vPX*"
_GREY = "#888888"

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
_NAMES = {"ram_bytes": "RAM", "static ram": "static RAM", "macs": "MACs", "macs_per_cycle": "MACs per cycle"}


def _split(column: str) -> tuple[str, str, float]:
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
    text, unit, _ = _split(column)
    return f"{text} ({unit})" if unit else text


def _axes_of(ax: Axes | None, width: float, height: float) -> Axes:
    if ax is not None:
        return ax
    try:
        import matplotlib.pyplot as plt
    except ImportError:
        raise ImportError("tinyscope.plot needs matplotlib (Debian: python3-matplotlib)") from None
    _, new = plt.subplots(figsize=(width, height), layout="constrained")
    made: Axes = new
    return made


def _tidy(ax: Axes) -> None:
    for side in ("top", "right"):
        ax.spines[side].set_visible(False)
    ax.set_axisbelow(True)


def _column(df: pd.DataFrame, name: str) -> pd.Series[Any]:
    if name not in df.columns:
        raise InputError(f"'{name}' is no column of the table: {', '.join(map(str, df.columns))}")
    return df[name]


def _text_of(value: Any, factor: float = 1.0) -> str:
    import math

    if value is None or (isinstance(value, float) and math.isnan(value)):
        return "as is"
    if isinstance(value, bool) or not isinstance(value, int | float):
        return str(value)
    return f"{value * factor:.6g}"


def _labelled(ax: Axes, points: Sequence[tuple[float, float, str]]) -> None:
    """Texts beside points of a front: each where it covers no other text and no point."""
    figure = ax.figure
    figure.canvas.draw()
    renderer = figure.canvas.get_renderer()
    frame = ax.get_window_extent(renderer)
    taken: list[Any] = []
    for offset in ax.collections:
        for x, y in ax.transData.transform(offset.get_offsets()):
            taken.append((x - 5, y - 5, x + 5, y + 5))
    for x, y, text in points:
        for dx, dy, side, base in (
            (8, 6, "left", "bottom"),
            (8, -6, "left", "top"),
            (-8, -6, "right", "top"),
            (-8, 6, "right", "bottom"),
            (16, 18, "left", "bottom"),
            (-16, -18, "right", "top"),
        ):
            note = ax.annotate(
                text,
                (x, y),
                xytext=(dx, dy),
                textcoords="offset points",
                ha=side,
                va=base,
                fontsize=8,
                color="#333333",
            )
            box = note.get_window_extent(renderer)
            edges = (box.x0, box.y0, box.x1, box.y1)
            inside = box.x0 >= frame.x0 and box.x1 <= frame.x1 and box.y0 >= frame.y0 and box.y1 <= frame.y1
            if inside and not any(_overlap(edges, other) for other in taken):
                taken.append(edges)
                break
            note.remove()


def _overlap(one: tuple[float, ...], other: tuple[float, ...]) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def pareto_front(
    df: pd.DataFrame,
    x: str,
    y: str,
    *,
    colour: str | None = None,
    labels: str | Sequence[str] | None = None,
    ax: Axes | None = None,
) -> Axes:
    """All points of a sweep, and a line through those that no other beats.

    Args:
        df: As `sweep` returns it.
        x, y: Columns; less is better unless a "-" stands before the name.
        colour: Column by whose values points differ in colour and shape; default: the first column
            of text with up to six values.
        labels: Columns whose values are written beside points of the front; default: the other
            columns before x that have several values. Texts that find no room are left out.
    """
    front = pareto(df, x, y)
    columns = list(df.columns)
    x_name, y_name = (n.removeprefix("-") if n not in columns else n for n in (x, y))
    ax = _axes_of(ax, 7.2, 4.8)
    (_, _, x_factor), (_, _, y_factor) = _split(x_name), _split(y_name)
    shown = df.dropna(subset=[x_name, y_name])
    axes = columns[: min(columns.index(x_name), columns.index(y_name))]
    if colour is None:
        texts = [name for name in axes if df[name].map(lambda value: isinstance(value, str)).any()]
        colour = next((name for name in texts if 1 < df[name].nunique() <= len(COLOURS)), None)
    groups = [(None, shown)] if colour is None else list(shown.groupby(_column(shown, colour), sort=False, dropna=False))
    for number, (value, rows) in enumerate(groups):
        on_front = rows.index.isin(front.index)
        ax.scatter(
            rows[x_name] * x_factor,
            rows[y_name] * y_factor,
            s=[52 if on else 26 for on in on_front],
            alpha=None,
            c=COLOURS[number % len(COLOURS)],
            marker=_MARKERS[number % len(_MARKERS)],
            edgecolors=["black" if on else "none" for on in on_front],
            linewidths=0.9,
            zorder=3,
            label=None if value is None else _text_of(value),
        )
    path = front.sort_values([x_name, y_name])
    ax.plot(
        path[x_name] * x_factor,
        path[y_name] * y_factor,
        color=_GREY,
        linewidth=1.2,
        zorder=2,
        label=f"Pareto front, {len(front)} of {len(df)}",
    )
    ax.set_xlabel(label(x_name) + (", more is better" if x_name != x else ""))
    ax.set_ylabel(label(y_name) + (", more is better" if y_name != y else ""))
    ax.margins(0.08)
    ax.grid(color="#dddddd", linewidth=0.6)
    _tidy(ax)
    ax.legend(frameon=False, fontsize=8, title=None if colour is None else label(colour), title_fontsize=8)
    if labels is None:
        labels = [name for name in axes if name != colour and df[name].nunique(dropna=False) > 1]
    named = [labels] if isinstance(labels, str) else list(labels)
    if named:
        _labelled(ax, [
            (row[x_name] * x_factor, row[y_name] * y_factor, _note(row, named))
            for _, row in path.iterrows()
        ])
    return ax


def _note(row: pd.Series[Any], columns: Sequence[str]) -> str:
    parts = []
    for name in columns:
        text, unit, factor = _split(name)
        value = _text_of(row[name], factor)
        named = f"{value} {unit}" if unit and value != "as is" else f"{text} {value}"
        parts.append(named)
    return ", ".join(parts)


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
        _column(df, name)
    across, down = list(dict.fromkeys(df[x])), list(dict.fromkeys(df[y]))
    cells = np.full((len(down), len(across)), np.nan)
    text, unit, factor = _split(value)
    for (column, row), rows in df.groupby([x, y], dropna=False, sort=False):
        cells[_position(down, row), _position(across, column)] = rows[value].agg(reduce) * factor
    ax = _axes_of(ax, max(4.5, 1.6 + 0.85 * len(across)), max(2.6, 1.4 + 0.5 * len(down)))
    image = ax.imshow(np.ma.masked_invalid(cells), aspect="auto", cmap="viridis")
    low, high = np.nanmin(cells, initial=np.inf), np.nanmax(cells, initial=-np.inf)
    size = 9 if max(len(across), len(down)) <= 12 else 7
    for (row, column), number in np.ndenumerate(cells):
        light = np.isfinite(number) and number > (low + high) / 2
        shown = _cell_text(number)
        ax.text(column, row, shown, ha="center", va="center", fontsize=size, color="black" if light else "white" if np.isfinite(number) else _GREY)
    for axis, name, values in ((ax.xaxis, x, across), (ax.yaxis, y, down)):
        axis_factor = _split(name)[2]
        axis.set_ticks(range(len(values)), [_text_of(each, axis_factor) for each in values])
        axis.set_label_text(label(name))
    if max(len(_text_of(each)) for each in across) * len(across) > 60:
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
        if value == wanted or (value != value and wanted != wanted) or (value is None and wanted != wanted):
            return index
    raise KeyError(wanted)


def _cell_text(number: float) -> str:
    if number != number:
        return "–"
    return f"{number:.3g}" if abs(number) < 1000 else f"{number:,.0f}"


# Causes of a layer's cycles that are drawn apart, by columns of Report.layers; the rest is "other".
_CAUSES = {
    "issue": ("cycles_issue",),
    "fetch": ("cycles_fetch",),
    "data": ("cycles_data", "cycles_contention"),
    "load-use": ("cycles_load_use",),
    "branch": ("cycles_branch",),
}


def layer_bars(
    reports: Any,
    *,
    names: Iterable[str] | None = None,
    inference: int | None = None,
    ax: Axes | None = None,
) -> Axes:
    """The layers of an inference as bars.

    Args:
        reports: One Report: bars are divided by what cycles were spent on. Several: their bars
            stand side by side, layer by layer.
        names: What several reports are called; default: board and firmware.
        inference: Index of the inference; default: the last.
    """
    several = list(reports) if isinstance(reports, list | tuple) else [reports]
    if not several:
        raise InputError("layer_bars needs at least one report")
    tables = [_layers(report, inference) for report in several]
    rows = max(tables, key=len)
    height = 0.9 + len(rows) * (0.3 if len(several) == 1 else 0.16 * len(several) + 0.1)
    ax = _axes_of(ax, 7.2, height)
    if len(several) == 1:
        _stacked(ax, rows)
    else:
        given = list(names) if names is not None else [f"{r.board}, {_stem(r.firmware)}" for r in several]
        if len(given) != len(several):
            raise InputError(f"layer_bars: {len(several)} reports, but {len(given)} names")
        thick = 0.8 / len(tables)
        for number, (table, name) in enumerate(zip(tables, given)):
            places = [position + thick * (number - (len(tables) - 1) / 2) for position in range(len(table))]
            ax.barh(places, table["milliseconds"], thick * 0.95, color=COLOURS[number % len(COLOURS)], label=name)
    ax.set_yticks(range(len(rows)), _layer_names(rows))
    ax.set_ylim(len(rows) - 0.4, -0.6)
    ax.set_xlabel("time (ms)")
    ax.grid(axis="x", color="#dddddd", linewidth=0.6)
    ax.tick_params(axis="y", length=0)
    _tidy(ax)
    ax.legend(frameon=False, fontsize=8)
    return ax


def _stem(path: str) -> str:
    from pathlib import Path

    return Path(path).stem


def _layers(report: Any, inference: int | None) -> pd.DataFrame:
    table = report.layers
    if len(table) == 0:
        raise InputError("the report has no layers: no inference of a known framework ran to its end")
    found = table.index.get_level_values("inference")
    wanted = found[-1] if inference is None else inference
    if wanted not in found:
        raise InputError(f"inference {wanted} has no layers; there are {', '.join(map(str, dict.fromkeys(found)))}")
    rows: pd.DataFrame = table[found == wanted]
    return rows


def _layer_names(rows: pd.DataFrame) -> list[str]:
    return [f"{number} {op}" for number, op in zip(rows.index.get_level_values("layer"), rows["op"])]


def _stacked(ax: Axes, rows: pd.DataFrame) -> None:
    left = rows["milliseconds"] * 0.0
    rest = rows["cycles"].astype(float)
    per_cycle = rows["milliseconds"] / rows["cycles"].where(rows["cycles"] > 0)
    for number, (name, columns) in enumerate(_CAUSES.items()):
        cycles = rows[list(columns)].fillna(0).sum(axis=1)
        rest -= cycles
        width = (cycles * per_cycle).fillna(0)
        ax.barh(range(len(rows)), width, 0.75, left=left, color=COLOURS[number], label=name)
        left = left + width
    ax.barh(range(len(rows)), (rest * per_cycle).fillna(0), 0.75, left=left, color=_GREY, label="other")

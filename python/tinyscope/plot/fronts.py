"""Pareto fronts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from tinyscope.plot.style import (
    COLOURS,
    GREY,
    MARKERS,
    axes_of,
    column_of,
    label,
    split,
    text_of,
    tidy,
)
from tinyscope.sweeps.front import pareto

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes


_Box = tuple[float, float, float, float]  # left, bottom, right, top, in pixels


def _labelled(ax: Axes, points: Sequence[tuple[float, float, str]]) -> None:
    """Texts beside points of a front, where they cover nothing; those that find no room are left
    out. Far from its point a text has a line to it."""
    from matplotlib.text import Text

    figure = ax.figure
    figure.canvas.draw()
    renderer = figure.canvas.get_renderer()
    frame = _box(ax.get_window_extent(renderer))
    taken = _marks(ax) + [_box(ax.get_legend().get_window_extent(renderer))]
    texts: list[_Box] = []
    for x, y, words in points:
        for dx, dy in _OFFSETS:
            note = ax.annotate(
                words,
                (x, y),
                xytext=(dx, dy),
                textcoords="offset points",
                ha="left" if dx > 0 else "right" if dx < 0 else "center",
                va="bottom" if dy > 0 else "top" if dy < 0 else "center",
                fontsize=8,
                color="#333333",
                arrowprops=_leader(dx, dy) if max(abs(dx), abs(dy)) > 12 else None,
            )
            note.update_positions(renderer)
            box = _box(Text.get_window_extent(note, renderer))  # without the line
            link = _between(ax.transData.transform((x, y)), _nearest(box, dx, dy))
            if (
                _inside(box, frame)
                and not any(_overlap(box, other) for other in taken)
                and not any(_overlap(step, text) for step in link for text in texts)
            ):
                taken.append(box)
                texts.append(box)
                break
            note.remove()


# Where a text may stand, in points from its point, the best place first.
_OFFSETS = [
    (right * distance, up * distance)
    for distance in (8, 20, 34)
    for right, up in ((1, 1), (1, 0), (1, -1), (-1, -1), (-1, 0), (-1, 1), (0, 1), (0, -1))
]


def _leader(dx: float, dy: float) -> dict[str, Any]:
    """A thin line from the point to the corner or side of the text that is nearest."""
    side = (0.0 if dx > 0 else 1.0 if dx < 0 else 0.5, 0.0 if dy > 0 else 1.0 if dy < 0 else 0.5)
    style = {"arrowstyle": "-", "color": GREY, "linewidth": 0.6, "shrinkA": 0, "shrinkB": 4}
    return {**style, "relpos": side}


def _marks(ax: Axes) -> list[_Box]:
    """What points and the line through the front cover."""
    import numpy as np

    boxes: list[_Box] = []
    for collection in ax.collections:
        for x, y in ax.transData.transform(collection.get_offsets()):
            boxes.append((x - 5, y - 5, x + 5, y + 5))
    for line in ax.lines:
        corners = ax.transData.transform(np.column_stack(line.get_data()))
        for start, end in zip(corners, corners[1:]):
            boxes += _between(start, end)
    return boxes


def _between(start: Any, end: Any) -> list[_Box]:
    """Small boxes along a straight line."""
    import numpy as np

    steps = int(np.abs(np.subtract(end, start)).max() // 4) + 1
    return [(x - 1, y - 1, x + 1, y + 1) for x, y in np.linspace(start, end, steps)]


def _nearest(box: _Box, dx: float, dy: float) -> tuple[float, float]:
    """The corner, or the middle of the side, of a text that its point is nearest to."""
    x = box[0] if dx > 0 else box[2] if dx < 0 else (box[0] + box[2]) / 2
    y = box[1] if dy > 0 else box[3] if dy < 0 else (box[1] + box[3]) / 2
    return x, y


def _box(extent: Any) -> _Box:
    return extent.x0, extent.y0, extent.x1, extent.y1


def _inside(one: _Box, other: _Box) -> bool:
    return one[0] >= other[0] and one[1] >= other[1] and one[2] <= other[2] and one[3] <= other[3]


def _overlap(one: _Box, other: _Box) -> bool:
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
    ax = axes_of(ax, 7.2, 4.8)
    (_, _, x_factor), (_, _, y_factor) = split(x_name), split(y_name)
    shown = df.dropna(subset=[x_name, y_name])
    axes = columns[: min(columns.index(x_name), columns.index(y_name))]
    if colour is None:
        texts = [name for name in axes if df[name].map(lambda value: isinstance(value, str)).any()]
        colour = next((name for name in texts if 1 < df[name].nunique() <= len(COLOURS)), None)
    groups = (
        [(None, shown)]
        if colour is None
        else list(shown.groupby(column_of(shown, colour), sort=False, dropna=False))
    )
    for number, (value, rows) in enumerate(groups):
        on_front = rows.index.isin(front.index)
        ax.scatter(
            rows[x_name] * x_factor,
            rows[y_name] * y_factor,
            s=[52 if on else 26 for on in on_front],
            alpha=None,
            c=COLOURS[number % len(COLOURS)],
            marker=MARKERS[number % len(MARKERS)],
            edgecolors=["black" if on else "none" for on in on_front],
            linewidths=0.9,
            zorder=3,
            label=None if value is None else text_of(value),
        )
    path = front.sort_values([x_name, y_name])
    ax.plot(
        path[x_name] * x_factor,
        path[y_name] * y_factor,
        color=GREY,
        linewidth=1.2,
        zorder=2,
        label=f"Pareto front, {len(front)} of {len(df)}",
    )
    ax.set_xlabel(label(x_name) + (", more is better" if x_name != x else ""))
    ax.set_ylabel(label(y_name) + (", more is better" if y_name != y else ""))
    ax.margins(0.08)
    ax.grid(color="#dddddd", linewidth=0.6)
    tidy(ax)
    ax.legend(
        frameon=False, fontsize=8, title=None if colour is None else label(colour), title_fontsize=8
    )
    if labels is None:
        labels = [name for name in axes if name != colour and df[name].nunique(dropna=False) > 1]
    named = [labels] if isinstance(labels, str) else list(labels)
    if named:
        _labelled(
            ax,
            [
                (row[x_name] * x_factor, row[y_name] * y_factor, _note(row, named))
                for _, row in path.iterrows()
            ],
        )
    return ax


def _note(row: pd.Series[Any], columns: Sequence[str]) -> str:
    """What sets a point apart, without what is left as it is: "80 MHz, weights in sram1"."""
    parts = []
    for name in columns:
        value = row[name]
        if value is None or value != value:
            continue
        text, unit, factor = split(name)
        shown = text_of(value, factor)
        if name.startswith("place_"):
            parts.append(f"{name.removeprefix('place_')} in {shown}")
        elif isinstance(value, bool):
            parts.append(text if value else f"no {text}")
        elif unit:
            parts.append(f"{shown} {unit}")
        else:
            parts.append(shown if isinstance(value, str) else f"{text} {shown}")
    return ", ".join(parts) or "as is"

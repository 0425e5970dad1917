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
            inside = (
                box.x0 >= frame.x0
                and box.x1 <= frame.x1
                and box.y0 >= frame.y0
                and box.y1 <= frame.y1
            )
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
    parts = []
    for name in columns:
        text, unit, factor = split(name)
        value = text_of(row[name], factor)
        named = f"{value} {unit}" if unit and value != "as is" else f"{text} {value}"
        parts.append(named)
    return ", ".join(parts)

"""The layers of an inference as bars."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from tinyscope._core import InputError
from tinyscope.plot.style import COLOURS, GREY, axes_of, tidy

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes


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
        inference: Index of the inference; default: the last one that is complete.
    """
    several = list(reports) if isinstance(reports, list | tuple) else [reports]
    if not several:
        raise InputError("layer_bars needs at least one report")
    tables = [_layers(report, inference) for report in several]
    rows = max(tables, key=len)
    height = 0.9 + len(rows) * (0.3 if len(several) == 1 else 0.16 * len(several) + 0.1)
    ax = axes_of(ax, 7.2, height)
    if len(several) == 1:
        _stacked(ax, rows)
    else:
        given = (
            list(names)
            if names is not None
            else [f"{r.board}, {_stem(r.firmware)}" for r in several]
        )
        if len(given) != len(several):
            raise InputError(f"layer_bars: {len(several)} reports, but {len(given)} names")
        thick = 0.8 / len(tables)
        for number, (table, name) in enumerate(zip(tables, given)):
            places = [
                position + thick * (number - (len(tables) - 1) / 2)
                for position in range(len(table))
            ]
            ax.barh(
                places,
                table["milliseconds"],
                thick * 0.95,
                color=COLOURS[number % len(COLOURS)],
                label=name,
            )
    ax.set_yticks(range(len(rows)), _layer_names(rows))
    ax.set_ylim(len(rows) - 0.4, -0.6)
    ax.set_xlabel("time (ms)")
    ax.grid(axis="x", color="#dddddd", linewidth=0.6)
    ax.tick_params(axis="y", length=0)
    tidy(ax)
    ax.legend(
        frameon=False, fontsize=8, ncols=6, loc="lower left", bbox_to_anchor=(0, 1), borderaxespad=0
    )
    return ax


def _stem(path: str) -> str:
    from pathlib import Path

    return Path(path).stem


def _layers(report: Any, inference: int | None) -> pd.DataFrame:
    table = report.layers
    if len(table) == 0:
        raise InputError(
            "the report has no layers: no inference of a known framework ran to its end"
        )
    found = table.index.get_level_values("inference")
    if inference is None:
        runs = report.inferences
        complete = runs.index[runs["complete"].astype(bool)]
        wanted = max(complete.intersection(found), default=found[-1])
    elif inference in found:
        wanted = inference
    else:
        known = ", ".join(map(str, dict.fromkeys(found)))
        raise InputError(f"inference {inference} has no layers; there are {known}")
    rows: pd.DataFrame = table[found == wanted]
    return rows


def _layer_names(rows: pd.DataFrame) -> list[str]:
    return [
        f"{number} {op}" for number, op in zip(rows.index.get_level_values("layer"), rows["op"])
    ]


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
    ax.barh(
        range(len(rows)), (rest * per_cycle).fillna(0), 0.75, left=left, color=GREY, label="other"
    )

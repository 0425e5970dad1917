"""Limits on a report, as an assertion. Budget files and baselines are `tinyscope check`."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from numbers import Real
from typing import TYPE_CHECKING, Union

from tinyscope._core import InputError

if TYPE_CHECKING:
    import pandas as pd

    from tinyscope.report import Report

Limit = Union[float, "tuple[float | None, float | None]"]
"""At most this; or (at least, at most), where None is no limit."""

_LAYER_NAMES = ("op", "name", "kernel")


@dataclass(frozen=True)
class _Broken:
    what: str
    measured: float
    limit: float
    word: str  # "at most", "at least"

    def cells(self) -> tuple[str, ...]:
        off = self.measured - self.limit
        share = f" ({off / self.limit * 100:+.1f} %)" if self.limit else ""
        return (self.what, _number(self.measured), f"{self.word} {_number(self.limit)}",
                f"{'+' if off > 0 else ''}{_number(off)}{share}")


def assert_budget(
    report: Report,
    *,
    layer: Mapping[str, Limit | Mapping[str, Limit]] | None = None,
    **limits: Limit,
) -> None:
    """Fails with a table of what is broken, unless the report keeps every limit.

    Args:
        report: Of `profile()` or `mcu.profile()`.
        layer: Limits for each layer whose operator, tensor name or kernel matches the pattern (`*`
            and `?`): cycles, or a column of `Report.layers` -> limit. Means of steady inferences.
        limits: Metric -> limit, by the names of `Report.metrics`: `cycles=1e6` is "at most",
            `macs_per_cycle=(0.5, None)` "at least".

    Raises:
        AssertionError: A limit is broken.
        InputError: A metric or column that does not exist or that this run does not have, a
            pattern that matches no layer, no limit at all.
    """
    __tracebackhide__ = True
    layers = dict(layer or {})
    if not limits and not layers:
        raise InputError("assert_budget: give at least one limit, such as cycles=1_000_000")
    broken = []
    for name, limit in limits.items():
        broken += _check(name, _metric(report, name), limit)
    for pattern, wanted in layers.items():
        columns = wanted if isinstance(wanted, Mapping) else {"cycles": wanted}
        broken += _check_layers(report, pattern, columns)
    if broken:
        count = "a limit is" if len(broken) == 1 else f"{len(broken)} limits are"
        raise AssertionError(f"{count} broken by {report.firmware} on {report.board}:\n"
                             + _table(line.cells() for line in broken))


def _metric(report: Report, name: str) -> float:
    if name in report.metrics:
        return report.metrics[name]
    from tinyscope import metric_kinds

    known = [kind.name for kind in metric_kinds()]
    if name in known:
        raise InputError(f"assert_budget: this run has no {name}; it has "
                         f"{', '.join(report.metrics)}")
    raise InputError(f"assert_budget: {_unknown('metric', name, known)}")


def _check_layers(report: Report, pattern: str, columns: Mapping[str, Limit]) -> list[_Broken]:
    rows = _steady_layers(report)
    chosen = rows[[any(fnmatchcase(str(row[key]), pattern) for key in _LAYER_NAMES)
                   for _, row in rows.iterrows()]]
    if chosen.empty:
        there = ", ".join(dict.fromkeys(map(str, rows["op"]))) or "none"
        raise InputError(f"assert_budget: no layer matches '{pattern}'; operators of this run: "
                         f"{there}")
    broken = []
    for column, limit in columns.items():
        if column not in rows.columns or not _numeric(rows[column]):
            numeric = [name for name in rows.columns if _numeric(rows[name])]
            raise InputError(f"assert_budget: {_unknown('layer column', column, numeric)}")
        for index, values in chosen.groupby(level="layer"):
            first = values.iloc[0]
            broken += _check(f"layer {index} {first['op']}, {column}",
                             float(values[column].mean()), limit)
    return broken


def _steady_layers(report: Report) -> pd.DataFrame:
    """Layers of the inferences that statistics are of: complete, no warm-up."""
    runs = report.inferences
    complete = runs[runs["complete"].astype(bool)]
    steady = complete[~complete["warm_up"].astype(bool)]
    chosen = complete if steady.empty else steady
    layers = report.layers
    return layers[layers.index.get_level_values("inference").isin(chosen.index)]


def _check(what: str, measured: float, limit: Limit) -> list[_Broken]:
    low, high = limit if isinstance(limit, tuple) else (None, limit)
    for bound in (low, high):
        if bound is not None and (isinstance(bound, bool) or not isinstance(bound, Real)):
            raise InputError(f"assert_budget: {what}: expected a number or (low, high), "
                             f"found {limit!r}")
    if high is not None and not measured <= high:
        return [_Broken(what, measured, float(high), "at most")]
    if low is not None and not measured >= low:
        return [_Broken(what, measured, float(low), "at least")]
    return []


def _numeric(column: pd.Series) -> bool:
    from pandas.api.types import is_bool_dtype, is_numeric_dtype

    return is_numeric_dtype(column) and not is_bool_dtype(column)


def _unknown(kind: str, name: str, known: Iterable[str]) -> str:
    names = list(known)
    close = difflib.get_close_matches(name, names, 1)
    hint = f"did you mean {close[0]}?" if close else f"expected one of {', '.join(names)}"
    return f"{kind} '{name}' is not known: {hint}"


def _number(value: float) -> str:
    if float(value).is_integer():
        return f"{value:,.0f}"
    return f"{value:,.3f}" if abs(value) < 1000 else f"{value:,.1f}"


def _table(rows: Iterable[tuple[str, ...]]) -> str:
    lines = list(rows)
    widths = [max(len(row[column]) for row in lines) for column in range(len(lines[0]))]
    return "\n".join(
        "  " + "  ".join([row[0].ljust(widths[0]),
                          *(cell.rjust(width) for cell, width in zip(row[1:], widths[1:]))])
        for row in lines)

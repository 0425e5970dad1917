"""Which figures of a run become columns: names of Report.metrics, and functions of the report."""

from __future__ import annotations

import math
from collections.abc import Callable, Container, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from tinyscope._core import InputError
from tinyscope.hints import hint_for

DEFAULT = ("latency_ms", "cycles", "energy_uj", "ram_bytes", "flash_bytes")
# Columns that every table of a sweep has behind those of axes and metrics.
OUTCOME = ("error", "host_seconds", "status")

Metric = str | Callable[[Any], Any]
Metrics = Iterable[Metric] | Mapping[str, Metric] | Metric


@dataclass(frozen=True)
class Column:
    """One metric, or all those that a function returns as a dict."""

    name: str
    metric: Metric


def _named(metric: Metric) -> Column:
    if isinstance(metric, str):
        return Column(metric, metric)
    name = getattr(metric, "__name__", "")
    if not callable(metric) or not name.isidentifier():
        raise InputError(
            f"metric {metric!r} has no name; give metrics as a mapping of column names to metrics"
        )
    return Column(name, metric)


def columns_of(metrics: Metrics | None, axes: Iterable[str]) -> list[Column]:
    """Raises InputError for a metric that no report has, and for names that stand twice."""
    from tinyscope import _core

    if metrics is None:
        metrics = DEFAULT
    if isinstance(metrics, Mapping):
        columns = [Column(str(name), metric) for name, metric in metrics.items()]
    elif isinstance(metrics, str) or callable(metrics):
        columns = [_named(metrics)]
    else:
        columns = [_named(metric) for metric in metrics]
    known = [kind.name for kind in _core.metric_kinds()]
    for column in columns:
        if callable(column.metric) or column.metric in known:
            continue
        hint = hint_for(str(column.metric), known, "there are")
        raise InputError(f"'{column.metric}' is no metric of a report: {hint}")
    if not columns:
        raise InputError("a sweep needs at least one metric")
    names = [column.name for column in columns]
    for name in names:
        if names.count(name) > 1 or name in (*OUTCOME, *axes):
            raise InputError(f"two columns of the sweep have the name '{name}'")
    return columns


def _number(name: str, value: Any) -> float:
    if value is None:
        return math.nan
    try:
        return float(value)
    except (TypeError, ValueError):
        raise TypeError(f"'{name}' is {value!r}, which is no number") from None


def evaluated(
    columns: Iterable[Column], report: Any, taken: Container[str] = ()
) -> tuple[dict[str, float], str | None]:
    """Figures by column, NaN for what is not known, and the first error of a function.

    Functions that return a dict make columns of its keys, which may not have a name of `taken`.
    """
    figures: dict[str, float] = {}
    first_error: str | None = None
    of_report: Mapping[str, float] = report.metrics
    for column in columns:
        if isinstance(column.metric, str):
            figures[column.name] = of_report.get(column.metric, math.nan)
            continue
        try:
            result = column.metric(report)
            if not isinstance(result, Mapping):
                result = {column.name: result}
            for name, value in result.items():
                if name in figures or name in taken or name in OUTCOME:
                    raise ValueError(f"there is a column '{name}' already")
                figures[str(name)] = _number(str(name), value)
        except Exception as error:  # of the user's function
            first_error = first_error or f"metric '{column.name}': {type(error).__name__}: {error}"
    return figures, first_error

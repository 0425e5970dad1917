"""One point as a worker gets it, and what becomes of it. Imports nothing that is slow to import."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from tinyscope.sweeps.selection import Column, evaluated


@dataclass(frozen=True)
class Plan:
    """What is the same for all points of a sweep."""

    columns: Sequence[Column]
    report: Callable[[dict[str, Any], Any], object] | None = None  # called with point and report
    keep_json: bool = False
    axes: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Task:
    """Arguments of one run. `model`: of a bare model instead of firmware."""

    index: int
    labels: dict[str, Any]
    image: str
    model: bool
    arguments: dict[str, Any]


@dataclass
class Outcome:
    """`status` is "ok", "failed" (see `error`) or "lost" (its worker was killed each time)."""

    index: int
    metrics: dict[str, float] = field(default_factory=dict)
    error: str | None = None
    host_seconds: float | None = None
    status: str = "ok"
    json: str | None = None


def _profiled(task: Task) -> Any:
    import tinyscope

    arguments = dict(task.arguments)
    if "what_if" in arguments:
        arguments["what_if"] = tinyscope.WhatIf(**arguments["what_if"])
    board = arguments.pop("board")
    if task.model:
        return tinyscope.profile_model(task.image, board, **arguments)
    return tinyscope.profile(task.image, board, **arguments)


def run_task(task: Task, plan: Plan) -> Outcome:
    """Runs one point. Whatever goes wrong is in the outcome; only an interrupt comes through."""
    outcome = Outcome(task.index)
    started = time.perf_counter()
    try:
        report = _profiled(task)
        if report.status != 0:  # what was measured until then stays in the row
            outcome.error = f"the run ended with status {report.status}: {report.stop_reason}"
        outcome.metrics, failed_metric = evaluated(plan.columns, report, plan.axes)
        outcome.error = outcome.error or failed_metric
        if plan.keep_json:
            outcome.json = report.to_json()
        if plan.report is not None:
            plan.report(task.labels, report)
    except Exception as error:
        text = str(error) or "no message"
        named = type(error).__name__
        outcome.error = text if named == "InputError" else f"{named}: {text}"
    outcome.host_seconds = time.perf_counter() - started
    outcome.status = "failed" if outcome.error else "ok"
    return outcome

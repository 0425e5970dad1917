"""tinyscope.sweep: the points of a space, one profiled run each, as one table."""

from __future__ import annotations

import os
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tinyscope._core import InputError
from tinyscope.sweeps.arguments import check_axes, check_options, known_axes
from tinyscope.sweeps.builds import Builds, Source
from tinyscope.sweeps.progress import Progress
from tinyscope.sweeps.record import Record
from tinyscope.sweeps.results import open_results
from tinyscope.sweeps.selection import Metrics, columns_of
from tinyscope.sweeps.space import Space, points_of
from tinyscope.sweeps.task import Outcome, Plan, Task, run_task

if TYPE_CHECKING:
    import pandas as pd


def sweep(
    space: Space,
    firmware: Source | None = None,
    metrics: Metrics | None = None,
    *,
    model: Source | None = None,
    method: str | None = None,
    samples: int | None = None,
    seed: int = 0,
    where: Callable[[Mapping[str, Any]], object] | None = None,
    workers: int | None = None,
    client: Any = None,
    results: str | os.PathLike[str] | None = None,
    resume: bool = True,
    progress: bool = True,
    report: str | os.PathLike[str] | Callable[[dict[str, Any], Any], object] | None = None,
    on_result: Callable[[dict[str, Any]], object] | None = None,
    **options: Any,
) -> pd.DataFrame:
    """Profiles firmware at every point of a space; a table with a row for each.

    Args:
        space: Values by axis, `{"board": ["nucleo-l4r5zi"], "clock_hz": [40e6, 80e6]}`, or a list
            of points (dicts, or a DataFrame). Axes are the arguments of `tinyscope.profile` and
            `tinyscope.WhatIf`, `place_weights`, `place_code`, `place_arena`, `sensor.NAME`,
            `pin.NAME`, `set.PERIPHERAL.PARAMETER`. None means: as firmware and board do it. An axis
            may be a mapping of labels to values, for values that do not fit into a table.
        firmware: Path of an image, a pattern such as "build/kws-{board}.elf" (`{board:_}` writes
            `_` for `-`), or a function from a point to the path of what it built. Such a function
            runs in this process, once for each combination of the axes that it reads.
        metrics: Names of `Report.metrics`, and functions of a Report that return a number or a dict
            of numbers; a mapping gives columns other names. Default: latency, cycles, energy, RAM,
            flash. Functions run in the workers.
        model: The same as `firmware` for bare .tflite models, by `tinyscope.profile_model`.
        method: "grid": every combination, the last axis fastest. "random": `samples` of them, drawn
            with `seed`; an axis may then be a function of a random.Random. "list": the axes side by
            side.
        where: Leaves out the points for which it is false.
        workers: Processes; default: one a core. 0 runs in this process.
        client: A dask.distributed.Client, whose cluster does the work instead.
        results: File (.csv, .sqlite, .parquet) that gets every row at once, and of which rows of
            the same run (arguments, files, firmware, version) are not run again. Rows with errors
            are.
        resume: False: runs all points again.
        progress: A bar, on terminals only.
        report: Folder that gets the JSON report of every point, or a function that a worker calls
            with the point and its Report.
        on_result: Called in this process with each row as it arrives, in no certain order.
        **options: Arguments of `tinyscope.profile`, or axes, that are the same for all points.

    Returns:
        In the order of the space: a column for each axis, each metric (NaN: not known), then
        `error` (None, or what went wrong), `host_seconds` and `status`: "ok", "failed", or "lost"
        when the worker was killed three times over that point.

    Raises:
        InputError: Before anything runs: an axis, option or metric that is not known, functions
            that cannot be sent to workers, a results file of another sweep.
        KeyboardInterrupt: Ctrl-C. Finished rows are in the results file.
    """
    points = points_of(space, method, samples, seed, where)
    axes = list(points[0].labels)
    known = known_axes()
    check_axes(axes, known)
    check_options(options, known)
    fixed = dict(options)
    fixed.update({} if firmware is None else {"firmware": firmware})
    fixed.update({} if model is None else {"model": model})
    for name in axes:
        if name in fixed:
            raise InputError(f"'{name}' is given as an axis and for all points")
    given = {*axes, *fixed}
    if len(given & {"firmware", "model"}) != 1:
        raise InputError("a sweep runs either firmware= or model=, given for all or as an axis")
    if "board" not in given:
        raise InputError("a sweep needs a board, as an axis or as board=")
    columns = columns_of(metrics, axes)
    folder = None if report is None or callable(report) else Path(report)
    plan = Plan(columns, report if callable(report) else None, folder is not None, frozenset(axes))
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
    named = [column.name for column in columns if isinstance(column.metric, str)]
    executor = _executor(plan, client, len(points) if workers is None else workers, workers is None)
    file = open_results(results, axes, named) if results is not None else None
    record = Record(points, columns, fixed, file.rows if file and resume else [], folder)
    try:
        with closing(Builds()) as builds, closing(Progress(len(points), progress)) as bar:
            with closing(executor(record.tasks(builds))) as outcomes:
                for outcome in outcomes:
                    row, is_new = record.finished(outcome)
                    if file is not None and is_new:
                        file.append(row)
                    bar.add(outcome)
                    if on_result is not None:
                        on_result(record.row(outcome.index))
        if file is not None:
            file.finish(record.all_rows(file.rows))
    finally:
        if file is not None:
            file.close()
    return record.frame()


Executor = Callable[[Iterator[Task | Outcome]], Generator[Outcome, None, None]]


def _executor(plan: Plan, client: Any, workers: int, at_most: bool) -> Executor:
    if client is not None:
        from tinyscope.sweeps.dask_workers import DaskWorkers

        return DaskWorkers(plan, client).run
    if workers < 0:
        raise InputError(f"workers: expected a number of processes, found {workers}")
    if workers == 0:
        return lambda tasks: (
            task if isinstance(task, Outcome) else run_task(task, plan) for task in tasks
        )
    from tinyscope.sweeps.local_workers import LocalWorkers

    cores = len(os.sched_getaffinity(0))
    return LocalWorkers(plan, min(workers, cores) if at_most else workers).run

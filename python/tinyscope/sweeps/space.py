"""The points of a sweep, in order: every combination, some at random, or a list.

A value of an axis has a label, which is what stands in tables: the value itself, or the key of an
axis that is given as a mapping of labels to values.
"""

from __future__ import annotations

import math
import os
import random
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tinyscope._core import InputError

Label = None | bool | int | float | str
Space = Mapping[str, Any] | Iterable[Mapping[str, Any]]


@dataclass(frozen=True)
class Point:
    """One run: for each axis its value and the label of that value."""

    index: int
    labels: dict[str, Label]
    values: dict[str, Any]


def plain(value: Any) -> Any:
    """numpy's scalars as Python's, paths as text."""
    if isinstance(value, os.PathLike):
        return os.fspath(value)
    if (
        type(value).__module__ == "numpy"
        and hasattr(value, "item")
        and not getattr(value, "ndim", 1)
    ):
        return value.item()
    return value


def label_of(axis: str, value: Any) -> Label:
    if isinstance(value, float) and math.isnan(value):
        return None
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, list | tuple) and all(isinstance(part, str) for part in value):
        return " ".join(value)
    raise InputError(
        f"axis '{axis}': a value of type {type(value).__name__} does not fit into a table; give the"
        " axis as a mapping of names to values, such as {'quiet': (samples, 16000)}"
    )


@dataclass(frozen=True)
class _Axis:
    name: str
    labels: list[Label]
    values: list[Any]
    draw: Callable[[random.Random], Any] | None = None

    def at(self, position: int) -> tuple[Label, Any]:
        return self.labels[position], self.values[position]


def _axis(name: str, given: Any) -> _Axis:
    if isinstance(given, Mapping):
        labels: list[Label] = [plain(key) for key in given]
        values = [plain(value) for value in given.values()]
    elif callable(given) and name not in ("firmware", "model"):
        return _Axis(name, [], [], given)
    elif isinstance(given, str | bytes | os.PathLike) or not isinstance(given, Iterable):
        values = [plain(given)]
        labels = [label_of(name, value) for value in values]
    else:
        values = [plain(value) for value in given]
        labels = [label_of(name, value) for value in values]
    if not values:
        raise InputError(f"axis '{name}' has no values")
    return _Axis(name, labels, values)


def _combination(axes: Sequence[_Axis], number: int) -> list[tuple[Label, Any]]:
    """The number-th combination, of which the last axis changes fastest."""
    chosen = []
    for axis in reversed(axes):
        number, position = divmod(number, len(axis.values))
        chosen.append(axis.at(position))
    return chosen[::-1]


def _random(
    axes: Sequence[_Axis], samples: int | None, seed: int
) -> Iterator[list[tuple[Label, Any]]]:
    if samples is None or samples < 1:
        raise InputError("method 'random' needs samples=, the number of points to draw")
    draw = random.Random(seed)
    if not any(axis.draw for axis in axes):
        total = math.prod(len(axis.values) for axis in axes)
        for number in draw.sample(range(total), min(samples, total)):
            yield _combination(axes, number)
        return
    for _ in range(samples):
        chosen: list[tuple[Label, Any]] = []
        for axis in axes:
            if axis.draw is None:
                chosen.append(axis.at(draw.randrange(len(axis.values))))
            else:
                value = plain(axis.draw(draw))
                chosen.append((label_of(axis.name, value), value))
        yield chosen


def _listed(axes: Sequence[_Axis]) -> Iterator[list[tuple[Label, Any]]]:
    lengths = {axis.name: len(axis.values) for axis in axes}
    if len(set(lengths.values())) > 1:
        counts = ", ".join(f"{name} has {length}" for name, length in lengths.items())
        raise InputError(
            f"method 'list' takes the axes side by side, so all need as many values: {counts}"
        )
    for position in range(next(iter(lengths.values()))):
        yield [axis.at(position) for axis in axes]


def _from_rows(rows: Iterable[Mapping[str, Any]]) -> list[Point]:
    points: list[Point] = []
    names: list[str] = []
    for index, row in enumerate(rows):
        if not isinstance(row, Mapping):
            raise InputError(f"point {index} of the space is no mapping of axes to values: {row!r}")
        if index == 0:
            names = list(row)
        if set(row) != set(names):
            odd = ", ".join(sorted(set(row) ^ set(names)))
            raise InputError(f"point {index} of the space has other axes than the first one: {odd}")
        values = {name: plain(row[name]) for name in names}
        points.append(Point(index, {name: label_of(name, values[name]) for name in names}, values))
    return points


def points_of(
    space: Space,
    method: str | None = None,
    samples: int | None = None,
    seed: int = 0,
    where: Callable[[Mapping[str, Any]], object] | None = None,
) -> list[Point]:
    """All points of a space, in the order of its rows.

    Raises InputError for an empty space, an axis without values, or a method that does not fit.
    """
    if method not in (None, "grid", "random", "list"):
        raise InputError(f"method '{method}' is not known; there are grid, random and list")
    if hasattr(space, "to_dict") and hasattr(space, "columns"):  # a DataFrame
        space = space.to_dict("records")
    if isinstance(space, Mapping):
        axes = [_axis(str(name), given) for name, given in space.items()]
        if not axes:
            raise InputError("the space has no axes")
        drawn = [axis.name for axis in axes if axis.draw]
        if drawn and method != "random":
            raise InputError(
                f"axis '{drawn[0]}' is a function, which only method 'random' can call"
            )
        if method == "random":
            chosen: Iterable[list[tuple[Label, Any]]] = _random(axes, samples, seed)
        elif method == "list":
            chosen = _listed(axes)
        else:
            total = math.prod(len(axis.values) for axis in axes)
            chosen = (_combination(axes, number) for number in range(total))
        names = [axis.name for axis in axes]
        points = [
            Point(
                index,
                {name: label for name, (label, _) in zip(names, choice)},
                {name: value for name, (_, value) in zip(names, choice)},
            )
            for index, choice in enumerate(chosen)
        ]
    else:
        if method not in (None, "list"):
            raise InputError(f"a list of points goes with method 'list', not '{method}'")
        points = _from_rows(space)
    if where is not None:
        kept = [point for point in points if where(point.values)]
        points = [Point(index, point.labels, point.values) for index, point in enumerate(kept)]
    if not points:
        raise InputError("the space has no points")
    return points

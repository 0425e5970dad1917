"""What is known of each point while a sweep runs: which run it is, and what became of it."""

from __future__ import annotations

import math
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tinyscope._core import InputError
from tinyscope.sweeps import fingerprint
from tinyscope.sweeps.arguments import arguments_of
from tinyscope.sweeps.builds import BuildError, Builds, Source
from tinyscope.sweeps.results import IDENTITY, Identity, Row, identity_of, number
from tinyscope.sweeps.selection import OUTCOME, Column
from tinyscope.sweeps.space import Point
from tinyscope.sweeps.task import Outcome, Task

if TYPE_CHECKING:
    import pandas as pd

_NO_IMAGE: Identity = ("", "", "")  # of a point whose build failed


class Record:
    """tasks() may be run through by another thread than the one that calls the rest."""

    def __init__(
        self,
        points: Sequence[Point],
        columns: Sequence[Column],
        options: Mapping[str, Any],
        kept: Sequence[Row],
        reports: Path | None,
    ) -> None:
        self._points = points
        self._axes = list(points[0].labels)
        self._columns = columns
        self._options = dict(options)
        self._reports = reports
        self._kept = {identity_of(row): row for row in kept if row["status"] == "ok"}
        self._outcomes: dict[int, Outcome] = {}
        self._identities: dict[int, Identity] = {}
        self._first: dict[Identity, int] = {}
        self._recalled: set[int] = set()

    def tasks(self, builds: Builds) -> Iterator[Task | Outcome]:
        """In the order of the points: what is to be run, and what is known without. A point that is
        the same run as one before comes once."""
        for point in self._points:
            values = {**self._options, **point.values}
            image_name = "model" if "model" in values else "firmware"
            source: Source = values.pop(image_name)
            try:
                image = builds.image(source, values)
                arguments = arguments_of(values)
            except (BuildError, InputError) as error:
                yield Outcome(point.index, error=str(error), status="failed")
                continue
            names = [column.name for column in self._columns]
            key = fingerprint.key_of({image_name: None, **arguments}, names)
            identity = (key, image.sha256, fingerprint.version())
            self._identities[point.index] = identity
            if identity in self._first:
                continue
            self._first[identity] = point.index
            yield self._recall(point, identity) or Task(
                point.index, point.labels, image.path, image_name == "model", arguments
            )

    def _recall(self, point: Point, identity: Identity) -> Outcome | None:
        row = self._kept.get(identity)
        if row is None or (self._reports is not None and not self._report_path(point).exists()):
            return None
        others = {*self._axes, *OUTCOME, *IDENTITY}
        figures = {name: number(value) for name, value in row.items() if name not in others}
        self._recalled.add(point.index)
        return Outcome(point.index, figures, host_seconds=number(row["host_seconds"]))

    def _report_path(self, point: Point) -> Path:
        assert self._reports is not None
        labels = [str(label) for label in point.labels.values()]
        texts = [Path(label).stem if "/" in label else label for label in labels]
        name = re.sub(r"[^A-Za-z0-9.]+", "-", "-".join(texts)).strip("-.")[:100]
        return self._reports / f"{point.index:05d}-{name}.json"

    def finished(self, outcome: Outcome) -> tuple[Row, bool]:
        """Keeps the outcome; its row for the results file, and whether that is new there."""
        self._outcomes[outcome.index] = outcome
        if outcome.json is not None:
            path = self._report_path(self._points[outcome.index])
            partial = path.with_suffix(".partial")
            partial.write_text(outcome.json, encoding="utf-8")
            os.replace(partial, path)
            outcome.json = None
        return self._kept_row(outcome.index), outcome.index not in self._recalled

    def row(self, index: int) -> Row:
        """The columns that users see."""
        identity = self._identities.get(index)
        outcome = self._outcomes[index if identity is None else self._first[identity]]
        return {
            **self._points[index].labels,
            **outcome.metrics,
            "error": outcome.error,
            "host_seconds": outcome.host_seconds,
            "status": outcome.status,
        }

    def _kept_row(self, index: int) -> Row:
        identity = self._identities.get(index, _NO_IMAGE)
        return {**self.row(index), **dict(zip(IDENTITY, (" ".join(self._axes), *identity)))}

    def all_rows(self, before: Sequence[Row]) -> list[Row]:
        """For the results file when all is done: this sweep's in order, then those of `before` that
        are of other runs."""
        mine = [self._kept_row(index) for index in sorted(self._outcomes)]
        known = {_NO_IMAGE, *self._identities.values()}
        return mine + [row for row in before if identity_of(row) not in known]

    def frame(self) -> pd.DataFrame:
        import pandas as pd

        rows = [self.row(point.index) for point in self._points]
        found = {name for outcome in self._outcomes.values() for name in outcome.metrics}
        metrics = [
            column.name
            for column in self._columns
            if isinstance(column.metric, str) or column.name in found
        ]
        metrics += sorted(found.difference(metrics))
        frame = pd.DataFrame(rows, columns=[*self._axes, *metrics, *OUTCOME])
        for name in metrics:
            frame[name] = frame[name].astype(float)
        frame["host_seconds"] = frame["host_seconds"].astype(float)
        frame["error"] = [None if _missing(error) else error for error in frame["error"]]
        return frame


def _missing(value: Any) -> bool:
    return value is None or (isinstance(value, float) and math.isnan(value))

"""The result of a profiled run."""

from __future__ import annotations

import json
from functools import cached_property
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tinyscope import _core

if TYPE_CHECKING:
    import pandas as pd

# Exit status of the command line for the same end of a run.
PASS = 0


class Report:
    """What a run cost and why, as numbers, DataFrames and files.

    DataFrames are made when first asked for; `tinyscope.frames` describes their columns, and
    docs/python.md shows them. A report can be pickled; what only a fresh run knows (its time line,
    counts of single instructions) is lost then, as in `from_json`.
    """

    def __init__(
        self, core: _core.ProfileReport, *, uart: str = "", status: int = PASS, saved: bool = False
    ) -> None:
        self._core = core
        self._saved = saved
        self.uart = uart
        """What firmware printed on its console; empty in a report read from a file."""
        self.status = status
        """0: the run ended as wanted; 1: firmware failed; 124: a limit ended it."""

    # --- as a whole

    @cached_property
    def data(self) -> dict[str, Any]:
        """All of the report, as profiler/report.schema.json describes it."""
        decoded: dict[str, Any] = json.loads(self.to_json())
        return decoded

    @property
    def firmware(self) -> str:
        """File name of the image."""
        return str(self.data["firmware"]["path"])

    @property
    def firmware_sha256(self) -> str:
        return str(self.data["firmware"]["sha256"])

    @property
    def board(self) -> str:
        return str(self.data["board"])

    @property
    def stop_reason(self) -> str:
        """Why the run ended."""
        return str(self.data["stop_reason"])

    @cached_property
    def metrics(self) -> dict[str, float]:
        """The figures that people compare, by name; see `tinyscope.metric_kinds` for units.

        What is not known is not there: without an inference there is no `latency_ms`.
        """
        return {name: metric.value for name, metric in self._core.metrics().items()}

    @cached_property
    def metric_bounds(self) -> dict[str, tuple[float, float]]:
        """Lowest and highest value that each metric may have; equal for what is exact."""
        return {name: (metric.low, metric.high) for name, metric in self._core.metrics().items()}

    # --- tables

    @cached_property
    def layers(self) -> pd.DataFrame:
        """A row for each layer of each inference; index `inference`, `layer` (from 0)."""
        from tinyscope import frames

        return frames.layers(self.data)

    @cached_property
    def inferences(self) -> pd.DataFrame:
        """A row for each inference; `milliseconds` is elapsed time, with interrupts."""
        from tinyscope import frames

        return frames.inferences(self.data)

    @cached_property
    def functions(self) -> pd.DataFrame:
        """A row for each function that ran; `inclusive_cycles` are with callees, others without."""
        from tinyscope import frames

        return frames.functions(self.data)

    @cached_property
    def lines(self) -> pd.DataFrame:
        """A row for each source line that ran, where the image has debug information."""
        from tinyscope import frames

        return frames.lines(self.data)

    @cached_property
    def memory(self) -> pd.DataFrame:
        """Flash and RAM, and within RAM static data, stacks, heap and arena: used and there."""
        from tinyscope import frames

        return frames.memory(self.data)

    @cached_property
    def image(self) -> pd.DataFrame:
        """Sections and symbols of the firmware image with the bytes they take."""
        from tinyscope import frames

        return frames.image(self.data)

    @cached_property
    def energy(self) -> pd.DataFrame:
        """Energy by unit of the board and the state it was in."""
        from tinyscope import frames

        return frames.energy(self.data)

    @cached_property
    def stalls(self) -> pd.DataFrame:
        """Cycles by cause, over the whole run and within inferences."""
        from tinyscope import frames

        return frames.stalls(self.data)

    @cached_property
    def phases(self) -> pd.DataFrame:
        """What firmware was doing; the cycles of all phases sum up to the run's."""
        from tinyscope import frames

        return frames.phases(self.data)

    @cached_property
    def interrupts(self) -> pd.DataFrame:
        """A row for each exception handler; index: exception number, 16 is IRQ 0."""
        from tinyscope import frames

        return frames.interrupts(self.data)

    @cached_property
    def threads(self) -> pd.DataFrame:
        """Threads of an RTOS; empty without one."""
        from tinyscope import frames

        return frames.threads(self.data)

    @cached_property
    def traffic(self) -> pd.DataFrame:
        """Data accesses of each layer by memory; empty without `traffic=True`."""
        from tinyscope import frames

        return frames.traffic(self.data)

    @cached_property
    def caches(self) -> pd.DataFrame:
        """Hits and misses of each layer by cache."""
        from tinyscope import frames

        return frames.caches(self.data)

    # --- as text and files

    def table(self, width: int = 120) -> str:
        """The tables that `tinyscope profile` prints, `width` columns wide."""
        return self._core.table(width).decode()

    def to_bytes(self, format: str) -> bytes:
        """The report in one of the formats of the command line: json, html, csv, perfetto, ..."""
        known = {known.name: known for known in _core.report_formats()}
        if format not in known:
            raise _core.InputError(
                f"report format '{format}' is not known; expected one of {', '.join(known)}"
            )
        if self._saved and format != "json" and not known[format].from_report:
            raise _core.InputError(
                f"{format} needs more than the JSON of a run holds: write it from the report that "
                "profile() returned"
            )
        return self._core.written(format)

    def write(self, format: str, path: str | PathLike[str]) -> None:
        """Writes the report to a file in one of the formats of `to_bytes`."""
        Path(path).write_bytes(self.to_bytes(format))

    def to_json(self, path: str | PathLike[str] | None = None) -> str:
        """JSON as `tinyscope profile --json` writes it; to the file `path` as well if given."""
        return self._text("json", path)

    def to_html(self, path: str | PathLike[str] | None = None) -> str:
        """The interactive page, in itself complete; to the file `path` as well if given."""
        return self._text("html", path)

    @classmethod
    def from_json(cls, source: str | PathLike[str]) -> Report:
        """Reads back what `to_json` or the command line wrote: a file, or the text itself."""
        if isinstance(source, str) and source.lstrip().startswith("{"):
            return cls(_core.parse_report(source, "report"), saved=True)
        try:
            text = Path(source).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise _core.InputError(f"{source}: cannot be read as a report: {error}") from None
        return cls(_core.parse_report(text, str(source)), saved=True)

    def __str__(self) -> str:
        return self.table()

    def __repr__(self) -> str:
        return f"<Report of {self._summary()}>"

    def _repr_html_(self) -> str:
        from html import escape

        shown = ["op", "name", "kernel", "shape", "macs", "cycles", "milliseconds", "energy_uj"]
        table = self.layers[shown].to_html(max_rows=40, float_format="{:,.3f}".format)
        return f"<p><b>{escape(self._summary())}</b></p>{table}"

    def __reduce__(self) -> tuple[Any, ...]:
        return _unpickled, (self.to_json(), self.uart, self.status)

    def _text(self, format: str, path: str | PathLike[str] | None) -> str:
        written = self.to_bytes(format)
        if path is not None:
            Path(path).write_bytes(written)
        return written.decode()

    def _summary(self) -> str:
        """One line: the run and its main figures."""
        figures = self.metrics
        count = int(figures.get("inferences", 0))
        parts = [f"{count} inference" + ("" if count == 1 else "s")]
        for name, text in (
            ("latency_ms", "{:,.3f} ms"),
            ("cycles", "{:,.0f} cycles"),
            ("energy_uj", "{:,.1f} uJ"),
            ("ram_bytes", "{:,.0f} bytes of RAM"),
        ):
            if name in figures:
                parts.append(text.format(figures[name]))
        return f"{self.firmware} on {self.board}: {', '.join(parts)}"


def _unpickled(text: str, uart: str, status: int) -> Report:
    return Report(_core.parse_report(text, "report"), uart=uart, status=status, saved=True)

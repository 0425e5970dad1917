"""The file in which a sweep keeps what it has, row by row, and from which it goes on.

A row holds the columns of the sweep's table and, behind them, what says which run it is: the axes
of the sweep, a digest of the arguments, the digest of the firmware and the version of tinyscope.
Rows of other firmware, arguments or versions stay in the file and are not used.
"""

from __future__ import annotations

import csv
import fcntl
import io
import math
import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Protocol

from tinyscope._core import InputError
from tinyscope.sweeps.selection import OUTCOME

Row = dict[str, Any]
IDENTITY = ("sweep_axes", "point_key", "firmware_sha256", "tinyscope_version")
Identity = tuple[str, str, str]


def identity_of(row: Row) -> Identity:
    return row["point_key"], row["firmware_sha256"], row["tinyscope_version"]


class ResultsFile(Protocol):
    """Rows that are on disk as soon as append() returns."""

    rows: list[Row]  # what the file held when it was opened

    def append(self, row: Row) -> None:
        ...

    def finish(self, rows: Sequence[Row]) -> None:
        """Replaces everything by these rows, at once or not at all."""

    def close(self) -> None:
        ...


def ordered_columns(axes: Sequence[str], metrics: Iterable[str]) -> list[str]:
    return [*axes, *metrics, *OUTCOME, *IDENTITY]


def _one_line(value: Any) -> Any:
    return " | ".join(value.splitlines()) if isinstance(value, str) else value


def number(text: Any) -> float:
    return math.nan if text in (None, "") else float(text)


def check_same_sweep(path: Path, found_axes: Any, axes: Sequence[str]) -> None:
    if found_axes != " ".join(axes):
        raise InputError(
            f"{path} holds the results of another sweep: its axes are '{found_axes}', those of this"
            f" one '{' '.join(axes)}'; name another file"
        )


class CsvResults:
    """Text, a row a line; a last line that was cut off is taken away."""

    def __init__(self, path: Path, axes: Sequence[str], metrics: Sequence[str]) -> None:
        self._path = path
        self._axes = list(axes)
        self.rows: list[Row] = []
        self._file = self._opened()
        self._columns = ordered_columns(axes, metrics)
        self._read(metrics)

    def _opened(self) -> io.TextIOWrapper:
        file = open(self._path, "a+", encoding="utf-8", newline="")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            file.close()
            raise InputError(f"{self._path} is in use by another sweep") from None
        return file

    def _read(self, metrics: Sequence[str]) -> None:
        self._file.seek(0)
        text = self._file.read()
        whole = text[: text.rfind("\n") + 1]
        if whole != text and (whole or self._is_start_of_header(text)):
            self._file.truncate(len(whole.encode()))
            text = whole
        if not text:
            self._write([self._columns])
            return
        lines = csv.reader(io.StringIO(text))
        header = next(lines)
        if header[-len(IDENTITY) :] != list(IDENTITY):
            raise InputError(
                f"{self._path} is no results file of a sweep: its columns do not end with"
                f" {', '.join(IDENTITY)}; name another file"
            )
        for fields in lines:
            if len(fields) == len(header):
                self.rows.append(dict(zip(header, fields)))
        if self.rows:
            check_same_sweep(self._path, self.rows[0]["sweep_axes"], self._axes)
        elif header[: len(self._axes)] != self._axes:
            check_same_sweep(self._path, " ".join(header[: -len(IDENTITY)]), self._axes)
        others = [name for name in header if name not in self._columns]
        self._columns = ordered_columns(self._axes, [*metrics, *others])
        if header != self._columns:
            self._rewrite(self.rows)

    def _is_start_of_header(self, text: str) -> bool:
        written = io.StringIO()
        csv.writer(written).writerow(self._columns)
        return written.getvalue().startswith(text)

    def _write(self, lines: Iterable[Iterable[Any]]) -> None:
        # One write a row: whoever is killed leaves a prefix of it.
        text = io.StringIO()
        csv.writer(text, lineterminator="\n").writerows(lines)
        self._file.write(text.getvalue())
        self._file.flush()

    def _fields(self, row: Row) -> list[Any]:
        return ["" if row.get(name) is None else _one_line(row[name]) for name in self._columns]

    def append(self, row: Row) -> None:
        new = [name for name in row if name not in self._columns]
        if new:
            last = self._columns.index(OUTCOME[0])
            self._columns[last:last] = new
            self._rewrite([*self._written(), row])
        else:
            self._write([self._fields(row)])

    def _written(self) -> list[Row]:
        self._file.seek(0)
        return list(csv.DictReader(self._file))

    def _rewrite(self, rows: Sequence[Row]) -> None:
        partial = self._path.with_name(self._path.name + ".partial")
        with open(partial, "w", encoding="utf-8", newline="") as file:
            lines = csv.writer(file, lineterminator="\n")
            lines.writerow(self._columns)
            lines.writerows(self._fields(row) for row in rows)
        os.replace(partial, self._path)
        self._file.close()
        self._file = self._opened()

    def finish(self, rows: Sequence[Row]) -> None:
        self._rewrite(rows)

    def close(self) -> None:
        self._file.close()


class SqliteResults:
    """A table `points` of a database, a transaction a row."""

    def __init__(self, path: Path, axes: Sequence[str], metrics: Sequence[str]) -> None:
        import sqlite3

        self._errors = sqlite3.DatabaseError
        self._path = path
        self._axes = list(axes)
        self._database = sqlite3.connect(path, isolation_level=None)
        self._database.row_factory = sqlite3.Row
        try:
            self._open(metrics)
        except sqlite3.DatabaseError as error:
            raise InputError(
                f"{path} is no database of a sweep: {error}; name another file"
            ) from error

    def _open(self, metrics: Sequence[str]) -> None:
        columns = ordered_columns(self._axes, metrics)
        tables = [row["name"] for row in self._database.execute("SELECT name FROM sqlite_master")]
        if "points" not in tables:
            if tables:
                raise InputError(f"{self._path} is a database with other tables; name another file")
            self._create(columns)
        found = [row["name"] for row in self._database.execute("PRAGMA table_info(points)")]
        self.rows: list[Row] = [dict(row) for row in self._database.execute("SELECT * FROM points")]
        if found[-len(IDENTITY) :] != list(IDENTITY) and "sweep_axes" not in found:
            raise InputError(f"{self._path} has a table of other points; name another file")
        if self.rows:
            check_same_sweep(self._path, self.rows[0]["sweep_axes"], self._axes)
        elif found[: len(self._axes)] != self._axes:
            check_same_sweep(self._path, " ".join(found), self._axes)
        self._columns = found
        self._add(columns)

    def _create(self, columns: Sequence[str]) -> None:
        self._database.execute(f"CREATE TABLE points ({', '.join(map(_quoted, columns))})")

    def _add(self, columns: Iterable[str]) -> None:
        for name in columns:
            if name not in self._columns:
                self._database.execute(f"ALTER TABLE points ADD COLUMN {_quoted(name)}")
                self._columns.append(name)

    def append(self, row: Row) -> None:
        self._add(row)
        names = ", ".join(_quoted(name) for name in row)
        marks = ", ".join("?" * len(row))
        values = [_one_line(value) for value in row.values()]
        self._database.execute(f"INSERT INTO points ({names}) VALUES ({marks})", values)

    def finish(self, rows: Sequence[Row]) -> None:
        self._database.execute("BEGIN")
        self._database.execute("DELETE FROM points")
        for row in rows:
            self.append(row)
        self._database.execute("COMMIT")

    def close(self) -> None:
        self._database.close()


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


class ParquetResults:
    """Parquet cannot be appended to: rows go to a database beside it until the sweep ends."""

    def __init__(self, path: Path, axes: Sequence[str], metrics: Sequence[str]) -> None:
        import pandas

        self._pandas = pandas
        self._path = path
        self._metrics = list(metrics)
        kept: list[Row] = []
        if path.exists():
            frame = pandas.read_parquet(path)
            if any(name not in frame.columns for name in IDENTITY):
                raise InputError(f"{path} is no results file of a sweep; name another file")
            kept = frame.astype(object).where(frame.notna(), None).to_dict("records")
            if kept:
                check_same_sweep(path, kept[0]["sweep_axes"], axes)
        self._side_path = path.with_name(path.name + ".partial.sqlite")
        self._side = SqliteResults(self._side_path, axes, metrics)
        self.rows = kept + self._side.rows

    def append(self, row: Row) -> None:
        self._side.append(row)
        self.rows.append(row)

    def finish(self, rows: Sequence[Row]) -> None:
        self.rows = list(rows)

    def close(self) -> None:
        self._side.close()
        frame = self._pandas.DataFrame(self.rows)
        partial = self._path.with_name(self._path.name + ".partial")
        frame.to_parquet(partial, index=False)
        os.replace(partial, self._path)
        self._side_path.unlink()


def _has_parquet() -> bool:
    from importlib.util import find_spec

    return any(find_spec(name) is not None for name in ("pyarrow", "fastparquet"))


def open_results(
    path: str | os.PathLike[str], axes: Sequence[str], metrics: Sequence[str]
) -> ResultsFile:
    """By suffix: .csv, .sqlite or .db, .parquet.

    Raises InputError for a file that holds something else, or another sweep.
    """
    path = Path(path)
    if not path.parent.is_dir():
        raise InputError(f"{path}: there is no folder {path.parent}")
    suffix = path.suffix.lower()
    if suffix == ".csv":
        return CsvResults(path, axes, metrics)
    if suffix in (".sqlite", ".sqlite3", ".db"):
        return SqliteResults(path, axes, metrics)
    if suffix == ".parquet":
        if not _has_parquet():
            raise InputError(f"{path}: Parquet needs pyarrow or fastparquet; use .csv or .sqlite")
        return ParquetResults(path, axes, metrics)
    raise InputError(f"{path}: results go to .csv, .sqlite or .parquet, not '{suffix}'")

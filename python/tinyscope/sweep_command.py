"""`tinyscope sweep`: the sweep that a TOML file describes."""

from __future__ import annotations

import argparse
import itertools
import math
import sys
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tinyscope._core import InputError

if TYPE_CHECKING:
    import pandas as pd

PASS, ALL_FAILED, USAGE, INTERRUPTED = 0, 1, 2, 130

# Keys of [sweep] that are arguments of tinyscope.sweep; all others are options of every run.
_ARGUMENTS = (
    "firmware",
    "model",
    "method",
    "samples",
    "seed",
    "workers",
    "results",
    "resume",
    "report",
)
# Options that name files, which are sought beside the TOML file.
_FILES = (
    "firmware",
    "model",
    "mic",
    "imu",
    "camera",
    "scenario",
    "uart_script",
    "power",
    "results",
    "report",
)
_KEYS = ("sweep", "axes", "points")


class _At:
    """Where in which file; makes errors."""

    def __init__(self, path: Path, key: str = "") -> None:
        self._path = path
        self._key = key

    def error(self, text: str) -> InputError:
        return InputError(f"{self._path}: {self._key + ': ' if self._key else ''}{text}")

    def key(self, key: str) -> _At:
        return _At(self._path, f"{self._key}.{key}" if self._key else key)

    def beside(self, name: str, value: Any) -> Any:
        """Relative paths are relative to the file's folder."""
        if isinstance(value, Mapping):
            return {label: self.beside(name, each) for label, each in value.items()}
        if isinstance(value, list):
            return [self.beside(name, each) for each in value]
        is_file = name in _FILES or name.startswith("sensor.") or Path(str(value)).suffix == ".toml"
        if not isinstance(value, str) or not is_file:
            return value
        return str(self._path.parent / value)


def _range(table: Mapping[str, Any], at: _At) -> list[Any]:
    """{ from = 1, to = 4, step = 1 } with both ends."""
    first, last, step = table["from"], table["to"], table["step"]
    numbers = all(
        isinstance(each, int | float) and not isinstance(each, bool) for each in (first, last, step)
    )
    if not numbers or step <= 0 or last < first:
        raise at.error("expected numbers from <= to and a step above 0")
    count = math.floor((last - first) / step + 1e-9) + 1
    return [first + position * step for position in range(count)]


def _value(value: Any) -> Any:
    """TOML has no None: "default" is what firmware and board do by themselves."""
    if isinstance(value, Mapping):
        return {label: _value(each) for label, each in value.items()}
    if isinstance(value, list):
        return [_value(each) for each in value]
    return None if value == "default" else value


def _axes(table: Mapping[str, Any], at: _At, prefix: str = "") -> dict[str, Any]:
    axes: dict[str, Any] = {}
    for key, given in table.items():
        name = prefix + key
        if not prefix and key in ("sensor", "pin", "set") and isinstance(given, Mapping):
            axes.update(_axes(given, at.key(key), f"{key}."))
        elif prefix == "set." and isinstance(given, Mapping):
            axes.update(_axes(given, at.key(key), f"{name}."))
        elif isinstance(given, Mapping) and set(given) == {"from", "to", "step"}:
            axes[name] = _range(given, at.key(key))
        else:
            axes[name] = at.beside(name, _value(given))
    return axes


def read_sweep(path: str | Path) -> tuple[Any, dict[str, Any]]:
    """Space and keyword arguments of tinyscope.sweep, as a TOML file gives them.

    Raises InputError with file and key for what is not understood.
    """
    at = _At(Path(path))
    try:
        with open(path, "rb") as file:
            tables = tomllib.load(file)
    except OSError as error:
        raise InputError(f"{path}: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise at.error(str(error)) from None
    for key in tables:
        if key not in _KEYS:
            raise at.error(f"'{key}' is not known; a sweep has [sweep], [axes] or [[points]]")
    if ("axes" in tables) == ("points" in tables):
        raise at.error("expected either [axes] or [[points]]")
    if "axes" in tables:
        if not isinstance(tables["axes"], Mapping):
            raise at.key("axes").error("expected a table, [axes]")
        space: Any = _axes(tables["axes"], at.key("axes"))
    else:
        points = tables["points"]
        if not isinstance(points, list) or not all(isinstance(point, Mapping) for point in points):
            raise at.key("points").error("expected tables, [[points]]")
        space = [
            _axes(point, at.key(f"points[{number}]")) for number, point in enumerate(points, 1)
        ]
    settings = tables.get("sweep", {})
    if not isinstance(settings, Mapping):
        raise at.key("sweep").error("expected a table, [sweep]")
    arguments = {
        key: at.key("sweep").beside(key, _value(value) if key not in _ARGUMENTS else value)
        for key, value in settings.items()
    }
    _check_types(arguments, at.key("sweep"))
    return space, arguments


def _check_types(arguments: Mapping[str, Any], at: _At) -> None:
    for names, kind, text in (
        (("firmware", "model", "method", "results", "report"), str, "a string"),
        (("samples", "seed", "workers"), int, "a whole number"),
        (("resume",), bool, "true or false"),
    ):
        for name in names:
            value = arguments.get(name)
            if name in arguments and (
                not isinstance(value, kind) or (kind is int and value is True)
            ):
                raise at.key(name).error(f"expected {text}, found {value!r}")
    metrics = arguments.get("metrics", [])
    if not isinstance(metrics, list) or not all(isinstance(name, str) for name in metrics):
        raise at.key("metrics").error(f"expected names of metrics, found {metrics!r}")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="tinyscope sweep",
        description="Profiles firmware at every point of a space that a TOML file describes.",
        epilog="docs/sweeps.md describes the file. Exit status: 0, 1 when every point failed, 2 for"
        " wrong input, 130 after Ctrl-C, which keeps all finished points in the results file.",
    )
    parser.add_argument("file", metavar="sweep.toml")
    parser.add_argument("--workers", type=int, metavar="N", help="processes; default: one a core")
    parser.add_argument(
        "--results",
        metavar="FILE",
        help=".csv, .sqlite or .parquet, where the sweep goes on when run"
        " again; default: sweep.csv",
    )
    parser.add_argument(
        "--restart", action="store_true", help="run again what the results file has"
    )
    parser.add_argument(
        "--pareto",
        metavar="A,B,...",
        help="print the rows that no other beats in these"
        " columns; a minus before a name: more is better",
    )
    parser.add_argument(
        "--plot",
        metavar="FILE",
        help="plot the first two columns of --pareto, or the first two metrics",
    )
    parser.add_argument("--quiet", action="store_true", help="no table, no progress")
    return parser


def _printed(df: pd.DataFrame) -> str:
    import pandas as pd

    shown = df.drop(columns=["host_seconds", "status"])
    if shown["error"].isna().all():
        shown = shown.drop(columns="error")
    with pd.option_context("display.width", 200, "display.max_colwidth", 60):
        return str(shown.to_string(float_format=lambda number: f"{number:,.6g}", na_rep="-"))


def _compared(options: argparse.Namespace, columns: Sequence[str]) -> list[str]:
    """Columns of --pareto, each perhaps with a minus before it."""
    names = [name.strip() for name in (options.pareto or "").split(",") if name.strip()]
    for name in names:
        if name not in columns and name.removeprefix("-") not in columns:
            raise InputError(f"--pareto: '{name}' is no column; there are {', '.join(columns)}")
    return names


def _plotted(
    options: argparse.Namespace, compared: Sequence[str], metrics: Sequence[str]
) -> list[str]:
    """The two columns of --plot."""
    if not options.plot:
        return []
    bare = [name.removeprefix("-") for name in compared]
    both = [*compared, *(name for name in metrics if name not in bare)][:2]
    if len(both) < 2:
        raise InputError(
            "--plot needs two columns to compare, such as --pareto latency_ms,energy_uj"
        )
    return both


def _show(
    df: pd.DataFrame, options: argparse.Namespace, compared: Sequence[str], plotted: Sequence[str]
) -> None:
    from tinyscope.sweeps.front import pareto

    if not options.quiet:
        print(_printed(df))
    if compared:
        front = pareto(df, *compared)
        print(f"\nPareto front of {', '.join(compared)}: {len(front)} of {len(df)} points")
        print(_printed(front))
    if plotted:
        from tinyscope import plot

        plot.pareto_front(df, *plotted).figure.savefig(options.plot, dpi=150)
    failed = df[df["status"] != "ok"]
    for error, rows in itertools.islice(failed.groupby("error", sort=False), 5):
        print(f"{len(rows)} of {len(df)} points failed: {error}", file=sys.stderr)


def main(arguments: Sequence[str]) -> int:
    """Runs `tinyscope sweep`; its exit status."""
    try:
        options = _parser().parse_args(arguments)
    except SystemExit as end:
        return int(end.code or 0)
    keep = ""
    try:
        from tinyscope.sweeps import sweep
        from tinyscope.sweeps.selection import DEFAULT

        space, given = read_sweep(options.file)
        if options.workers is not None:
            given["workers"] = options.workers
        if options.results is not None:
            given["results"] = options.results
        if options.restart:
            given["resume"] = False
        given.setdefault("results", str(Path(options.file).with_suffix(".csv")))
        keep = f"; finished points are in {given['results']}"
        metrics = given.get("metrics", list(DEFAULT))
        axes = list(space if isinstance(space, Mapping) else space[0])
        compared = _compared(options, [*axes, *metrics])
        plotted = _plotted(options, compared, metrics)
        try:
            df = sweep(space, progress=not options.quiet, **given)
        except TypeError as error:  # a key of [sweep] that is no option
            raise InputError(f"{options.file}: sweep: {error}") from None
        except InputError as error:
            raise InputError(f"{options.file}: {error}") from None
        _show(df, options, compared, plotted)
    except InputError as error:
        print(f"tinyscope: error: {error}", file=sys.stderr)
        return USAGE
    except KeyboardInterrupt:
        print(f"tinyscope: interrupted{keep}", file=sys.stderr)
        return INTERRUPTED
    return ALL_FAILED if (df["status"] != "ok").all() else PASS


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

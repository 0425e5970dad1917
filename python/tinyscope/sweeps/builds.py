"""Which image or model a point runs: a path, a pattern of paths, or a function that builds it."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tinyscope._core import InputError

Source = str | os.PathLike[str] | Callable[[Mapping[str, Any]], Any]


@dataclass(frozen=True)
class Image:
    """A file to run, with the digest of its content."""

    path: str
    sha256: str


class BuildError(Exception):
    """A build that failed, or a file that is not there: the error of those points that need it."""


def sha256_of(path: str | os.PathLike[str]) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


class _Text(str):
    """The format `{board:_}` writes `_` for `-`, as names of build folders often do."""

    def __format__(self, spec: str) -> str:
        return self.replace("-", "_") if spec == "_" else super().__format__(spec)


class _Read(Mapping[str, Any]):
    """A point that remembers which of its axes were looked at."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        self._values = values
        self.read: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        self.read[name] = value = self._values[name]
        return value

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __repr__(self) -> str:
        return f"point {dict(self._values)}"


def expanded(pattern: str, values: Mapping[str, Any]) -> str:
    """A path with `{axis}` replaced by the value of the point."""
    texts = {
        name: _Text(value) if isinstance(value, str) else value for name, value in values.items()
    }
    try:
        return pattern.format_map(texts)
    except KeyError as error:
        raise InputError(
            f"'{pattern}' names the axis {error}, which this sweep does not have"
        ) from None
    except (ValueError, IndexError, AttributeError) as error:
        raise InputError(f"'{pattern}' is no pattern of a path: {error}") from None


def _same(one: Any, other: Any) -> bool:
    try:
        return one is other or bool(one == other)
    except ValueError:  # arrays
        return False


class Builds:
    """Images by point. Not for several threads at once.

    A function is called once for each combination of the axes that it reads from its point, and
    what it returns is copied: it may build to the same path each time.
    """

    def __init__(self) -> None:
        self._files: dict[str, Image | BuildError] = {}
        self._built: list[tuple[Source, dict[str, Any], Image | BuildError]] = []
        self._folder: tempfile.TemporaryDirectory[str] | None = None

    def close(self) -> None:
        if self._folder is not None:
            self._folder.cleanup()

    def image(self, source: Source, values: Mapping[str, Any]) -> Image:
        """Raises BuildError if there is none."""
        found = (
            self._build(source, values)
            if callable(source)
            else self._file(expanded(os.fspath(source), values))
        )
        if isinstance(found, BuildError):
            raise found
        return found

    def _file(self, path: str) -> Image | BuildError:
        if path not in self._files:
            try:
                self._files[path] = Image(path, sha256_of(path))
            except OSError as error:
                self._files[path] = BuildError(f"{path}: {error.strerror}")
        return self._files[path]

    def _build(
        self, build: Callable[[Mapping[str, Any]], Any], values: Mapping[str, Any]
    ) -> Image | BuildError:
        for known, read, result in self._built:
            if known is build and all(
                name in values and _same(values[name], value) for name, value in read.items()
            ):
                return result
        point = _Read(values)
        result = self._built_image(build, point)
        self._built.append((build, point.read, result))
        return result

    def _built_image(
        self, build: Callable[[Mapping[str, Any]], Any], point: _Read
    ) -> Image | BuildError:
        name = getattr(build, "__name__", type(build).__name__)
        try:
            path = Path(os.fspath(build(point)))
            digest = sha256_of(path)
            if self._folder is None:
                self._folder = tempfile.TemporaryDirectory(prefix="tinyscope-builds-")
            copy = Path(self._folder.name) / digest[:12] / path.name
            if not copy.exists():
                copy.parent.mkdir(exist_ok=True)
                shutil.copyfile(path, copy)
            return Image(str(copy), digest)
        except Exception as error:  # whatever a user's build throws belongs to its points
            return BuildError(f"build '{name}' failed: {type(error).__name__}: {error}")

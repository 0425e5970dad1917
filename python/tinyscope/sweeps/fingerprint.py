"""Digests of what a run was given, so that a result is used again only for the very same run."""

from __future__ import annotations

import functools
import hashlib
import json
import os
import pickle
from collections.abc import Mapping
from typing import Any

from tinyscope import _core
from tinyscope.sweeps.builds import sha256_of


@functools.lru_cache(maxsize=4096)
def _of_file(path: str, modified_ns: int, size: int) -> str:
    return sha256_of(path)


def _of_path(path: str) -> list[str] | None:
    """A file by its content, a folder by that of all its files; None if there is neither."""
    try:
        status = os.stat(path)
    except (OSError, ValueError):
        return None
    if os.path.isdir(path):
        found = []
        for folder, folders, files in os.walk(path):
            folders.sort()
            for name in sorted(files):
                full = os.path.join(folder, name)
                found.append(os.path.relpath(full, path))
                found.extend(_of_path(full) or [])
        return found
    return ["file", _of_file(path, status.st_mtime_ns, status.st_size)]


def _canonical(value: Any) -> Any:
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, str | os.PathLike):
        text = os.fspath(value)
        return [str(text), *(_of_path(str(text)) or [])]
    if isinstance(value, Mapping):
        return {str(name): _canonical(value[name]) for name in sorted(value, key=str)}
    if isinstance(value, list | tuple):
        return [_canonical(part) for part in value]
    if hasattr(value, "tobytes"):  # an array
        digest = hashlib.sha256(value.tobytes()).hexdigest()
        return ["array", str(value.dtype), list(value.shape), digest]
    return [type(value).__name__, hashlib.sha256(pickle.dumps(value)).hexdigest()]


def key_of(arguments: Mapping[str, Any], columns: list[str]) -> str:
    """Digest of the arguments of a run, with the content of files that they name, and of the
    names of the figures that are taken from it."""
    text = json.dumps([_canonical(arguments), columns], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:32]


@functools.cache
def version() -> str:
    """The version of tinyscope and of its compiled half, so that a new build begins anew."""
    return f"{_core.version}+{sha256_of(_core.__file__)[:8]}"

"""The points of a sweep on a Dask cluster.

Images travel with the points, as tasks of their own that the cluster computes again when the
worker that holds one is lost. Everything else that points name has to be at the same path on all
machines. How often a point is tried again after its worker died is Dask's setting
`distributed.scheduler.allowed-failures`.
"""

from __future__ import annotations

import functools
import os
import pickle
import tempfile
import warnings
from collections.abc import Generator, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from tinyscope._core import InputError
from tinyscope.sweeps.builds import sha256_of
from tinyscope.sweeps.fingerprint import version
from tinyscope.sweeps.local_workers import packed
from tinyscope.sweeps.task import Outcome, Plan, Task, run_task

# Enough to keep many workers busy, and few enough for the memory of the scheduler.
_AHEAD_PER_THREAD = 4
_AHEAD_AT_LEAST = 64


def _held(content: bytes) -> bytes:
    return content


@functools.lru_cache(maxsize=16)
def _unpacked(plan: bytes) -> Plan:
    unpacked: Plan = pickle.loads(plan)
    return unpacked


_found: dict[tuple[str, str], str] = {}


def _local(path: str, digest: str, content: bytes) -> str:
    """The path itself where it has this content, else that of a copy."""
    if (path, digest) not in _found:
        _found[path, digest] = _at_path(path, digest) or _copied(path, digest, content)
    return _found[path, digest]


def _at_path(path: str, digest: str) -> str | None:
    return path if os.path.isfile(path) and sha256_of(path) == digest else None


def _copied(path: str, digest: str, content: bytes) -> str:
    folder = Path(tempfile.gettempdir()) / f"tinyscope-images-{os.getuid()}" / digest
    copy = folder / Path(path).name
    if not (copy.is_file() and sha256_of(copy) == digest):
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=folder, delete=False) as file:
            file.write(content)
        os.replace(file.name, copy)
    return str(copy)


def _run(task: Task, digest: str, content: bytes, plan: bytes) -> Outcome:
    return run_task(replace(task, image=_local(task.image, digest, content)), _unpacked(plan))


def _check_versions(client: Any) -> None:
    try:
        versions = client.run(version)
    except Exception as error:  # whatever the worker could not import
        raise InputError(
            f"the workers of the Dask cluster cannot import tinyscope ({error}); install it there"
        ) from error
    for worker, theirs in versions.items():
        if theirs != version():
            raise InputError(f"Dask worker {worker} has tinyscope {theirs}, this is {version()}")


class DaskWorkers:
    """Outcomes of tasks, as they finish, by the workers of a dask.distributed.Client."""

    def __init__(self, plan: Plan, client: Any) -> None:
        if not (hasattr(client, "submit") and hasattr(client, "nthreads")):
            raise InputError(f"client= is no dask.distributed.Client but {type(client).__name__}")
        self._plan = packed(plan)
        self._client = client
        self._images: dict[str, tuple[str, Any]] = {}

    def run(self, tasks: Iterator[Task | Outcome]) -> Generator[Outcome, None, None]:
        from distributed import as_completed

        _check_versions(self._client)
        threads = sum(self._client.nthreads().values())
        ahead = max(_AHEAD_PER_THREAD * threads, _AHEAD_AT_LEAST)
        indices: dict[Any, int] = {}
        arriving: Any = as_completed()  # type: ignore[no-untyped-call]
        try:
            for task in tasks:
                if isinstance(task, Outcome):
                    yield task
                    continue
                future = self._submitted(task)
                indices[future] = task.index
                arriving.add(future)
                while len(indices) >= ahead:
                    yield self._outcome(next(arriving), indices)
            while indices:
                yield self._outcome(next(arriving), indices)
        finally:
            if indices:
                self._client.cancel(list(indices))

    def _submitted(self, task: Task) -> Any:
        if task.image not in self._images:
            content = Path(task.image).read_bytes()
            digest = sha256_of(task.image)
            with warnings.catch_warnings():
                warnings.filterwarnings("ignore", message="Large object")
                held = self._client.submit(_held, content, key=f"tinyscope-image-{digest}")
            self._images[task.image] = (digest, held)
        digest, held = self._images[task.image]
        return self._client.submit(_run, task, digest, held, self._plan, pure=False)

    @staticmethod
    def _outcome(future: Any, indices: dict[Any, int]) -> Outcome:
        index = indices.pop(future)
        if future.status == "finished":
            outcome: Outcome = future.result()
            return outcome
        if future.status == "cancelled":
            return Outcome(index, error="the Dask cluster gave the point up", status="lost")
        error = future.exception()
        return Outcome(index, error=f"{type(error).__name__}: {error}", status="lost")

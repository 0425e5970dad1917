"""The points of a sweep on a Dask cluster.

A worker that does not see an image at the path that it has here gets its content, once. Points
depend on no other task, whose result could be lost together with a worker. Everything else that
points name has to be at the same path on all machines. How often a point is tried again after its
worker died is Dask's setting `distributed.scheduler.allowed-failures`.
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


@functools.lru_cache(maxsize=16)
def _unpacked(plan: bytes) -> Plan:
    unpacked: Plan = pickle.loads(plan)
    return unpacked


_found: dict[tuple[str, str], str] = {}


def _local(path: str, digest: str, content: bytes | None) -> str | None:
    """The path itself where it has this content, else that of a copy; None: content is needed."""
    copy = Path(tempfile.gettempdir()) / f"tinyscope-{os.getuid()}" / digest / Path(path).name
    if (path, digest) not in _found:
        if content is not None:
            _write(copy, content)
        for there in (path, str(copy)):
            if os.path.isfile(there) and sha256_of(there) == digest:
                _found[path, digest] = there
                break
    return _found.get((path, digest))


def _write(copy: Path, content: bytes) -> None:
    copy.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with tempfile.NamedTemporaryFile(dir=copy.parent, delete=False) as file:
        file.write(content)
    os.replace(file.name, copy)


def _run(task: Task, digest: str, plan: bytes, content: bytes | None = None) -> Outcome | None:
    """None: this worker has no image of the point, and needs its content."""
    image = _local(task.image, digest, content)
    return None if image is None else run_task(replace(task, image=image), _unpacked(plan))


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
        self._digests: dict[str, str] = {}
        self._running: dict[Any, Task] = {}
        # Dask blames the death of a worker on all points that it had, so that each of them is tried
        # once more alone. None: that is what happens now.
        self._suspects: list[Task] | None = []

    def run(self, tasks: Iterator[Task | Outcome]) -> Generator[Outcome, None, None]:
        from distributed import as_completed

        _check_versions(self._client)
        threads = sum(self._client.nthreads().values())
        ahead = max(_AHEAD_PER_THREAD * threads, _AHEAD_AT_LEAST)
        arriving: Any = as_completed()  # type: ignore[no-untyped-call]
        try:
            for task in tasks:
                if isinstance(task, Outcome):
                    yield task
                    continue
                arriving.add(self._submitted(task))
                while len(self._running) >= ahead:
                    yield from self._outcome(next(arriving), arriving)
            while self._running:
                yield from self._outcome(next(arriving), arriving)
            suspects, self._suspects = self._suspects, None
            for task in suspects or ():
                arriving.add(self._submitted(task))
                while self._running:
                    yield from self._outcome(next(arriving), arriving)
        finally:
            if self._running:
                self._client.cancel(list(self._running))

    def _submitted(self, task: Task, content: bytes | None = None) -> Any:
        if task.image not in self._digests:
            self._digests[task.image] = sha256_of(task.image)
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message="Large object")
            future = self._client.submit(
                _run, task, self._digests[task.image], self._plan, content, pure=False
            )
        self._running[future] = task
        return future

    def _outcome(self, future: Any, arriving: Any) -> Iterator[Outcome]:
        """What became of a point; nothing if it goes to the cluster once more."""
        task = self._running.pop(future)
        if future.status == "cancelled":
            yield Outcome(task.index, error="the Dask cluster gave the point up", status="lost")
        elif future.status != "finished":
            error = future.exception()
            if type(error).__name__ == "KilledWorker" and self._suspects is not None:
                self._suspects.append(task)
                return
            text = f"{type(error).__name__}: {error}"
            yield Outcome(task.index, error=text, status="lost")
        else:
            outcome: Outcome | None = future.result()
            if outcome is None:
                arriving.add(self._submitted(task, Path(task.image).read_bytes()))
            else:
                yield outcome

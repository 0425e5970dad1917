"""Worker processes on this machine.

Each is a new Python that imports no more than the simulator, so that starting one takes a fraction
of a second, `__main__` is not run again, and no lock of a thread is copied. One thread here stands
for each of them: it hands out points and starts another process when its own was killed.
"""

from __future__ import annotations

import os
import pickle
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Generator, Iterator
from multiprocessing import Pipe
from typing import Any

from tinyscope.sweeps.task import Outcome, Plan, Task

ATTEMPTS = 3  # of a point whose worker was killed
_PATIENCE_SECONDS = 5.0  # for a worker to end by itself


def packed(plan: Plan) -> bytes:
    """Functions of a plan go by value where cloudpickle is there, else by name."""
    from tinyscope._core import InputError

    functions: list[Any] = [column.metric for column in plan.columns if callable(column.metric)]
    functions += [plan.report] if plan.report is not None else []
    if not functions:
        return pickle.dumps(plan)
    try:
        import cloudpickle
    except ImportError:
        hint = "define it in a module, or install cloudpickle"
        for function in functions:
            if getattr(function, "__module__", None) == "__main__":
                raise InputError(
                    f"function {function!r} cannot be sent to a worker: {hint}"
                ) from None
        dumps = pickle.dumps
    else:
        hint = "what it refers to has to be picklable: open files and connections inside of it"
        dumps = cloudpickle.dumps
    for function in functions:
        try:
            dumps(function)
        except Exception as error:  # pickle raises many kinds
            name = getattr(function, "__name__", repr(function))
            raise InputError(f"'{name}' cannot be sent to a worker ({error}); {hint}") from error
    data: bytes = dumps(plan)
    return data


class WorkerLost(Exception):
    """The process ended without an answer."""


class _Process:
    def __init__(self, plan: bytes) -> None:
        self.connection, theirs = Pipe()
        paths = [os.path.abspath(path) for path in sys.path if isinstance(path, str)]
        self.process = subprocess.Popen(
            [sys.executable, "-P", "-m", "tinyscope.sweeps.worker", str(theirs.fileno())],
            stdin=subprocess.PIPE,
            pass_fds=[theirs.fileno()],
            env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
        )
        theirs.close()
        try:
            self.connection.send_bytes(plan)
            self.connection.recv()
        except (EOFError, OSError):
            raise WorkerLost(self._ending()) from None

    def run(self, task: Task) -> Outcome:
        try:
            self.connection.send(task)
            outcome: Outcome = self.connection.recv()
            return outcome
        except (EOFError, OSError):
            raise WorkerLost(self._ending()) from None

    def _ending(self) -> str:
        self.connection.close()
        status = self.process.wait(_PATIENCE_SECONDS)
        if status >= 0:
            return f"ended with status {status}"
        name = signal.Signals(-status).name
        return f"was killed by {name}" + (" (out of memory?)" if name == "SIGKILL" else "")

    def close(self) -> None:
        self.connection.close()
        try:
            self.process.wait(_PATIENCE_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        if self.process.stdin is not None:
            self.process.stdin.close()


class _Lane:
    """One worker at a time, for as long as there are tasks."""

    def __init__(self, pool: LocalWorkers) -> None:
        self._pool = pool
        self._process: _Process | None = None
        self.thread = threading.Thread(target=self._run, daemon=True)

    def _run(self) -> None:
        try:
            while (task := self._pool.next_task()) is not None:
                outcome = task if isinstance(task, Outcome) else self._outcome_of(task)
                if self._pool.stopped:
                    break
                self._pool.finished.put(outcome)
        except BaseException as error:  # goes on in the thread that waits
            self._pool.finished.put(error)
        finally:
            self._end()
            self._pool.finished.put(None)

    def _outcome_of(self, task: Task) -> Outcome:
        ending = ""
        for _ in range(ATTEMPTS):
            if self._pool.stopped:
                break
            try:
                self._process = self._process or self._started()
                if not self._pool.stopped:
                    return self._process.run(task)
            except WorkerLost as lost:
                ending = str(lost)
                self._end()
        return Outcome(
            task.index, error=f"the worker process {ending}, {ATTEMPTS} times", status="lost"
        )

    def _started(self) -> _Process:
        try:
            return _Process(self._pool.plan)
        except WorkerLost as lost:
            raise RuntimeError(f"a worker process of the sweep did not start: it {lost}") from None

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.close()

    def kill(self) -> None:
        """For other threads: ends a run in its middle."""
        process = self._process
        if process is not None:
            process.process.kill()


class LocalWorkers:
    """Outcomes of tasks, as they finish, by `count` processes."""

    def __init__(self, plan: Plan, count: int) -> None:
        self.plan = packed(plan)
        self.finished: queue.SimpleQueue[Outcome | BaseException | None] = queue.SimpleQueue()
        self.stopped = False
        self._count = count
        self._tasks: Iterator[Task | Outcome] = iter(())
        self._next = threading.Lock()

    def next_task(self) -> Task | Outcome | None:
        with self._next:
            return None if self.stopped else next(self._tasks, None)

    def run(self, tasks: Iterator[Task | Outcome]) -> Generator[Outcome, None, None]:
        """`tasks` is asked from several threads, one at a time; an outcome in it is passed on."""
        self._tasks = tasks
        lanes = [_Lane(self) for _ in range(self._count)]
        for lane in lanes:
            lane.thread.start()
        running = len(lanes)
        try:
            while running:
                found = self.finished.get()
                if isinstance(found, BaseException):
                    raise found
                if found is None:
                    running -= 1
                else:
                    yield found
        finally:
            self.stopped = True
            if running:  # an error, an interrupt, or nobody wants the rest
                for lane in lanes:
                    lane.kill()
            for lane in lanes:
                lane.thread.join(_PATIENCE_SECONDS)

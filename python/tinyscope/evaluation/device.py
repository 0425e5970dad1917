"""Machines in which every sample starts from the same state."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import ExitStack
from typing import TYPE_CHECKING, Protocol

from tinyscope._core import InputError
from tinyscope.errors import FirmwareError
from tinyscope.evaluation.datasets import Sample
from tinyscope.evaluation.sensor_way import SensorWay
from tinyscope.evaluation.ways import Outcome, Way

if TYPE_CHECKING:
    from tinyscope.machine import Machine

Cost = dict[str, float]
Done = Callable[[], None]


class Make(Protocol):
    def __call__(self, **stimuli: object) -> Machine:
        """A machine that has just been switched on."""


class Device(Protocol):
    def ask(self, sample: Sample) -> Outcome:
        """The answer to one sample; firmware that crashes gives none."""

    def timed(self, sample: Sample) -> tuple[Outcome, Cost]:
        """The same, and `Report.metrics` of what it took; for machines with full timing."""


class Booted:
    """A machine that was booted once to where samples start, and is put back there for each."""

    def __init__(self, machine: Machine, way: Way, warm_up: int) -> None:
        self._machine, self._way = machine, way
        way.boot(machine, warm_up)
        self._start = machine.snapshot()

    def ask(self, sample: Sample) -> Outcome:
        self._machine.restore(self._start)
        if isinstance(self._way, SensorWay):
            self._way.feed(self._machine, sample)
        return _asked(self._machine, self._way, sample)

    def timed(self, sample: Sample) -> tuple[Outcome, Cost]:
        return self.ask(sample), dict(self._machine.profile().metrics)


class SwitchedOn:
    """A new machine for each sample, which its sensors sense from power-on."""

    def __init__(self, make: Make, way: SensorWay) -> None:
        self._make, self._way = make, way

    def ask(self, sample: Sample) -> Outcome:
        with self._make(**self._way.stimuli(sample)) as machine:
            return _asked(machine, self._way, sample)

    def timed(self, sample: Sample) -> tuple[Outcome, Cost]:
        with self._make(**self._way.stimuli(sample)) as machine:
            return _asked(machine, self._way, sample), dict(machine.profile().metrics)


def _asked(machine: Machine, way: Way, sample: Sample) -> Outcome:
    try:
        return way.ask(machine, sample)
    except FirmwareError as error:
        return Outcome(None, None, f"firmware failed: {str(error).splitlines()[0]}")


def device(make: Make, way: Way, warm_up: int, machines: ExitStack) -> Device:
    """The device for a way; machines that stay are closed with `machines`."""
    if isinstance(way, SensorWay) and way.ready is None and way.source != "uart":
        return SwitchedOn(make, way)
    return Booted(machines.enter_context(make()), way, warm_up)


def ask_all(
    make: Make, way: Callable[[], Way], samples: Sequence[Sample], workers: int, done: Done
) -> list[Outcome]:
    """Answers to all samples, in their order, by as many machines as there are workers.

    Samples do not see one another, so the number of workers changes no answer. `done` is called in
    the caller's thread, once for each sample.
    """
    if workers < 1:
        raise InputError(f"workers: expected 1 or more, found {workers}")
    if workers > 1 and len(samples) > 1:
        return _in_threads(make, way, samples, min(workers, len(samples)), done)
    answers: list[Outcome] = []
    with ExitStack() as machines:
        asked = device(make, way(), 0, machines)
        for sample in samples:
            answers.append(asked.ask(sample))
            done()
    return answers


def _in_threads(
    make: Make, way: Callable[[], Way], samples: Sequence[Sample], workers: int, done: Done
) -> list[Outcome]:
    """Simulation releases the GIL, so threads run side by side."""
    own = threading.local()
    ways: list[Way] = []
    futures: list[Future[Outcome]] = []
    with ExitStack() as machines, ThreadPoolExecutor(workers) as pool:

        def ask(sample: Sample) -> Outcome:
            if not hasattr(own, "device"):
                ways.append(way())
                own.device = device(make, ways[-1], 0, machines)
            mine: Device = own.device
            return mine.ask(sample)

        futures += [pool.submit(ask, sample) for sample in samples]
        try:
            waiting = set(futures)
            while waiting:
                # With a timeout, so that Ctrl-C is seen.
                finished, waiting = wait(waiting, timeout=0.2, return_when=FIRST_COMPLETED)
                for future in finished:
                    future.result()
                    done()
        except BaseException:
            for each in list(ways):
                each.cancelled.set()
            pool.shutdown(wait=True, cancel_futures=True)
            raise
    return [future.result() for future in futures]

"""Inputs that firmware senses, and answers that it prints on its console."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from os import PathLike
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, Any, Union

from tinyscope._core import InputError
from tinyscope.evaluation.datasets import Sample
from tinyscope.evaluation.ways import Cancelled, Outcome, last_lines, loaded
from tinyscope.sensors import with_time

if TYPE_CHECKING:
    from tinyscope.machine import Machine

Reader = Callable[[str], Union[str, tuple[str, Sequence[float]], None]]
"""From what was printed since the sample was given to the answer, perhaps with scores; or to None,
where it is not there yet."""

_READY_SECONDS = 30.0
_SLICE_SECONDS = 0.01  # how often the console is looked at for an answer


@dataclass
class SensorWay:
    """Lets a sensor or the UART have the sample, and waits for what the firmware says."""

    source: str  # "mic", "imu", "camera", another sensor's name, or "uart"
    read: Reader
    seconds: float  # to wait for an answer, of simulated time
    waits: bool = False  # for all answers within `seconds`, not for the first
    otherwise: str | None = None  # the answer where there is none
    ready: str | None = None  # a condition of Machine.run() from which samples start
    rate: float | None = None  # of samples that are arrays
    preprocess: Callable[[Any], Any] | None = None
    cancelled: Event = field(default_factory=Event)

    def boot(self, machine: Machine, warm_up: int) -> None:
        if self.ready is None:
            return
        stop = machine.run(until=self.ready, seconds=_READY_SECONDS)
        if stop.kind != "until":
            raise InputError(
                f"ready='{self.ready}' did not come: {stop.text}; last on the UART: "
                f"{last_lines(machine.uart.text)}"
            )

    def stimuli(self, sample: Sample) -> dict[str, Any]:
        """What a new machine is given, so that it senses the sample from power-on."""
        if self.source == "uart":
            return {}
        value = self._value(sample)
        if isinstance(value, tuple) and isinstance(value[0], Mapping):
            columns, rate = value
            value = with_time(columns, rate, self.source)
        if self.source in ("mic", "imu", "camera"):
            return {self.source: value}
        return {"sensors": {self.source: value}}

    def feed(self, machine: Machine, sample: Sample) -> None:
        """Lets a running machine have the sample from now on."""
        value = self._value(sample)
        if self.source == "uart":
            machine.uart.send(value)
        elif isinstance(value, tuple):
            machine.sensor(self.source).feed(*value)
        else:
            machine.sensor(self.source).feed(value)

    def ask(self, machine: Machine, sample: Sample) -> Outcome:
        """Waits for the answer; the sample has been given."""
        said_before = len(machine.uart.text)
        end = machine.seconds + self.seconds
        found = None
        while machine.seconds < end:
            if self.cancelled.is_set():
                raise Cancelled
            stop = machine.run(seconds=min(_SLICE_SECONDS, max(end - machine.seconds, 1e-6)))
            found = self.read(_whole_lines(machine.uart.text[said_before:]))
            if (found is not None and not self.waits) or stop.kind != "limit":
                break
        if found is None:
            said = last_lines(machine.uart.text[said_before:])
            why = f"no answer within {self.seconds:g} s; last on the UART: {said}"
            return Outcome(self.otherwise, None, "" if self.otherwise else why)
        if isinstance(found, str):
            return Outcome(found)
        label, scores = found
        return Outcome(label, tuple(float(score) for score in scores))

    def _value(self, sample: Sample) -> Any:
        """What the device takes: a file, an array with its rate, text for a UART."""
        value = sample.input
        if self.preprocess is not None:
            value = self.preprocess(loaded(value))
        if self.source == "uart":
            return Path(value).read_bytes() if isinstance(value, PathLike) else value
        if self.rate is not None and not isinstance(value, (str, PathLike, tuple)):
            return (value, self.rate)
        return value


def pattern_reader(answer: str, take: str) -> Reader:
    """Looks for a regular expression; `take`: "first", "last", or "best" by its group `score`."""
    try:
        pattern = re.compile(answer, re.MULTILINE)
    except re.error as error:
        raise InputError(f"answer: not a regular expression: {answer}: {error}") from error
    if "label" not in pattern.groupindex and pattern.groups < 1:
        raise InputError(
            f"answer: {answer} has no group for the label: such as 'RESULT \\d+: (\\w+)'"
        )
    if take not in ("first", "last", "best"):
        raise InputError(f"take: expected first, last or best, found {take}")
    if take == "best" and "score" not in pattern.groupindex:
        raise InputError("take='best' needs a group (?P<score>...) in the answer's pattern")
    group: str | int = "label" if "label" in pattern.groupindex else 1

    def read(text: str) -> str | None:
        found = list(pattern.finditer(text))
        if not found:
            return None
        if take == "best":
            return max(found, key=lambda match: float(match["score"]))[group]
        return found[0 if take == "first" else -1][group]

    return read


def _whole_lines(text: str) -> str:
    """Without the line that is still being printed."""
    return text[: text.rfind("\n") + 1]

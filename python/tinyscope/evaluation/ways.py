"""What ways to give an input to firmware, and to get an answer from it, have in common."""

from __future__ import annotations

from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, Any, Protocol

from tinyscope.evaluation.datasets import Sample
from tinyscope.evaluation.tensors import read_array

if TYPE_CHECKING:
    from tinyscope.machine import Machine


@dataclass(frozen=True)
class Outcome:
    """What came of one sample."""

    answer: str | None
    scores: tuple[float, ...] | None = None  # in the order of the labels
    why: str = ""  # there is no answer


class Cancelled(Exception):
    """Nobody waits for the answer any more."""


class Way(Protocol):
    cancelled: Event
    """Once it is set, ask() ends soon, by Cancelled."""

    def boot(self, machine: Machine, warm_up: int) -> None:
        """Runs to the point from which every sample starts, `warm_up` inferences behind the first
        time that it is reached."""

    def ask(self, machine: Machine, sample: Sample) -> Outcome:
        """Gives the sample to the machine, which stands where boot() left it."""


def loaded(value: Any) -> Any:
    """An array of a file; anything else as it is."""
    return read_array(Path(value)) if isinstance(value, (str, PathLike)) else value


def last_lines(text: str, count: int = 3) -> str:
    """The end of what was printed, in one line."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return " | ".join(lines[-count:]) or "nothing"

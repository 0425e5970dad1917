"""Inputs that are written into the tensors of a model, and outputs that are read from them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from threading import Event
from typing import TYPE_CHECKING, Any, Union

import numpy as np
import numpy.typing as npt

from tinyscope._core import InputError
from tinyscope.evaluation.datasets import Sample
from tinyscope.evaluation.tensors import Tensor
from tinyscope.evaluation.ways import Cancelled, Outcome, last_lines, loaded

if TYPE_CHECKING:
    from tinyscope.machine import Machine

Floats = npt.NDArray[np.float64]
Decode = Callable[[list[Floats]], tuple[str, Union[Sequence[float], None]]]
Place = Union[str, int, Callable[["Machine"], int]]
"""Where a tensor is in memory: a symbol (perhaps with an offset), an address, or what finds it."""
Places = tuple[Sequence[Union[str, int]], Sequence[Union[str, int]]]  # of inputs, of outputs

# Of simulated time, for one inference or a boot; firmware that takes longer hangs.
TENSOR_SECONDS = 60.0
_SLICE_SECONDS = 0.5  # how often it is asked whether anybody still waits


@dataclass(frozen=True)
class TensorAccess:
    """Where firmware keeps the tensors of its model, and when they may be touched.

    before, after: functions that firmware calls before and after it runs the model: at the begin of
    the first the input is there to be written, at the begin of the second the output is there to be
    read. They may be the same function, called once an inference.
    inputs, outputs: places in memory, one for each of the model's tensors, in their order.
    input_tensors, output_tensors: shapes and types, where no model in the image says.
    """

    before: str
    after: str
    inputs: Sequence[Place] = ()
    outputs: Sequence[Place] = ()
    input_tensors: Sequence[Tensor] = ()
    output_tensors: Sequence[Tensor] = ()


RUNNER = TensorAccess("runner_before_inference", "runner_after_inference")
"""The firmware that runs bare models: it publishes where its tensors are."""


@dataclass
class TensorWay:
    """Writes a sample into the input tensor, runs one inference, reads the output tensor."""

    labels: Sequence[str]
    access: TensorAccess
    inputs: Sequence[Tensor]
    outputs: Sequence[Tensor]
    preprocess: Callable[[Any], Any] | None = None
    decode: Decode | None = None
    seconds: float = TENSOR_SECONDS
    cancelled: Event = field(default_factory=Event)
    _places: Places | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        if self.decode is not None:
            return
        elements = self.outputs[0].elements
        if elements not in (len(self.labels), 1) or (elements == 1 and len(self.labels) != 2):
            raise InputError(
                f"output '{self.outputs[0].name}' has {elements} values, but there are "
                f"{len(self.labels)} labels ({', '.join(self.labels)}): give all labels in the "
                "order of the outputs, or decode="
            )

    def boot(self, machine: Machine, warm_up: int) -> None:
        for _ in range(warm_up + 1):
            self._run_to(machine, self.access.before)
        self._places = _tensor_places(machine, self.access, self.inputs, self.outputs)

    def ask(self, machine: Machine, sample: Sample) -> Outcome:
        assert self._places is not None
        values = loaded(sample.input)
        if self.preprocess is not None:
            values = self.preprocess(values)
        several = values if isinstance(values, (tuple, list)) and len(self.inputs) > 1 else [values]
        if len(several) != len(self.inputs):
            raise InputError(
                f"sample {sample.name}: {len(several)} inputs, but the model has {len(self.inputs)}"
            )
        for tensor, place, value in zip(self.inputs, self._places[0], several):
            try:
                machine.write(place, tensor.stored(value).tobytes())
            except InputError as error:
                raise InputError(f"sample {sample.name}: {error}") from error
        self._run_to(machine, self.access.after)
        read = [
            tensor.real(machine.read(place, tensor.size_bytes))
            for tensor, place in zip(self.outputs, self._places[1])
        ]
        if self.decode is not None:
            answer, scores = self.decode(read)
            return Outcome(answer, None if scores is None else tuple(float(s) for s in scores))
        return _most_likely(read[0].reshape(-1), self.labels)

    def _run_to(self, machine: Machine, function: str) -> None:
        end = machine.seconds + self.seconds
        while machine.seconds < end:
            if self.cancelled.is_set():
                raise Cancelled
            left = max(end - machine.seconds, 1e-6)
            stop = machine.run(until=f"symbol:{function}", seconds=min(_SLICE_SECONDS, left))
            if stop.kind != "limit":
                break
        if stop.kind != "until":
            raise InputError(
                f"{function} was not reached within {self.seconds:g} s: {stop.text}; last on the UART: "
                f"{last_lines(machine.uart.text)}"
            )


def _most_likely(outputs: Floats, labels: Sequence[str]) -> Outcome:
    if len(outputs) == 1:  # one sigmoid for the second of two classes
        outputs = np.array([1.0 - outputs[0], outputs[0]])
    return Outcome(labels[int(np.argmax(outputs))], tuple(float(value) for value in outputs))


def _tensor_places(
    machine: Machine, access: TensorAccess, inputs: Sequence[Tensor], outputs: Sequence[Tensor]
) -> Places:
    if access is RUNNER:
        return (
            _published(machine, "runner_input", inputs),
            _published(machine, "runner_output", outputs),
        )
    return (
        [_found(machine, place) for place in access.inputs],
        [_found(machine, place) for place in access.outputs],
    )


def _published(machine: Machine, name: str, tensors: Sequence[Tensor]) -> list[int]:
    """Addresses in the runner's table of {address, bytes}."""
    table = np.frombuffer(machine.read(name + "s", 8 * len(tensors)), dtype="<u4").reshape(-1, 2)
    for tensor, (_, size) in zip(tensors, table):
        if size != tensor.size_bytes:
            raise InputError(
                f"tensor '{tensor.name}' has {tensor.size_bytes} bytes in the model, {size} in the "
                "runner"
            )
    return [int(address) for address in table[:, 0]]


def _found(machine: Machine, place: Place) -> str | int:
    return place(machine) if callable(place) else place

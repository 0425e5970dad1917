"""tinyscope.evaluate: a labelled set of inputs through simulated firmware."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from os import PathLike, fspath
from pathlib import Path
from typing import TYPE_CHECKING, Any, Union

from tinyscope import _core
from tinyscope._core import InputError
from tinyscope.evaluation.datasets import Dataset, Sample, Source, load_dataset
from tinyscope.evaluation.device import Booted, ask_all, device
from tinyscope.evaluation.evaluation import Answered, Evaluation
from tinyscope.evaluation.sensor_way import Reader, SensorWay, pattern_reader
from tinyscope.evaluation.tensor_way import (
    RUNNER,
    TENSOR_SECONDS,
    Decode,
    TensorAccess,
    TensorWay,
)
from tinyscope.evaluation.tensors import Tensor, tensor_of
from tinyscope.evaluation.ways import Outcome, Way

if TYPE_CHECKING:
    from tinyscope.machine import Machine

Target = Union[str, "PathLike[str]", "Machine"]
Progress = Callable[[int, int], None]
_SENSOR_SECONDS = 5.0


def evaluate(
    target: Target,
    dataset: Source,
    *,
    board: str | None = None,
    path: str = "tensor",
    labels: Sequence[str] | None = None,
    samples: int | None = None,
    full_timing: int = 3,
    warm_up: int = 1,
    workers: int = 1,
    kernels: str | None = None,
    access: TensorAccess | None = None,
    answer: str | Reader | None = None,
    take: str = "first",
    otherwise: str | None = None,
    ready: str | None = None,
    seconds: float | None = None,
    rate: float | None = None,
    preprocess: Callable[[Any], Any] | None = None,
    decode: Decode | None = None,
    options: Mapping[str, Any] | None = None,
    progress: Progress | None = None,
) -> Evaluation:
    """Runs labelled inputs through firmware on a simulated board and says how good its answers are.

    All samples run at functional speed: right results without a timing model. `full_timing` of
    them, spread evenly over the dataset, run again with it; their cycles, latency and energy stand
    beside the accuracy, and a note says if timing changed an answer.

    The firmware is booted once to the point where samples start; each sample begins from that very
    state, so the order of samples and the number of workers change nothing.

    Args:
        target: A bare model (.tflite) or a firmware image, both with `board`; or a Machine, which
            is used from the state in which it is and left there.
        dataset: What `tinyscope.load_dataset` takes: a folder with a folder for each class, .npz,
            a CSV list, or (input, label) pairs.
        board: Name of the board.
        path: How inputs reach the firmware. "tensor": into the model's input tensor. "mic", "imu",
            "camera", "uart" or a sensor's name: through that device, as in the world.
        labels: Classes in the order of the model's outputs; default: as the dataset has them.
        samples: Only so many of the dataset, evenly spread.
        full_timing: How many of the samples run with full timing as well; on a Machine, of how many
            the cost is told, if it profiles.
        warm_up: Inferences before the one that is timed, so that caches are as in steady state.
        workers: Machines that run side by side, each in a thread.
        kernels: Of a bare model: "dsp" (default) or "reference".
        access: Where firmware keeps its tensors; a bare model needs none.
        answer: For sensors: a regular expression for the console, with the label as its first group
            or (?P<label>...), and perhaps (?P<score>...); or a function from what was printed to
            the label, to (label, scores), or to None where that is not there yet.
        take: Which of several answers to a sample counts: "first", "last", or "best" by score.
        otherwise: The answer of firmware that says nothing; default: none, which counts as wrong.
        ready: Condition (as of Machine.run) at which samples start: firmware is booted once to
            there. Without it sensors sense the sample from power-on, in a new machine each time.
        seconds: Simulated time for one sample; default 5 s for sensors, 60 s for tensors.
        rate: Samples a second of inputs that are arrays and go to a sensor.
        preprocess: Applied to each input before it goes anywhere.
        decode: From the output tensors' real values to (label, scores or None).
        options: More arguments for Machine, such as {"seed": 2}.
        progress: Called with (samples done, samples) after each.

    Raises:
        InputError: For datasets, labels and shapes that do not fit, and for firmware that does not
            reach the point where samples start.
    """
    data = load_dataset(dataset, labels)
    if samples is not None:
        data = data.spread(samples)
    if full_timing < 0 or warm_up < 0:
        raise InputError("full_timing and warm_up: expected 0 or more")
    image, board_name = _what(target, board)
    sensor = path != "tensor"
    if sensor:
        if answer is None:
            raise InputError(
                f"path='{path}' needs answer=, a regular expression for what the firmware prints: "
                r"such as 'RESULT \d+: (\w+)'"
            )
        reader = answer if callable(answer) else pattern_reader(answer, take)
        if access is not None or decode is not None:
            raise InputError(f"access= and decode= are for tensors, not for path='{path}'")
    elif answer is not None:
        raise InputError('answer= is for sensors: give path="mic", "imu", "camera" or "uart" too')
    else:
        access, inputs, outputs = _tensors(image, board_name, access)

    def way() -> Way:
        if sensor:
            limit = _SENSOR_SECONDS if seconds is None else seconds
            waits = take != "first"
            return SensorWay(path, reader, limit, waits, otherwise, ready, rate, preprocess)
        assert access is not None
        limit = TENSOR_SECONDS if seconds is None else seconds
        return TensorWay(data.labels, access, inputs, outputs, preprocess, decode, limit)

    way()  # what does not fit is said before anything is built
    arguments = dict(options or {})
    if kernels is not None:
        arguments["kernels"] = kernels
    timed = data.spread(full_timing) if full_timing else None
    new = isinstance(target, (str, PathLike))
    total = len(data) + (len(timed) if timed and new else 0)
    count = 0

    def done() -> None:
        nonlocal count
        count += 1
        if progress is not None:
            progress(count, total)

    if isinstance(target, (str, PathLike)):
        answers, timing = _on_new_machines(
            fspath(target), board_name, arguments, way, data, timed, warm_up, workers, done
        )
    else:
        if arguments:
            raise InputError("options= and kernels= are for new machines, and target is one")
        answers, timing = _on(target, way(), data, timed, done)
    return Evaluation(
        target=Path(image).name,
        board=board_name,
        path=path,
        dataset=Path(data.source).name,
        labels=data.labels,
        answers=[
            Answered(sample.name, sample.label, found.answer, found.scores, found.why)
            for sample, found in zip(data, answers)
        ],
        timing=[(sample.name, cost) for sample, _, cost in timing],
        notes=_notes(data, answers, timing) if new else [],
    )


Timed = tuple[Sample, Outcome, dict[str, float]]


def _on_new_machines(
    firmware: str,
    board: str,
    arguments: Mapping[str, Any],
    way: Callable[[], Way],
    data: Dataset,
    timed: Dataset | None,
    warm_up: int,
    workers: int,
    done: Callable[[], None],
) -> tuple[list[Outcome], list[Timed]]:
    from tinyscope.machine import Machine

    def timing_machine(**stimuli: Any) -> Machine:
        return Machine(board, firmware, **arguments, **stimuli)

    def functional_machine(**stimuli: Any) -> Machine:
        return Machine(board, firmware, functional=True, profile=False, **arguments, **stimuli)

    timing: list[Timed] = []
    if timed is not None:
        with ExitStack() as machines:
            timer = device(timing_machine, way(), warm_up, machines)
            for sample in timed:
                timing.append((sample, *timer.timed(sample)))
                done()
    return ask_all(functional_machine, way, data.samples, workers, done), timing


def _on(
    machine: Machine, way: Way, data: Dataset, timed: Dataset | None, done: Callable[[], None]
) -> tuple[list[Outcome], list[Timed]]:
    """On the caller's machine, whose timing is what it was made with."""
    before = machine.snapshot()
    try:
        booted = Booted(machine, way, 0)
        times = timed is not None and machine.profiled and not machine.functional
        chosen = {id(sample) for sample in timed} if timed and times else set()
        answers, timing = [], []
        for sample in data:
            if id(sample) in chosen:
                outcome, cost = booted.timed(sample)
                timing.append((sample, outcome, cost))
            else:
                outcome = booted.ask(sample)
            answers.append(outcome)
            done()
        return answers, timing
    finally:
        machine.restore(before)


def _what(target: Target, board: str | None) -> tuple[str, str]:
    """(image, board) by name."""
    if isinstance(target, (str, PathLike)):
        if board is None:
            raise InputError(f"{fspath(target)}: board= is needed, one of tinyscope.boards()")
        return fspath(target), board
    if board is not None and board != target.board:
        raise InputError(f"board='{board}', but the machine is a {target.board}")
    return target.firmware, target.board


def _tensors(
    image: str, board: str, access: TensorAccess | None
) -> tuple[TensorAccess, list[Tensor], list[Tensor]]:
    """Where tensors are and what they hold."""
    bare = Path(image).suffix == ".tflite"
    if access is None and not bare:
        raise InputError(
            f"{image}: to put inputs into firmware's own tensors, say where they are "
            "(access=TensorAccess(...)); or give path= and answer= to go through a sensor"
        )
    chosen = RUNNER if access is None else access
    inputs, outputs = list(chosen.input_tensors), list(chosen.output_tensors)
    if not inputs or not outputs:
        models = _core.models(image, board)
        if len(models) != 1:
            raise InputError(
                f"{image}: {len(models)} TensorFlow Lite models in it; name input_tensors and "
                "output_tensors in TensorAccess"
            )
        inputs = inputs or [tensor_of(tensor) for tensor in models[0].inputs]
        outputs = outputs or [tensor_of(tensor) for tensor in models[0].outputs]
    if chosen is not RUNNER:
        for what, places, tensors in (
            ("inputs", chosen.inputs, inputs),
            ("outputs", chosen.outputs, outputs),
        ):
            if len(places) != len(tensors):
                raise InputError(
                    f"TensorAccess names {len(places)} {what}, but the model has {len(tensors)}"
                )
    return chosen, inputs, outputs


def _notes(data: Dataset, answers: Sequence[Outcome], timing: Sequence[Timed]) -> list[str]:
    notes = []
    by_sample = {id(sample): outcome for sample, outcome in zip(data, answers)}
    differing = [s.name for s, timed, _ in timing if timed.answer != by_sample[id(s)].answer]
    if timing:
        notes.append(
            f"answers are of {len(data)} samples at functional speed, cost of {len(timing)} of "
            "them with full timing"
        )
    if differing:
        notes.append(
            "with full timing these samples are answered otherwise, so that timing decides: "
            + ", ".join(differing)
        )
    return notes

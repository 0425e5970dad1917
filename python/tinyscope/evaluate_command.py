"""The command `tinyscope evaluate`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from tinyscope._core import InputError

_EXAMPLES = """examples:
  tinyscope evaluate model.tflite --board nucleo-l4r5zi --dataset test.npz --workers 2
  tinyscope evaluate kws.elf --board nano33ble-sense --dataset words/ --path mic \\
      --answer 'RESULT \\d+: (\\w+)' --min-accuracy 0.9

exit status: 0 done; 1 less accurate than --min-accuracy, or slower than --max-latency-ms;
2 wrong input; 130 Ctrl-C"""


def parser() -> argparse.ArgumentParser:
    """The options of the command."""
    made = argparse.ArgumentParser(
        prog="tinyscope evaluate",
        description="Runs labelled inputs through firmware or a bare model on a simulated board.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    add = made.add_argument
    add("target", metavar="FIRMWARE_OR_MODEL", help="firmware image, or a .tflite")
    add("-b", "--board", required=True, help="board to simulate")
    add(
        "--dataset",
        required=True,
        help="folder with a folder for each class, .npz with x and y, or CSV list file,label",
    )
    add("--labels", metavar="A,B,...", help="classes in the order of the model's outputs")
    add("--samples", type=int, metavar="N", help="only so many, evenly spread")
    add("--path", default="tensor", help='"tensor" (default), mic, imu, camera, uart, or a sensor')
    add("--kernels", help="of a bare model: dsp (default) or reference")
    add("--answer", metavar="REGEX", help="what firmware prints; the first group is the label")
    add("--take", default="first", help="which of several answers counts: first, last, best")
    add("--otherwise", metavar="LABEL", help="the answer of firmware that prints none")
    add(
        "--ready",
        metavar="CONDITION",
        help="where samples start, as of run --until; default for sensors: power-on",
    )
    add("--seconds", type=float, help="simulated time for one sample")
    add("--rate", type=float, metavar="HZ", help="of samples that are arrays")
    add("--full-timing", type=int, default=3, metavar="N", help="samples with full timing (3)")
    add("--workers", type=int, default=1, metavar="N", help="machines side by side (1)")
    add("--seed", type=int, help="of everything random in the simulated world")
    add("--json", metavar="FILE", help="write everything as JSON")
    add("--markdown", metavar="FILE", help="write tables")
    add("--min-accuracy", type=float, metavar="SHARE", help="exit with 1 below it: 0 to 1")
    add("--max-latency-ms", type=float, metavar="MS", help="exit with 1 above it")
    add("--quiet", action="store_true", help="no progress")
    return made


def main(arguments: Sequence[str]) -> int:
    """Runs the command and returns its exit status; InputError for wrong input."""
    chosen = parser().parse_args(arguments)
    from tinyscope.evaluation.evaluate import evaluate

    least, slowest = chosen.min_accuracy, chosen.max_latency_ms
    if least is not None and not 0 <= least <= 1:
        raise InputError(f"--min-accuracy {least:g}: expected a share from 0 to 1")
    for file in (chosen.json, chosen.markdown):
        if file is not None and not Path(file).absolute().parent.is_dir():
            raise InputError(f"{file}: no such folder")
    evaluation = evaluate(
        chosen.target,
        chosen.dataset,
        board=chosen.board,
        path=chosen.path,
        labels=chosen.labels.split(",") if chosen.labels else None,
        samples=chosen.samples,
        full_timing=chosen.full_timing,
        workers=chosen.workers,
        kernels=chosen.kernels,
        answer=chosen.answer,
        take=chosen.take,
        otherwise=chosen.otherwise,
        ready=chosen.ready,
        seconds=chosen.seconds,
        rate=chosen.rate,
        options={} if chosen.seed is None else {"seed": chosen.seed},
        progress=None if chosen.quiet else _progress(),
    )
    print(evaluation.summary())
    print()
    print(evaluation.per_class.to_string(float_format="{:.4f}".format, na_rep="-"))
    print()
    print(evaluation.confusion.to_string())
    if chosen.json:
        evaluation.to_json(chosen.json)
    if chosen.markdown:
        evaluation.to_markdown(chosen.markdown)
    return _verdict(evaluation.metrics, least, slowest)


def _verdict(metrics: dict[str, float], least: float | None, slowest: float | None) -> int:
    status = 0
    if least is not None and not metrics["accuracy"] >= least:
        print(f"accuracy {metrics['accuracy']:.4f} is below --min-accuracy {least:g}")
        status = 1
    if slowest is not None:
        if "latency_ms" not in metrics:
            raise InputError("--max-latency-ms: no latency was measured; see --full-timing")
        if metrics["latency_ms"] > slowest:
            print(f"latency {metrics['latency_ms']:.3f} ms is above --max-latency-ms {slowest:g}")
            status = 1
    return status


def _progress() -> Callable[[int, int], None] | None:
    """A bar on a terminal, nothing elsewhere."""
    if not sys.stderr.isatty():
        return None
    try:
        from tqdm import tqdm
    except ImportError:
        return None
    bars: list[Any] = []

    def show(done: int, total: int) -> None:
        if not bars:
            bars.append(tqdm(total=total, unit="sample", file=sys.stderr))
        bars[0].update(done - bars[0].n)
        if done == total:
            bars[0].close()

    return show

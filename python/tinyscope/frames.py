"""The report's JSON as pandas DataFrames.

Every function takes the decoded JSON. Columns named `cycles_CAUSE` say where cycles went, by
STALL_CAUSES, and sum up to the column `cycles`. Energy is in microjoules, with the bounds of the
estimate in `_low` and `_high`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pandas as pd

Row = dict[str, Any]

STALL_CAUSES = (
    "issue",
    "load_use",
    "multi_cycle",
    "branch",
    "fetch",
    "data",
    "contention",
    "fpu",
    "divide",
    "interrupt",
    "sleep",
)
_ENERGY = ("energy_uj", "energy_uj_low", "energy_uj_high")
_STALLS = tuple(f"cycles_{cause}" for cause in STALL_CAUSES)
_COST = ("cycles", *_STALLS, "instructions", *_ENERGY)

LAYER_COLUMNS = (
    "op",
    "name",
    "kernel",
    "kernel_kind",
    "shape",
    "macs",
    "macs_per_cycle",
    "roof_percent",
    "milliseconds",
    *_COST,
    "weight_bytes",
    "stack_peak_bytes",
    "arena_live_bytes",
    "heap_peak_bytes",
    "notes",
)
INFERENCE_COLUMNS = (
    "model",
    "function",
    "complete",
    "warm_up",
    "milliseconds",
    "elapsed_cycles",
    "own_cycles",
    "interrupt_cycles",
    *_COST,
    "stack_peak_bytes",
)
FUNCTION_COLUMNS = (
    "name",
    "calls",
    "inclusive_cycles",
    "cycles",
    *_STALLS,
    "instructions",
    "address",
    "file",
    "line",
)
LINE_COLUMNS = ("file", "line", "function", "count", "cycles", *_STALLS)
PHASE_COLUMNS = ("count", *_COST)
INTERRUPT_COLUMNS = ("name", "count", *_COST)
THREAD_COLUMNS = (
    "name",
    "idle",
    "cycles",
    "sleep_cycles",
    "starts",
    "stack_bytes",
    "stack_peak_bytes",
)
MEMORY_COLUMNS = ("kind", "used_bytes", "size_bytes", "peak_ms", "source")
IMAGE_COLUMNS = ("name", "kind", "address", "flash_bytes", "ram_bytes")
ENERGY_COLUMNS = ("unit", "state", "condition", "seconds", "events", *_ENERGY, "source")
TRAFFIC_COLUMNS = (
    "reads",
    "writes",
    "read_bytes",
    "written_bytes",
    "working_set_bytes",
)


def _flat(row: Mapping[str, Any]) -> Row:
    """The row with its stalls as columns, and addresses as numbers."""
    flat = dict(row)
    for cause, cycles in flat.pop("stalls", {}).items():
        flat[f"cycles_{cause}"] = cycles
    if "address" in flat:
        flat["address"] = int(flat["address"], 16)
    return flat


def _milliseconds(row: Mapping[str, Any]) -> float:
    return float(row["end_ns"] - row["start_ns"]) / 1e6


def _frame(
    rows: Iterable[Row], columns: Sequence[str], index: Sequence[str] = ()
) -> pd.DataFrame:
    """Rows in these columns; what a row does not have is missing."""
    frame = pd.DataFrame.from_records(list(rows), columns=[*index, *columns])
    return frame.set_index(list(index)) if index else frame


def _layer(inference: Row, layer: Row) -> Row:
    row = _flat(layer)
    macs = row["macs"]
    row["inference"] = inference["index"]
    row["layer"] = row["index"]
    row["shape"] = "x".join(str(size) for size in row["output_shape"])
    row["macs_per_cycle"] = macs / row["cycles"] if macs is not None and row["cycles"] else None
    row["milliseconds"] = _milliseconds(row)
    row["notes"] = "; ".join(row["notes"])
    return row


def layers(report: Row) -> pd.DataFrame:
    rows = [_layer(run, layer) for run in report["inferences"] for layer in run["layers"]]
    frame = _frame(rows, LAYER_COLUMNS, ("inference", "layer"))
    return frame.astype({"macs": "Int64", "macs_per_cycle": float, "roof_percent": float})


def inferences(report: Row) -> pd.DataFrame:
    rows = []
    for run in report["inferences"]:
        row = _flat(run)
        row["inference"] = row["index"]
        row["milliseconds"] = _milliseconds(row)
        rows.append(row)
    return _frame(rows, INFERENCE_COLUMNS, ("inference",))


def functions(report: Row) -> pd.DataFrame:
    return _frame(map(_flat, report["functions"]), FUNCTION_COLUMNS)


def lines(report: Row) -> pd.DataFrame:
    return _frame(map(_flat, report["lines"]), LINE_COLUMNS)


def phases(report: Row) -> pd.DataFrame:
    rows = [{**_flat(row), "phase": row["name"]} for row in report["phases"]]
    return _frame(rows, PHASE_COLUMNS, ("phase",))


def interrupts(report: Row) -> pd.DataFrame:
    return _frame(map(_flat, report["interrupts"]), INTERRUPT_COLUMNS, ("number",))


def threads(report: Row) -> pd.DataFrame:
    return _frame(report["threads"]["rows"], THREAD_COLUMNS)


def stalls(report: Row) -> pd.DataFrame:
    """By cause: cycles of the whole run, its share in percent, and cycles within inferences."""
    whole = report["stalls"]
    total = report["total_cycles"]
    rows = [
        {
            "cause": cause,
            "cycles": whole[cause],
            "percent": 100 * whole[cause] / total if total else None,
            "inference_cycles": sum(run["stalls"][cause] for run in report["inferences"]),
        }
        for cause in STALL_CAUSES
    ]
    return _frame(rows, ("cycles", "percent", "inference_cycles"), ("cause",))


def _known(value: int) -> int | None:
    return value or None


def _pool(memory: str, kind: str, used: int | None, size: int | None, **more: Any) -> Row:
    return {"memory": memory, "kind": kind, "used_bytes": used, "size_bytes": size, **more}


def _heap_pool(heap: Row) -> Row:
    return _pool(
        "heap",
        "part of ram",
        heap["peak_bytes"],
        _known(heap["room_bytes"]),
        peak_ms=heap["peak_ns"] / 1e6,
        source=heap["allocator"],
    )


def _arena_pool(arena: Row) -> Row:
    return _pool(
        "arena",
        "part of ram",
        _known(arena["used_bytes"]),
        arena["bytes"],
        source=arena["used_source"] or arena["symbol"],
    )


def memory(report: Row) -> pd.DataFrame:
    """What is used of each memory; rows of kind "part of ram" are within `ram`, and may overlap."""
    data = report["memory"]
    rows = [
        _pool("flash", "whole", data["flash_bytes"], _known(data["flash_total_bytes"])),
        _pool(
            "ram",
            "whole",
            data["ram_peak_bytes"],
            _known(data["ram_total_bytes"]),
            peak_ms=data["ram_peak_ns"] / 1e6,
        ),
        _pool("static data", "part of ram", data["static_ram_bytes"], None),
    ]
    for stack in data["stacks"]:
        rows.append(
            _pool(
                f"stack {stack['name']}",
                "part of ram",
                stack["peak_bytes"],
                _known(stack["size_bytes"]),
                peak_ms=stack["peak_ns"] / 1e6,
                source=stack["size_source"],
            )
        )
    if data["heap"]["allocator"]:
        rows.append(_heap_pool(data["heap"]))
    if data["arena"]["symbol"]:
        rows.append(_arena_pool(data["arena"]))
    frame = _frame(rows, MEMORY_COLUMNS, ("memory",))
    return frame.astype({"used_bytes": "Int64", "size_bytes": "Int64", "peak_ms": float})


def image(report: Row) -> pd.DataFrame:
    data = report["memory"]
    return _frame(map(_flat, data["sections"] + data["symbols"]), IMAGE_COLUMNS)


def energy(report: Row) -> pd.DataFrame:
    return _frame(report["energy"]["parts"], ENERGY_COLUMNS)


def traffic(report: Row) -> pd.DataFrame:
    rows = [
        {"inference": run["index"], "layer": layer["index"], **row}
        for run in report["inferences"]
        for layer in run["layers"]
        for row in layer["traffic"]
    ]
    return _frame(rows, TRAFFIC_COLUMNS, ("inference", "layer", "region"))


def caches(report: Row) -> pd.DataFrame:
    rows = [
        {"inference": run["index"], "layer": layer["index"], "cache": row["name"], **row}
        for run in report["inferences"]
        for layer in run["layers"]
        for row in layer["caches"]
    ]
    return _frame(rows, ("hits", "misses"), ("inference", "layer", "cache"))

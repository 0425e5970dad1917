"""What a person wants to see of a machine when a test has failed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tinyscope._core import InputError

if TYPE_CHECKING:
    from tinyscope.machine import Machine
    from tinyscope.report import Report

Section = tuple[str, str]
"""Title and text."""

UART_LINES = 20


def sections(machine: Machine, said: str = "") -> list[Section]:
    """The last UART lines, the last fault, and the layers of the last inference, as far as any.

    `said` is the failure's own message: what stands there in full is not said again.
    """
    found = [("UART, last lines", uart_tail(machine.uart.text)),
             ("last fault", machine.fault_report),
             ("layers", layer_table(machine.profile()) if has_inferences(machine) else "")]
    now = f"{machine.seconds:.6f} s, cycle {machine.cycles:,}"
    return [(f"tinyscope: {title} ({now})", text) for title, text in found
            if text and text not in said]


def has_inferences(machine: Machine) -> bool:
    """Whether there is anything to say of layers; not without a profiler."""
    try:
        return machine.inferences > 0
    except InputError:
        return False


def uart_tail(text: str, lines: int = UART_LINES) -> str:
    """The last `lines` lines, and how many came before."""
    every = text.rstrip("\n").split("\n")
    cut = len(every) - lines
    kept = every[-lines:]
    if cut > 0:
        kept.insert(0, f"… {cut} lines before")
    return "\n".join(kept) + "\n" if text.strip() else ""


def layer_table(report: Report) -> str:
    """Operators of the last inference with cycles, time and energy; empty without an inference."""
    layers = report.layers
    if layers.empty:
        return ""
    last = layers.index.get_level_values("inference").max()
    rows = layers.loc[last]
    shown = rows[["op", "kernel", "shape", "macs", "cycles", "milliseconds", "energy_uj"]].copy()
    shown.insert(5, "%", rows["cycles"] / rows["cycles"].sum() * 100)
    shown.index.name = None
    text: str = shown.to_string(formatters={
        "cycles": "{:,}".format, "%": "{:.1f}".format, "milliseconds": "{:.3f}".format,
        "energy_uj": "{:.2f}".format}, max_colwidth=32, na_rep="-")
    return f"inference {last}\n{text}\n"

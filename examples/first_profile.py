#!/usr/bin/env python3
"""A first profile: what does each layer of a keyword spotter cost, and why is it slow?

    PYTHONPATH=build/python /usr/bin/python3 examples/first_profile.py

Writes kws.html, the interactive report, into the current folder.
"""

from pathlib import Path

import tinyscope

KWS = Path(__file__).resolve().parents[1] / "firmware-samples/kws"


def main() -> None:
    # The image that would be flashed, the board it is for, and what its microphone hears.
    report = tinyscope.profile(
        KWS / "prebuilt/kws-dsp.elf", "nano33ble-sense", mic=KWS / "audio/yes.wav"
    )
    print(report.uart)

    # The figures that people compare.
    for kind in tinyscope.metric_kinds():
        if kind.name in report.metrics:
            print(f"{kind.name:18} {report.metrics[kind.name]:>14,.1f} {kind.unit}")

    # A row for each layer of each inference; index: inference, layer.
    layers = report.layers.loc[0]
    print()
    print(layers[["op", "shape", "macs", "cycles", "milliseconds", "energy_uj"]].to_string())

    # Why is it slow? Cycles by cause add up to all cycles: "issue" is work, the rest is waiting.
    causes = layers.filter(like="cycles_").sum()
    shares = (100 * causes / causes.sum()).round(1).sort_values(ascending=False)
    print()
    print("cycles of the inference by cause, in percent")
    print(shares[shares > 0].to_string())

    # How much of the estimate of energy is certain?
    low, high = report.metric_bounds["energy_uj"]
    print(f"\nenergy of an inference: {low:,.0f} to {high:,.0f} uJ")

    # What would it take with the weights in RAM instead of flash?
    moved = tinyscope.profile(
        KWS / "prebuilt/kws-dsp.elf",
        "nano33ble-sense",
        mic=KWS / "audio/yes.wav",
        what_if=tinyscope.WhatIf(place={"weights": "ram"}),
    )
    saved = report.metrics["cycles"] - moved.metrics["cycles"]
    print(f"weights in RAM would save {saved:,.0f} of {report.metrics['cycles']:,.0f} cycles")

    report.to_html("kws.html")
    print("open kws.html in a browser for the rest")


if __name__ == "__main__":
    main()

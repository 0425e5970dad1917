#!/usr/bin/env python3
"""Which clock, and which memory for weights and code, suit keyword spotting on four boards?

    PYTHONPATH=build/python /usr/bin/python3 examples/clock_and_placement_sweep.py

Writes pareto.png, placement.png and clock_and_placement.csv into the current folder. Run again it
takes from that file what is there already. docs/what-if.md says what the figures leave out.
"""

import argparse
from pathlib import Path

import tinyscope

SAMPLES = Path(__file__).resolve().parents[1] / "firmware-samples"

# Clocks up to the highest of the chip, and RAMs beside those that the firmware itself uses.
BOARDS = {
    "nucleo-l4r5zi": ([24e6, 48e6, 80e6, 120e6], "sram3"),
    "nucleo-f446re": ([45e6, 90e6, 180e6], "sram1"),
    "disco-f746ng": ([54e6, 108e6, 216e6], "sram1"),
    "nano33ble-sense": ([32e6, 64e6], "ram"),
}


def firmware(point):
    """The image for the board of a point; a build would be started here."""
    board = point["board"]
    name = "kws-dsp" if board == "nano33ble-sense" else f"kws-{board.replace('-', '_')}-dsp"
    return SAMPLES / "kws/prebuilt" / f"{name}.elf"


def points(small):
    """Every clock of every board, with weights and code in flash or in RAM."""
    for board, (clocks, ram) in BOARDS.items():
        for clock in clocks:
            for weights, code in ((None, None), (ram, None), (ram, ram)):
                if small and (board != "nucleo-l4r5zi" or clock < 80e6):
                    continue
                yield {
                    "board": board,
                    "clock_hz": clock,
                    "place_weights": weights,
                    "place_code": code,
                }


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--small", action="store_true", help="two clocks of one board")
    small = parser.parse_args().small

    table = tinyscope.sweep(
        list(points(small)),
        firmware,
        ["latency_ms", "energy_uj", "ram_bytes"],
        until="inferences:1",
        limit_time="10s",
        results="clock_and_placement.csv",
    )
    failed = table[table["status"] != "ok"]
    if len(failed):
        print(failed[["board", "clock_hz", "place_weights", "place_code", "error"]].to_string())

    # What is best depends on what counts: no other point is both faster and more frugal than these.
    best = tinyscope.pareto(table, "latency_ms", "energy_uj")
    print(best.drop(columns=["error", "host_seconds", "status"]).to_string(index=False))

    ax = tinyscope.plot.pareto_front(table, "latency_ms", "energy_uj")
    ax.set_title("One inference of keyword spotting")
    ax.figure.savefig("pareto.png", dpi=150)

    # What waiting for flash costs at each clock of one chip.
    one = table[table["board"] == "nucleo-l4r5zi"].copy()
    one["in RAM"] = [
        "code and weights" if code else "weights" if weights else "nothing"
        for weights, code in zip(one["place_weights"], one["place_code"])
    ]
    ax = tinyscope.plot.heat_map(one, "clock_hz", "in RAM", "latency_ms")
    ax.set_title("NUCLEO-L4R5ZI")
    ax.figure.savefig("placement.png", dpi=150)


if __name__ == "__main__":
    main()

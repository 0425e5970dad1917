"""What a second worker is worth to a sweep, and what a killed one costs.

Runs the same 200 points on one and on two worker processes and on local Dask clusters of one and
two, side by side, and compares the tables; then once more while a worker is killed in the middle.
What the machine gives two programs that know nothing of each other, in the same minute, is the most
that a second worker can be worth on it.
"""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import tinyscope

FIRMWARE = Path(__file__).resolve().parents[2] / "firmware-samples/kws/prebuilt/kws-dsp.elf"
METRICS = ["latency_ms", "cycles", "energy_uj", "ram_bytes"]
ALONE = """
import sys, time, tinyscope
def run():
    tinyscope.profile(sys.argv[1], "nano33ble-sense", until="inferences:1", limit_time="5s")
run()
print("ready", flush=True)
sys.stdin.readline()
started = time.perf_counter()
for _ in range(int(sys.argv[2])):
    run()
print(time.perf_counter() - started)
"""


def what_the_machine_gives(points: int) -> float:
    """Throughput of two programs over that of one; each does `points` runs."""

    def seconds(programs: int) -> float:
        command = [sys.executable, "-c", ALONE, str(FIRMWARE), str(points)]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
        running = [subprocess.Popen(command, **pipes) for _ in range(programs)]
        for each in running:
            assert each.stdout.readline() == "ready\n"
        for each in running:
            each.stdin.write("go\n")
            each.stdin.flush()
        return max(float(each.communicate()[0]) for each in running)

    return 2 * seconds(1) / seconds(2)


def sweep(points: int, **how: Any) -> pd.DataFrame:
    space = {"supply_volts": [2.0 + 0.2 * step for step in range(8)], "seed": range(points // 8)}
    options = {"board": "nano33ble-sense", "until": "inferences:1", "limit_time": "5s"}
    return tinyscope.sweep(space, FIRMWARE, METRICS, progress=False, **options, **how)


def on_dask(points: int, workers: int) -> tuple[pd.DataFrame, float]:
    from distributed import Client, LocalCluster

    with LocalCluster(
        n_workers=workers, threads_per_worker=1, processes=True, dashboard_address=None
    ) as cluster, Client(cluster) as client:
        started = time.perf_counter()  # clusters live longer than one sweep
        return sweep(points, client=client), time.perf_counter() - started


def on_processes(points: int, workers: int) -> tuple[pd.DataFrame, float]:
    started = time.perf_counter()
    return sweep(points, workers=workers), time.perf_counter() - started


def with_a_killed_worker(points: int, workers: int) -> tuple[pd.DataFrame, float]:
    arrived = 0

    def kill(row: dict[str, Any]) -> None:
        nonlocal arrived
        arrived += 1
        if arrived == points // 2:
            found = subprocess.run(
                ["pgrep", "-P", str(os.getpid()), "-f", "tinyscope.sweeps.worker"],
                capture_output=True,
                text=True,
                check=True,
            )
            os.kill(int(found.stdout.split()[0]), signal.SIGKILL)

    started = time.perf_counter()
    return sweep(points, workers=workers, on_result=kill), time.perf_counter() - started


Way = Callable[[int, int], tuple[pd.DataFrame, float]]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--points", type=int, default=200, help="a multiple of 8")
    parser.add_argument("--rounds", type=int, default=2, help="each: one worker and two, in turn")
    options = parser.parse_args()
    ways: dict[str, Way] = {"worker processes": on_processes, "Dask, local cluster": on_dask}
    expected: pd.DataFrame | None = None
    print(f"sweeps of {options.points} points, load average {os.getloadavg()[0]:.1f}")
    given = what_the_machine_gives(options.points // 4)
    print(f"  two programs on this machine: {given:.2f} times the throughput of one", flush=True)
    for name, way in ways.items():
        spent = {1: 0.0, 2: 0.0}
        for number in range(options.rounds):
            # Machines become slower and faster: the one that was first is second next time.
            for workers in (1, 2) if number % 2 == 0 else (2, 1):
                df, seconds = way(options.points, workers)
                spent[workers] += seconds
                table = df.drop(columns="host_seconds")
                expected = table if expected is None else expected
                pd.testing.assert_frame_equal(table, expected)
        one, two = (options.points * options.rounds / seconds for seconds in spent.values())
        print(
            f"  {name}: {one:.2f} points/s with one, {two:.2f} with two: {two / one:.2f} times,"
            f" {two / one / given:.0%} of that",
            flush=True,
        )
    df, seconds = with_a_killed_worker(options.points, 2)
    pd.testing.assert_frame_equal(df.drop(columns="host_seconds"), expected)
    lost = (df["status"] != "ok").sum()
    print(f"  two, one killed in the middle: {options.points / seconds:.2f} points/s, {lost} lost")
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""Sweeps by worker processes: tables, failing points, builds, killed workers."""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pandas as pd
import pytest
import tinyscope
from tinyscope import InputError

SAMPLES = Path(__file__).resolve().parents[2] / "firmware-samples"
GESTURE = SAMPLES / "gesture/prebuilt/gesture-dsp.elf"
RUN = {"board": "nano33ble-sense", "until": "inferences:1", "limit_time": "5s", "progress": False}
FIGURES = ["latency_ms", "cycles", "energy_uj"]


def figures(df):
    """The table without what differs between two sweeps."""
    return df.drop(columns="host_seconds")


def test_a_table_in_the_order_of_the_space_whatever_ends_first():
    space = {
        "firmware": {"kws": SAMPLES / "kws/prebuilt/kws-dsp.elf", "gesture": GESTURE},
        "supply_volts": [3.3, 3.0],
    }
    arrived = []
    df = tinyscope.sweep(space, metrics=FIGURES, workers=2, on_result=arrived.append, **RUN)
    assert list(df.columns) == [*space, *FIGURES, "error", "host_seconds", "status"]
    assert list(df["firmware"]) == ["kws", "kws", "gesture", "gesture"]
    assert list(df["supply_volts"]) == [3.3, 3.0, 3.3, 3.0]
    assert set(df["status"]) == {"ok"} and set(df["error"]) == {None}
    assert len(arrived) == 4 and {row["firmware"] for row in arrived} == {"kws", "gesture"}
    report = tinyscope.profile(GESTURE, "nano33ble-sense", until="inferences:1", supply_volts=3.0)
    assert df.loc[3, FIGURES].to_dict() == {name: report.metrics[name] for name in FIGURES}
    assert (df["host_seconds"] > 0).all()
    pd.testing.assert_frame_equal(
        figures(df), figures(tinyscope.sweep(space, metrics=FIGURES, workers=0, **RUN))
    )


def test_a_failed_point_is_a_row_with_its_error():
    df = tinyscope.sweep(
        {"board": ["nano33ble-sense", "nano44"], "until": ["inferences:1", "uart:never printed"]},
        GESTURE,
        FIGURES,
        workers=2,
        limit_time="1.5s",
        progress=False,
    )
    assert list(df["status"]) == ["ok", "failed", "failed", "failed"]
    assert "status 124" in df["error"][1] and df["error"].str.contains("nano44")[2:].all()
    assert df["cycles"].notna().tolist()[2:] == [False, False]


def test_settings_of_the_chip_are_axes():
    # The nRF52840 has one clock and no wait states that depend on it: half the clock, twice the time.
    df = tinyscope.sweep(
        {"clock_hz": [None, "64 MHz", 32e6], "place_weights": [None, "ram"]},
        GESTURE,
        ["latency_ms", "cycles"],
        workers=2,
        **RUN,
    )
    assert set(df["status"]) == {"ok"} and list(df["clock_hz"][::2])[1:] == ["64 MHz", 32e6]
    in_flash, in_ram = df[::2].reset_index(), df[1::2].reset_index()
    assert in_flash["cycles"].nunique() == 1
    assert list(in_flash["latency_ms"] / in_flash["latency_ms"][0]) == pytest.approx([1, 1, 2])
    assert (in_ram["cycles"] < in_flash["cycles"]).all(), "flash makes reads of weights wait"


def test_a_span_of_time_can_be_measured():
    df = tinyscope.sweep(
        {"until": ["time:2ms", "time:4ms"]},
        GESTURE,
        ["total_cycles"],
        workers=0,
        board="nano33ble-sense",
    )
    assert list(df["total_cycles"]) == pytest.approx([64e6 * 2e-3, 64e6 * 4e-3], rel=0.01)


def test_functions_of_the_report_make_columns():
    def per_mac(report):
        return report.metrics["cycles"] / report.metrics["macs"]

    def by_op(report):
        sums = report.layers.groupby("op")["cycles"].sum()
        return {f"cycles_{op}": cycles for op, cycles in sums.items()}

    def broken(report):
        return {}["nothing"]

    df = tinyscope.sweep({"seed": [1]}, GESTURE, ["cycles", per_mac, by_op], workers=1, **RUN)
    assert df["per_mac"][0] > 0.1
    by_layer = df.filter(like="cycles_").iloc[0]
    assert len(by_layer) > 2 and 0.9 < by_layer.sum() / df["cycles"][0] <= 1
    df = tinyscope.sweep({"seed": [1]}, GESTURE, {"all": "cycles", "x": broken}, workers=1, **RUN)
    assert df["status"][0] == "failed" and df["error"][0] == "metric 'x': KeyError: 'nothing'"
    assert df["all"][0] > 0


def test_firmware_by_pattern_and_by_a_function_that_builds_it(tmp_path):
    for name in ("a", "b"):
        (tmp_path / f"{name}.elf").write_bytes(GESTURE.read_bytes())
    pattern = str(tmp_path / "{set.APP.name}.elf")
    with pytest.raises(InputError, match="'app.name' is no axis|no pattern|names the axis"):
        tinyscope.sweep({"app.name": ["a"]}, pattern, **RUN)

    built = []

    def build(point):
        built.append(point["seed"])
        if point["seed"] == 2:
            raise RuntimeError("no such target")
        return GESTURE

    df = tinyscope.sweep(
        {"seed": [1, 2], "supply_volts": [3.0, 3.3]}, build, FIGURES, workers=2, **RUN
    )
    assert built == [1, 2]
    assert list(df["status"]) == ["ok", "ok", "failed", "failed"]
    assert df["error"][3] == "build 'build' failed: RuntimeError: no such target"


def test_missing_firmware_fails_its_points():
    df = tinyscope.sweep(
        {"firmware": [str(GESTURE), "missing.elf"]}, metrics=FIGURES, workers=1, **RUN
    )
    assert list(df["status"]) == ["ok", "failed"] and df["error"][1].startswith(
        "missing.elf: No such"
    )


def test_the_same_point_twice_runs_once(tmp_path):
    runs = tmp_path / "runs"

    def note(point, report):
        with open(runs, "a") as file:
            file.write(f"{point['seed']}\n")

    df = tinyscope.sweep({"seed": [1, 2, 1]}, GESTURE, FIGURES, workers=2, report=note, **RUN)
    assert sorted(runs.read_text().split()) == ["1", "2"]
    assert df.loc[0, FIGURES].equals(df.loc[2, FIGURES])


def test_reports_of_all_points_in_a_folder(tmp_path):
    tinyscope.sweep({"seed": [1, 2]}, GESTURE, FIGURES, workers=2, report=tmp_path / "all", **RUN)
    first, second = sorted((tmp_path / "all").iterdir())
    assert (first.name, second.name) == ("00000-1.json", "00001-2.json")
    assert tinyscope.Report.from_json(first).metrics["cycles"] > 0


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"space": {"clock_hx": [1]}}, InputError, "did you mean 'clock_hz'"),
        ({"metrics": ["latency"]}, InputError, "did you mean 'latency_ms'"),
        ({"metrics": [lambda report: 1]}, InputError, "has no name"),
        ({"metrics": {"status": "cycles"}}, InputError, "the name 'status'"),
        ({"metrics": {"seed": "cycles"}}, InputError, "the name 'seed'"),
        ({"seeds": 1}, TypeError, "'seeds'; did you mean 'seed'"),
        ({"firmware": None}, InputError, "either firmware= or model="),
        ({"model": "m.tflite"}, InputError, "either firmware= or model="),
        ({"board": None}, InputError, "needs a board"),
        ({"workers": -1}, InputError, "workers"),
        ({"space": {"board": ["a"]}}, InputError, "'board' is given as an axis and for all"),
        ({"client": "tcp://x"}, InputError, "no dask.distributed.Client but str"),
        ({"results": "sweep.txt"}, InputError, r"\.csv, \.sqlite or \.parquet"),
        ({"results": "no/such/sweep.csv"}, InputError, "no folder"),
    ],
)
def test_wrong_arguments_end_a_sweep_before_it_begins(arguments, error, message):
    given = {"space": {"seed": [1]}, "firmware": GESTURE, "metrics": FIGURES, **RUN, **arguments}
    if given["board"] is None:
        del given["board"]
    with pytest.raises(error, match=message):
        tinyscope.sweep(given.pop("space"), given.pop("firmware"), given.pop("metrics"), **given)


def test_a_function_that_cannot_be_sent_is_a_clear_error():
    lock = threading.Lock()

    def locked(report):
        with lock:
            return 1

    with pytest.raises(InputError, match="'locked' cannot be sent to a worker .*pickle"):
        tinyscope.sweep({"seed": [1]}, GESTURE, [locked], workers=1, **RUN)


def test_a_killed_worker_loses_nothing(tmp_path):
    once = tmp_path / "once"

    def killed(report):
        if not once.exists():
            once.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return 1

    df = tinyscope.sweep({"seed": range(6)}, GESTURE, ["cycles", killed], workers=2, **RUN)
    assert once.exists()
    assert list(df["status"]) == ["ok"] * 6 and list(df["killed"]) == [1] * 6


def test_a_point_that_kills_every_worker_is_lost_and_the_others_are_not(tmp_path):
    tries = tmp_path / "tries"

    def deadly(point, report):
        if point["seed"] == 2:
            with open(tries, "a") as file:
                file.write("x")
            os.kill(os.getpid(), signal.SIGKILL)

    df = tinyscope.sweep({"seed": range(5)}, GESTURE, FIGURES, workers=2, report=deadly, **RUN)
    assert list(df["status"]) == ["ok", "ok", "lost", "ok", "ok"]
    assert "killed by SIGKILL" in df["error"][2] and tries.read_text() == "xxx"


SCRIPT = """
import sys, tinyscope
tinyscope.sweep({{"seed": range(400)}}, {firmware!r}, ["cycles"], board="nano33ble-sense",
                until="inferences:1", workers=2, results=sys.argv[1])
"""


def started_sweep(script, results):
    sweep = subprocess.Popen(
        [sys.executable, str(script), str(results)], stderr=subprocess.PIPE, start_new_session=True
    )
    deadline = time.monotonic() + 60
    while not (results.exists() and results.read_text().count("\n") > 4):
        assert time.monotonic() < deadline and sweep.poll() is None
        time.sleep(0.05)
    return sweep


def processes_of(session):
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            if int(fields[3]) == session and fields[0] != "Z":
                found.append(int(entry.name))
    return found


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL], ids=["Ctrl-C", "kill"])
def test_an_ended_sweep_leaves_its_rows_and_no_processes(tmp_path, number):
    # A script without `if __name__ == "__main__"`, as people write them.
    script, results = tmp_path / "script.py", tmp_path / "sweep.csv"
    script.write_text(SCRIPT.format(firmware=str(GESTURE)))
    sweep = started_sweep(script, results)
    if number == signal.SIGINT:
        os.killpg(sweep.pid, number)  # as a terminal does
    else:
        sweep.kill()
    _, errors = sweep.communicate(timeout=30)
    assert sweep.returncode != 0
    assert (b"KeyboardInterrupt" in errors) == (number == signal.SIGINT)
    deadline = time.monotonic() + 10
    while processes_of(sweep.pid) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert processes_of(sweep.pid) == []
    assert set(pd.read_csv(results)["status"]) == {"ok"}

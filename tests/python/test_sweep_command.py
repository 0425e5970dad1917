"""`tinyscope sweep`: TOML files, what is printed, exit statuses."""

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pandas as pd
import pytest

from tinyscope.sweep_command import main, read_sweep

GESTURE = Path(__file__).resolve().parents[2] / "firmware-samples/gesture/prebuilt/gesture-dsp.elf"

SWEEP = f"""
[sweep]
firmware = "{GESTURE}"
metrics = ["latency_ms", "energy_uj"]
until = "inferences:1"
limit_time = "5s"
workers = 2

[axes]
board = ["nano33ble-sense"]
supply_volts = [3.3, 3.0]
"""


@pytest.fixture
def toml(tmp_path):
    path = tmp_path / "volts.toml"
    path.write_text(SWEEP)
    return path


def test_prints_the_table_and_keeps_it_beside_the_toml_file(toml, tmp_path, capsys):
    picture = tmp_path / "front.png"
    assert main([str(toml), "--pareto", "latency_ms,energy_uj", "--plot", str(picture)]) == 0
    table, front = capsys.readouterr().out.split("\n\n")
    header, first, second = table.splitlines()
    assert header.split() == ["board", "supply_volts", "latency_ms", "energy_uj"]
    assert first.split()[1:3] == ["nano33ble-sense", "3.3"] and second.split()[2] == "3"
    assert front.startswith("Pareto front of latency_ms, energy_uj: 1 of 2 points")
    assert front.splitlines()[-1] == second
    assert picture.read_bytes().startswith(b"\x89PNG")
    kept = pd.read_csv(tmp_path / "volts.csv")
    assert list(kept["supply_volts"]) == [3.3, 3.0]
    before = (tmp_path / "volts.csv").read_bytes()
    assert main([str(toml), "--quiet"]) == 0
    assert (tmp_path / "volts.csv").read_bytes() == before, "nothing was run again"
    assert capsys.readouterr().out == ""


def test_some_failures_are_told_and_all_are_status_1(toml, capsys):
    toml.write_text(SWEEP.replace('["nano33ble-sense"]', '["nano33ble-sense", "nano44"]'))
    assert main([str(toml)]) == 0
    assert "2 of 4 points failed: " in capsys.readouterr().err
    toml.write_text(SWEEP.replace('["nano33ble-sense"]', '["nano44"]'))
    assert main([str(toml)]) == 1


def test_ranges_tables_defaults_and_paths(tmp_path):
    path = tmp_path / "a.toml"
    path.write_text(
        """
        [sweep]
        firmware = "build/{board}.elf"
        results = "out/a.csv"
        supply_volts = 3.0
        [axes]
        clock_hz = { from = 10, to = 20, step = 5 }
        place_weights = ["default", "sram1"]
        mic = { yes = "yes.wav", no = "no.wav" }
        pin.A0 = ["1.2V"]
        set.MIC.start = ["power_on"]
        """
    )
    space, arguments = read_sweep(path)
    assert space == {
        "clock_hz": [10, 15, 20],
        "place_weights": [None, "sram1"],
        "mic": {"yes": f"{tmp_path}/yes.wav", "no": f"{tmp_path}/no.wav"},
        "pin.A0": ["1.2V"],
        "set.MIC.start": ["power_on"],
    }
    assert arguments == {
        "firmware": f"{tmp_path}/build/{{board}}.elf",
        "results": f"{tmp_path}/out/a.csv",
        "supply_volts": 3.0,
    }
    path.write_text('[[points]]\nseed = 1\nboard = "a"\n[[points]]\nseed = 2\nboard = "b"\n')
    assert read_sweep(path)[0] == [{"seed": 1, "board": "a"}, {"seed": 2, "board": "b"}]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("[axes]", "[axis]"), "'axis' is not known"),
        (("[axes]", "[axes"), "line 9"),
        (("supply_volts", "supply_vots"), "did you mean 'supply_volts'"),
        (('["latency_ms"', '["latency"'), "did you mean 'latency_ms'"),
        (('["latency_ms", "energy_uj"]', '"cycles"'), "sweep.metrics: expected names of metrics"),
        (("workers = 2", "workers = true"), "sweep.workers: expected a whole number, found True"),
        (("workers = 2", "worker = 2"), "'worker'"),
        (("[3.3, 3.0]", "{ from = 3, to = 1, step = 1 }"), "axes.supply_volts: expected numbers"),
        (("[3.3, 3.0]", "[]"), "'supply_volts' has no values"),
        (("[axes]", "[[points]]\nseed = 1\n[axes]"), r"either \[axes\] or \[\[points\]\]"),
    ],
)
def test_errors_name_the_file_and_the_key(toml, capsys, change, message):
    toml.write_text(SWEEP.replace(*change))
    assert main([str(toml)]) == 2
    errors = capsys.readouterr().err
    assert errors.startswith(f"tinyscope: error: {toml}: ")
    assert re.search(message, errors), errors


def test_wrong_options_end_before_the_sweep_begins(toml, tmp_path, capsys):
    assert main([str(toml), "--pareto", "latency"]) == 2
    assert "--pareto: 'latency' is no column" in capsys.readouterr().err
    assert main([str(toml), "--workers", "many"]) == 2
    assert main([str(tmp_path / "missing.toml")]) == 2
    assert "missing.toml: No such file" in capsys.readouterr().err
    assert not (tmp_path / "volts.csv").exists()


def test_ctrl_c_keeps_what_is_done(toml, tmp_path):
    toml.write_text(SWEEP.replace("[3.3, 3.0]", "{ from = 2, to = 4, step = 0.001 }"))
    results = tmp_path / "volts.csv"
    sweep = subprocess.Popen(
        [sys.executable, "-m", "tinyscope.sweep_command", str(toml)],
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    deadline = time.monotonic() + 60
    while not (results.exists() and results.read_text().count("\n") > 3):
        assert time.monotonic() < deadline and sweep.poll() is None
        time.sleep(0.05)
    os.killpg(sweep.pid, signal.SIGINT)
    _, errors = sweep.communicate(timeout=30)
    assert sweep.returncode == 130
    assert errors == f"tinyscope: interrupted; finished points are in {results}\n"
    assert set(pd.read_csv(results)["status"]) == {"ok"}

"""The same sweep on a local Dask cluster of processes."""

import os
import signal
from pathlib import Path

import pandas as pd
import pytest
import tinyscope

dask = pytest.importorskip("dask")
distributed = pytest.importorskip("distributed")

GESTURE = Path(__file__).resolve().parents[2] / "firmware-samples/gesture/prebuilt/gesture-dsp.elf"
RUN = {"board": "nano33ble-sense", "until": "inferences:1", "limit_time": "5s", "progress": False}


@pytest.fixture(scope="module")
def client():
    # A point is given up when its worker died a second time; three take a while to start again.
    dask.config.set({"distributed.scheduler.allowed-failures": 1})
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None
    ) as cluster, distributed.Client(cluster) as client:
        yield client


def test_a_cluster_gives_the_same_table_as_this_process(client, tmp_path):
    firmware = tmp_path / "app.elf"

    def build(point):
        firmware.write_bytes(GESTURE.read_bytes())
        return firmware

    def per_mac(report):
        return report.metrics["cycles"] / report.metrics["macs"]

    space = {"board": ["nano33ble-sense", "nano44"], "supply_volts": [3.0, 3.3]}
    options = {**RUN, "metrics": ["cycles", "energy_uj", per_mac]}
    del options["board"]
    results = tmp_path / "sweep.csv"
    df = tinyscope.sweep(space, build, client=client, results=results, **options)
    assert list(df["status"]) == ["ok", "ok", "failed", "failed"]
    here = tinyscope.sweep(space, build, workers=0, **options)
    pd.testing.assert_frame_equal(
        df.drop(columns="host_seconds"), here.drop(columns="host_seconds")
    )
    assert list(pd.read_csv(results)["status"]) == list(df["status"])


def test_workers_need_no_file_of_this_machine(client, tmp_path, monkeypatch):
    firmware = tmp_path / "app.elf"
    firmware.write_bytes(GESTURE.read_bytes())
    monkeypatch.chdir(tmp_path)  # workers have another working folder, where this path is nothing
    df = tinyscope.sweep({"seed": [1, 2]}, "app.elf", ["cycles"], client=client, **RUN)
    assert list(df["status"]) == ["ok", "ok"]


def test_a_killed_worker_loses_nothing(client, tmp_path):
    once = tmp_path / "once"

    def killed(report):
        if not once.exists():
            once.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return 1

    df = tinyscope.sweep({"seed": range(8)}, GESTURE, ["cycles", killed], client=client, **RUN)
    assert once.exists()
    assert list(df["status"]) == ["ok"] * 8 and list(df["killed"]) == [1] * 8


def test_a_point_that_kills_every_worker_is_lost_and_the_others_are_not(client):
    def deadly(point, report):
        if point["seed"] == 2:
            os.kill(os.getpid(), signal.SIGKILL)

    df = tinyscope.sweep(
        {"seed": range(5)}, GESTURE, ["cycles"], client=client, report=deadly, **RUN
    )
    assert list(df["status"]) == ["ok", "ok", "lost", "ok", "ok"]
    assert df["error"][2].startswith("KilledWorker")

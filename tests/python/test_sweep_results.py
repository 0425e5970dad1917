"""Results files: what a sweep takes from them, adds to them and refuses to touch."""

import sqlite3
from pathlib import Path

import pandas as pd
import pytest
import tinyscope
from tinyscope import InputError
from tinyscope.sweeps import results as results_module

GESTURE = Path(__file__).resolve().parents[2] / "firmware-samples/gesture/prebuilt/gesture-dsp.elf"
RUN = {
    "board": "nano33ble-sense",
    "until": "inferences:1",
    "limit_time": "5s",
    "progress": False,
    "workers": 0,
}


class Runs:
    """A report= function that counts; run in this process."""

    def __init__(self):
        self.seeds = []

    def __call__(self, point, report):
        self.seeds.append(point["seed"])


def swept(results, seeds, firmware=GESTURE, metrics=("cycles", "energy_uj"), **options):
    runs = Runs()
    df = tinyscope.sweep(
        {"seed": seeds}, firmware, metrics, results=results, report=runs, **{**RUN, **options}
    )
    return df, runs.seeds


def rows_of(path):
    if path.suffix == ".csv":
        return pd.read_csv(path)
    with sqlite3.connect(path) as database:
        return pd.read_sql("SELECT * FROM points", database)


@pytest.fixture(params=["sweep.csv", "sweep.sqlite"])
def path(request, tmp_path):
    return tmp_path / request.param


def test_points_that_are_there_are_not_run_again(path):
    first, ran = swept(path, [1, 2])
    assert ran == [1, 2]
    second, ran = swept(path, [3, 2, 1])
    assert ran == [3]
    assert list(second["seed"]) == [3, 2, 1]
    pd.testing.assert_frame_equal(second.iloc[[2, 1]].reset_index(drop=True), first)
    again, ran = swept(path, [3, 2, 1])
    assert ran == []
    pd.testing.assert_frame_equal(again, second)
    assert list(rows_of(path)["seed"]) == [3, 2, 1]
    assert swept(path, [1], resume=False)[1] == [1]


def test_other_firmware_options_inputs_or_metrics_are_other_runs(path, tmp_path):
    firmware = tmp_path / "app.elf"
    firmware.write_bytes(GESTURE.read_bytes())
    typed = tmp_path / "typed.txt"
    typed.write_text("")
    assert swept(path, [1], firmware, uart_script=typed)[1] == [1]
    assert swept(path, [1], firmware, uart_script=typed)[1] == []
    typed.write_text("# nothing is typed\n")
    assert swept(path, [1], firmware, uart_script=typed)[1] == [1]
    assert swept(path, [1], firmware, uart_script=typed, supply_volts=3.0)[1] == [1]
    assert swept(path, [1], firmware, metrics=["macs"], uart_script=typed)[1] == [1]
    firmware.write_bytes(GESTURE.read_bytes() + b"\0")
    assert swept(path, [1], firmware, uart_script=typed)[1] == [1]
    assert len(rows_of(path)) == 5, "results of other runs are kept"
    firmware.write_bytes(GESTURE.read_bytes())
    assert swept(path, [1], firmware, uart_script=typed)[1] == []


def test_errors_are_tried_again_and_replaced(path):
    def fails(report):
        raise OSError("the disk is full,\nquite")

    def works(report):
        return 5

    df, _ = swept(path, [1], metrics={"free": fails})
    assert df["error"][0].startswith("metric 'free': OSError")
    df, ran = swept(path, [1], metrics={"free": works})
    assert (df["free"][0], ran) == (5, [1])
    assert list(rows_of(path)["status"]) == ["ok"]
    assert swept(path, [1], metrics={"free": works})[1] == []


def test_a_last_line_that_was_cut_off_is_run_again(tmp_path):
    path = tmp_path / "sweep.csv"
    whole, _ = swept(path, [1, 2, 3])
    text = path.read_text()
    for cut in (1, 20, len(text.splitlines()[-1]) + 1 - 2):
        path.write_text(text[:-cut])
        df, ran = swept(path, [1, 2, 3])
        assert ran == [3]
        pd.testing.assert_frame_equal(
            df.drop(columns="host_seconds"), whole.drop(columns="host_seconds")
        )
        assert len(path.read_text().splitlines()) == 4
    path.write_text(text[:30])  # in the middle of the column names
    assert swept(path, [1, 2, 3])[1] == [1, 2, 3]


def test_files_of_other_things_are_not_touched(path, tmp_path):
    swept(path, [1])
    before = path.read_bytes()
    with pytest.raises(
        InputError, match="of another sweep: its axes are 'seed', .* 'supply_volts'"
    ):
        tinyscope.sweep({"supply_volts": [3.0]}, GESTURE, results=path, **RUN)
    assert path.read_bytes() == before
    path.write_text("a,b\n1,2\n" * 200)
    before = path.read_bytes()
    with pytest.raises(InputError, match="name another file"):
        swept(path, [1])
    assert path.read_bytes() == before


def test_a_database_with_other_tables_is_not_touched(tmp_path):
    path = tmp_path / "mine.db"
    with sqlite3.connect(path) as database:
        database.execute("CREATE TABLE mine (x)")
    with pytest.raises(InputError, match="other tables"):
        swept(path, [1])


def test_two_sweeps_do_not_write_to_one_file(tmp_path):
    path = tmp_path / "sweep.csv"

    def inner(report):
        swept(path, [9])

    df, _ = swept(path, [1], metrics={"x": inner})
    assert "in use by another sweep" in df["error"][0]


def test_columns_of_a_function_come_as_they_are_found(path):
    def by_seed(report):
        return {"a": 1.5} if report.metrics["cycles"] else {}

    df, _ = swept(path, [1, 2], metrics=["cycles", by_seed])
    assert list(df.columns) == ["seed", "cycles", "a", "error", "host_seconds", "status"]
    again, ran = swept(path, [1, 2], metrics=["cycles", by_seed])
    assert ran == []
    pd.testing.assert_frame_equal(again, df)


def test_parquet_without_a_library_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setattr(results_module, "_has_parquet", lambda: False)
    with pytest.raises(InputError, match="needs pyarrow or fastparquet"):
        swept(tmp_path / "sweep.parquet", [1])


def test_parquet_is_written_at_the_end_and_loses_nothing_before(tmp_path, monkeypatch):
    path = tmp_path / "sweep.parquet"
    if not results_module._has_parquet():  # pickled instead: the same calls, another encoding
        monkeypatch.setattr(results_module, "_has_parquet", lambda: True)
        monkeypatch.setattr(pd.DataFrame, "to_parquet", lambda df, to, index: df.to_pickle(to))
        monkeypatch.setattr(pd, "read_parquet", pd.read_pickle)

    class Stop(Exception):
        pass

    def stop(row):
        raise Stop

    with pytest.raises(Stop):
        swept(path, [1, 2], on_result=stop)
    df, ran = swept(path, [1, 2])
    assert ran == [2]
    assert swept(path, [2, 1])[1] == []
    assert len(pd.read_parquet(path)) == 2
    assert [file.name for file in tmp_path.iterdir()] == ["sweep.parquet"]
    side = path.with_name("sweep.parquet.partial.sqlite")
    path.rename(tmp_path / "away.parquet")
    with sqlite3.connect(side) as database:  # as a killed sweep leaves it
        pd.read_parquet(tmp_path / "away.parquet").to_sql("points", database, index=False)
    assert swept(path, [1, 2])[1] == []
    assert not side.exists() and path.exists()

"""Pareto fronts, and pictures of sweeps and reports."""

import math

import pandas as pd
import pytest

import tinyscope
from tinyscope import InputError, pareto


def table(**columns):
    return pd.DataFrame(columns)


def test_front_holds_what_nothing_beats():
    df = table(latency_ms=[1, 2, 3, 2, 4], energy_uj=[5, 3, 1, 4, 1])
    assert list(pareto(df, "latency_ms", "energy_uj").index) == [0, 1, 2]


def test_front_agrees_with_the_definition_in_three_columns():
    df = pd.DataFrame(
        [((7 * i) % 11, (5 * i) % 13, (3 * i) % 7) for i in range(60)], columns=list("abc")
    )
    rows = df.to_numpy().tolist()

    def beaten(row):
        return any(all(o <= r for o, r in zip(other, row)) and other != row for other in rows)

    expected = [index for index, row in enumerate(rows) if not beaten(row)]
    assert list(pareto(df, "a", "b", "c").index) == expected


def test_equal_rows_are_all_kept_and_missing_numbers_are_not():
    df = table(a=[1.0, 1.0, math.nan, 2.0], b=[1.0, 1.0, 0.0, 2.0])
    assert list(pareto(df, "a", "b").index) == [0, 1]


def test_more_is_better_with_a_minus_or_by_name():
    df = table(latency_ms=[1, 2], accuracy=[0.8, 0.9])
    assert list(pareto(df, "latency_ms", "-accuracy").index) == [0, 1]
    assert list(pareto(df, "latency_ms", "accuracy").index) == [0]
    assert list(pareto(df, "latency_ms", maximize="accuracy").index) == [0, 1]


def test_wrong_columns_are_named():
    with pytest.raises(InputError, match="'c' is no column of the table: a, b"):
        pareto(table(a=[1], b=[1]), "c")
    with pytest.raises(InputError, match="columns of numbers"):
        pareto(table(a=["x"], b=[1]), "a")
    with pytest.raises(InputError, match="at least one"):
        pareto(table(a=[1]))


plt = pytest.importorskip("matplotlib.pyplot")
plt.switch_backend("agg")


@pytest.fixture
def swept():
    return table(
        board=["a"] * 3 + ["b"] * 3,
        clock_hz=[20e6, 40e6, 80e6] * 2,
        latency_ms=[40.0, 20.0, 10.0, 60.0, 30.0, math.nan],
        energy_uj=[90.0, 95.0, 120.0, 80.0, 99.0, 70.0],
        ram_bytes=[4096.0] * 6,
    )


def test_front_plot_names_columns_with_units_and_marks_the_front(swept):
    ax = tinyscope.plot.pareto_front(swept, "latency_ms", "energy_uj")
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("latency (ms)", "energy (µJ)")
    (line,) = ax.lines
    assert list(zip(*line.get_data())) == [(10, 120), (20, 95), (40, 90), (60, 80)]
    assert {text.get_text() for text in ax.texts} <= {"20 MHz", "40 MHz", "80 MHz"}
    assert [text.get_text() for text in ax.get_legend().get_texts()] == [
        "a",
        "b",
        "Pareto front, 4 of 6",
    ]
    boxes = [text.get_window_extent() for text in ax.texts]
    assert boxes and not any(a.overlaps(b) for i, a in enumerate(boxes) for b in boxes[:i])


def test_heat_map_writes_each_cell(swept):
    ax = tinyscope.plot.heat_map(swept, "clock_hz", "board", "latency_ms")
    texts = [text.get_text() for text in ax.texts]
    assert texts == ["40", "20", "10", "60", "30", "–"]
    assert [tick.get_text() for tick in ax.get_xticklabels()] == ["20", "40", "80"]
    assert ax.get_xlabel() == "clock (MHz)"
    with pytest.raises(InputError, match="'speed' is no column"):
        tinyscope.plot.heat_map(swept, "clock_hz", "board", "speed")

"""Which points a space has, in which order, and what is wrong with spaces."""

import numpy as np
import pandas as pd
import pytest

from tinyscope import InputError
from tinyscope.sweeps.arguments import arguments_of, check_axes, known_axes
from tinyscope.sweeps.builds import Builds, expanded
from tinyscope.sweeps.space import points_of


def labels(points):
    return [tuple(point.labels.values()) for point in points]


def test_grid_lets_the_last_axis_change_fastest():
    points = points_of({"board": ["a", "b"], "seed": range(3)})
    assert labels(points) == [("a", 0), ("a", 1), ("a", 2), ("b", 0), ("b", 1), ("b", 2)]
    assert [point.index for point in points] == list(range(6))


def test_single_values_and_arrays_are_axes_of_plain_numbers():
    points = points_of({"board": "a", "clock_hz": np.array([8e6, 16e6])})
    assert labels(points) == [("a", 8e6), ("a", 16e6)]
    assert type(points[0].values["clock_hz"]) is float


def test_random_points_are_different_points_of_the_grid_and_the_same_for_a_seed():
    space = {"a": range(10), "b": range(10)}
    one = labels(points_of(space, "random", samples=50, seed=3))
    assert one == labels(points_of(space, "random", samples=50, seed=3))
    assert one != labels(points_of(space, "random", samples=50, seed=4))
    assert len(set(one)) == 50
    assert set(one) <= {(a, b) for a in range(10) for b in range(10)}


def test_random_has_no_more_points_than_the_grid():
    assert len(points_of({"a": [1, 2]}, "random", samples=9)) == 2


def test_random_axes_may_be_functions():
    points = points_of(
        {"board": ["a"], "clock_hz": lambda draw: draw.uniform(1e6, 2e6)}, "random", samples=4
    )
    clocks = {point.values["clock_hz"] for point in points}
    assert len(clocks) == 4 and all(1e6 <= clock <= 2e6 for clock in clocks)


def test_list_takes_axes_side_by_side_or_points():
    side_by_side = points_of({"a": [1, 2], "b": ["x", "y"]}, "list")
    assert labels(side_by_side) == [(1, "x"), (2, "y")]
    rows = [{"a": 1, "b": "x"}, {"a": 2, "b": "y"}]
    assert labels(points_of(rows)) == labels(points_of(pd.DataFrame(rows))) == [(1, "x"), (2, "y")]


def test_a_condition_leaves_points_out():
    points = points_of({"a": range(4)}, where=lambda point: point["a"] % 2)
    assert labels(points) == [(1,), (3,)]
    assert [point.index for point in points] == [0, 1]


def test_labels_stand_for_values_that_do_not_fit_into_a_table():
    sound = (np.zeros(4, np.int16), 16000)
    (point,) = points_of({"mic": {"quiet": sound}})
    assert point.labels == {"mic": "quiet"} and point.values["mic"] is sound
    with pytest.raises(InputError, match="mapping of names to values"):
        points_of({"mic": [sound]})


@pytest.mark.parametrize(
    ("space", "method", "message"),
    [
        ({}, None, "no axes"),
        ([], None, "no points"),
        ({"seed": []}, None, "'seed' has no values"),
        ({"a": [1, 2], "b": [1]}, "list", "a has 2, b has 1"),
        ([{"a": 1}, {"b": 1}], None, "point 1 .* other axes"),
        ({"a": [1]}, "best", "'best' is not known"),
        ({"a": [1]}, "random", "needs samples="),
        ({"a": lambda draw: 1}, "grid", "is a function"),
    ],
)
def test_errors_of_spaces(space, method, message):
    with pytest.raises(InputError, match=message):
        points_of(space, method)


def test_an_unknown_axis_is_named_with_the_closest_known_one():
    with pytest.raises(
        InputError, match="'clock_hx' is no axis of a sweep: did you mean 'clock_hz'"
    ):
        check_axes(["board", "clock_hx"], known_axes())
    with pytest.raises(InputError, match="axes are .*board"):
        check_axes(["zzzzzzzz"], known_axes())
    check_axes(["pin.A0", "sensor.environment", "set.MIC.start", "seed", "mic"], known_axes())


def test_axes_become_arguments_of_a_run():
    assert arguments_of(
        {
            "board": "b",
            "clock_hz": "80 MHz",
            "prefetch": False,
            "place_weights": "sram1",
            "place_code": None,
            "set.MIC.start": "power_on",
            "set": "A.b=1",
            "pin.A0": 1.2,
            "seed": 3,
        }
    ) == {
        "board": "b",
        "seed": 3,
        "pins": {"A0": 1.2},
        "set": ["MIC.start=power_on", "A.b=1"],
        "what_if": {"clock_hz": 80_000_000, "prefetch": False, "place": {"weights": "sram1"}},
    }
    with pytest.raises(InputError, match="'fast' is no frequency"):
        arguments_of({"clock_hz": "fast"})


def test_patterns_of_paths_take_values_of_the_point():
    assert expanded("b/kws-{board:_}-{seed}.elf", {"board": "x-y", "seed": 2}) == "b/kws-x_y-2.elf"
    with pytest.raises(InputError, match="names the axis 'model'"):
        expanded("{model}.elf", {"board": "b"})


def test_a_build_runs_once_for_each_combination_of_the_axes_that_it_reads(tmp_path):
    calls = []

    def build(point):
        calls.append(point["board"])
        path = tmp_path / "app.elf"  # the same for all, as build systems do
        path.write_text(point["board"])
        return path

    with_two_clocks = points_of({"board": ["a", "b"], "clock_hz": [1, 2]})
    builds = Builds()
    images = [builds.image(build, point.values) for point in with_two_clocks]
    assert calls == ["a", "b"]
    assert [open(image.path).read() for image in images] == ["a", "a", "b", "b"]
    assert images[0].sha256 == images[1].sha256 != images[2].sha256
    builds.close()

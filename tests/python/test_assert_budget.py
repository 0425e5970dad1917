"""assert_budget: what it lets through, what it says when a limit is broken."""

import re

import pytest
import tinyscope
from tinyscope.testing import assert_budget


def test_limits_that_are_kept(kws):
    cycles = kws.metrics["cycles"]
    assert_budget(kws, cycles=cycles, latency_ms=1e6, macs_per_cycle=(0, 2), layer={"*": cycles})
    assert_budget(kws, inferences=(1, None))


def test_broken_metric_is_named_with_both_numbers_and_by_how_much(kws):
    cycles = kws.metrics["cycles"]
    with pytest.raises(AssertionError) as raised:
        assert_budget(kws, cycles=cycles / 2, energy_uj=1e9)
    text = str(raised.value)
    assert text.startswith("a limit is broken by kws-dsp.elf on nano33ble-sense:\n")
    assert f"{cycles:,.0f}" in text and f"at most {cycles / 2:,.0f}" in text
    assert "(+100.0 %)" in text
    assert "energy_uj" not in text


def test_lower_bound(kws):
    with pytest.raises(AssertionError, match=r"inferences\s+1\s+at least 2\s+-1 \(-50.0 %\)"):
        assert_budget(kws, inferences=(2, None))


def test_layers_by_operator_name_or_kernel(kws):
    convolutions = kws.layers[kws.layers["op"] == "CONV_2D"]
    limit = sorted(convolutions["cycles"])[-2]
    slowest = convolutions["cycles"].idxmax()[1]
    for pattern in ("CONV_2D", "CONV*", "mlrt_conv2d_s8_d?p"):
        with pytest.raises(AssertionError) as raised:
            assert_budget(kws, layer={pattern: limit})
        assert re.findall(r"layer (\d+) CONV_2D, cycles", str(raised.value)) == [str(slowest)]


def test_layer_columns(kws):
    with pytest.raises(AssertionError, match="2 limits are broken"):
        assert_budget(kws, layer={"SOFTMAX": {"energy_uj": 0.0, "stack_peak_bytes": 1}})


@pytest.mark.parametrize("limits, message", [
    ({}, "at least one limit"),
    ({"latncy_ms": 3}, "did you mean latency_ms"),
    ({"cycles": "many"}, "expected a number"),
    ({"cycles": True}, "expected a number"),
    ({"layer": {"CONV": 1}}, "no layer matches 'CONV'; operators of this run: CONV_2D, "),
    ({"layer": {"CONV_2D": {"cycle": 1}}}, "did you mean cycles"),
    ({"layer": {"CONV_2D": {"op": 1}}}, "layer column 'op' is not known"),
])
def test_what_cannot_be_checked_is_an_input_error(kws, limits, message):
    with pytest.raises(tinyscope.InputError, match=message):
        assert_budget(kws, **limits)

"""What the firmware does; what it may take is in budget.toml."""

import pytest


@pytest.mark.tinyscope(mic="build/yes.wav")
def test_hears_yes(mcu):
    mcu.uart.expect("RESULT 0: yes", seconds=3)
    assert not mcu.faults


def test_hears_nothing_where_nothing_is_said(mcu):
    mcu.uart.expect("RESULT 0: silence", seconds=3)

"""expect_pin on a firmware that switches pins of the nRF52840."""

import pytest
import tinyscope
from assembled import assemble
from tinyscope.testing import expect_pin

# LED_BUILTIN is P0.13, PDM_PWR P0.17. Offsets: OUTSET 0x08, OUTCLR 0x0c, DIRSET 0x18 of GPIO P0.
BLINKS = """
  ldr r0, =0x50000500
  ldr r1, =(1 << 13) | (1 << 17)
  str r1, [r0, #0x18]
  ldr r2, =64000
1:
  subs r2, #1
  bne 1b
  mov r1, #1 << 17
  str r1, [r0, #0x08]
  str r1, [r0, #0x0c]
  ldr r1, =1 << 13
  str r1, [r0, #0x08]
  b .
"""


@pytest.fixture
def machine(tmp_path):
    with tinyscope.Machine("nano33ble-sense", assemble(tmp_path, BLINKS)) as machine:
        yield machine


def test_returns_when_the_pin_had_the_level(machine):
    # 64000 rounds of 2 to 4 cycles at 64 MHz come before it.
    assert 0.002 < expect_pin(machine, "LED_BUILTIN", 1, within=0.1) < 0.006
    assert machine.pins["LED_BUILTIN"].level == 1


def test_level_that_is_there_already_counts(machine):
    assert expect_pin(machine, "LED_BUILTIN", 0) == machine.seconds


def test_sees_a_level_of_an_instant(machine):
    assert expect_pin(machine, "PDM_PWR", 1, within=0.1) > 0.002
    assert machine.pins["PDM_PWR"].level == 0


def test_level_that_does_not_come(machine):
    with pytest.raises(AssertionError, match="expected PDM_PWR to be 1 within 0.001 s.*: none"):
        expect_pin(machine, "PDM_PWR", 1, within=0.001)


def test_unknown_pin(machine):
    with pytest.raises(tinyscope.InputError, match="LED_BULTIN"):
        expect_pin(machine, "LED_BULTIN", 1)

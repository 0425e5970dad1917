"""Console, pins and sensors of a live machine."""

import re
from pathlib import Path

import pytest
from tinyscope import ExpectationFailed, InputError, Machine

STEPS = Path(__file__).parent / "firmware" / "steps.elf"
BOARD = "nano33ble-sense"
PRINT = 4


@pytest.fixture
def steps():
    with Machine(BOARD, STEPS, profile=False) as machine:
        machine.run(until="symbol:step")
        yield machine


# --- console


def test_text_lines_and_bytes(steps):
    assert steps.uart.text == ""
    steps.write("command", PRINT)
    steps.uart.expect("world\n")
    assert steps.uart.lines == ["hello", "world"]
    assert steps.uart.data == b"hello\nworld\n"


def test_expect_misses_nothing_that_came_early(steps):
    for _ in range(2):
        steps.write("command", PRINT)
        steps.run(cycles=2000)
    assert steps.uart.expect("hello", 1) == "hello"
    before = steps.cycles
    assert steps.uart.expect(re.compile(r"w\w+d\nh.l"), "1ms") == "\nworld\nhel"
    assert steps.cycles == before
    steps.write("command", PRINT)
    assert steps.uart.expect("d\nhello").endswith("d\nhello")


def test_expect_says_what_came_instead(steps):
    steps.write("command", PRINT)
    with pytest.raises(ExpectationFailed, match=r"expected 'goodbye'.*0.001 s[^$]*world"):
        steps.uart.expect("goodbye", 0.001)
    steps.run(cycles=100)


def test_sends_at_the_speed_of_the_line(steps):
    """UARTE0 receives five bytes by DMA: nRF52840 product specification, UARTE."""
    uarte, buffer = 0x40002000, 0x20030000
    steps.write(uarte + 0x514, 32 + 10)  # PSEL.RXD: P1.10
    steps.write(uarte + 0x524, 0x01D7E000)  # BAUDRATE: 115200
    steps.write(uarte + 0x500, 8)  # ENABLE
    steps.write(uarte + 0x534, buffer)  # RXD.PTR
    steps.write(uarte + 0x538, 5)  # RXD.MAXCNT
    steps.write(uarte + 0x000, 1)  # TASKS_STARTRX
    began = steps.seconds
    steps.uart.send("hello")
    steps.run(until=lambda m: m.read_int(uarte + 0x110, as_load=True) == 1, seconds=0.01)  # ENDRX
    assert steps.read(buffer, 5) == b"hello"
    assert steps.seconds - began > 5 * 10 / 115200 * 0.99


# --- pins


def test_pins_show_what_the_chip_drives(steps):
    led = steps.pins["LED_BUILTIN"]  # P0.13
    assert led.level == 0
    steps.write(0x50000518, 1 << 13)  # DIRSET: nRF52840 product specification, GPIO
    steps.write(0x50000508, 1 << 13)  # OUTSET
    assert (led.level, led.duty) == (1, 1.0)
    first = steps.seconds
    steps.run(cycles=6400)
    steps.write(0x5000050C, 1 << 13)  # OUTCLR
    assert [level for _, level in led.changes] == [1.0, 0.0]
    times = [when for when, _ in led.changes]
    assert times == [pytest.approx(first, abs=1e-9), pytest.approx(steps.seconds, abs=1e-9)]


def test_pins_are_driven_from_outside(steps):
    d2 = steps.pins["D2"]  # P1.11
    steps.write(0x50000700 + 0x300 + 4 * 11, 0)  # P1 PIN_CNF: input, connected
    d2.drive(1)
    assert steps.read_int(0x50000810, as_load=True) & 1 << 11  # P1 IN
    d2.drive(0)
    assert not steps.read_int(0x50000810, as_load=True) & 1 << 11
    d2.release()
    assert d2.level == 0


def test_unknown_pins_suggest_known_ones(steps):
    with pytest.raises(InputError, match="LED_BUILTIN"):
        steps.pins["LED_BUILDIN"]
    assert "D2" in steps.pins and "D99" not in steps.pins

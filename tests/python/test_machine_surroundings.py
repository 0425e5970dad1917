"""Console, pins and sensors of a live machine."""

import re
import wave
from pathlib import Path

import numpy as np
import pytest
from tinyscope import ExpectationFailed, InputError, Machine

STEPS = Path(__file__).parent / "firmware" / "steps.elf"
BOARD = "nano33ble-sense"
PRINT = 4


def sound(path):
    with wave.open(str(path)) as file:
        return np.frombuffer(file.readframes(file.getnframes()), np.int16), file.getframerate()


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


# --- sensors


def heard(machine):
    return machine.uart.expect(re.compile(r"RESULT \d+: (\w+) "), 5).split()[-1]


def test_a_microphone_hears_what_it_is_fed(samples):
    kws = samples / "kws/prebuilt/kws-dsp.elf"
    with Machine(BOARD, kws, profile=False, functional=True) as machine:
        machine.run(until="uart:keyword")
        start = machine.snapshot()
        for word in ("yes", "no"):
            machine.restore(start)
            samples_16, rate = sound(samples / f"kws/audio/{word}.wav")
            machine.sensor("mic").feed(samples_16.astype(float) / 32768, rate)
            assert heard(machine) == word
        machine.restore(start)
        assert heard(machine) not in ("yes", "no")


def test_feeding_from_the_start_is_a_file_given_to_the_machine(samples):
    kws, yes = samples / "kws/prebuilt/kws-dsp.elf", samples / "kws/audio/yes.wav"
    texts = []
    for early in (True, False):
        with Machine(BOARD, kws, profile=False) as machine:
            machine.sensor("mic").feed(yes if early else sound(yes)[0], None if early else 16000)
            machine.run(until="uart:RESULT 0")
            texts.append((machine.uart.text, machine.cycles))
    assert texts[0] == texts[1]


def test_an_imu_feels_what_it_is_fed(samples):
    gesture = samples / "gesture/prebuilt/gesture-dsp.elf"
    table = np.genfromtxt(
        samples / "gesture/motion/gestures.csv", delimiter=",", names=True, skip_header=1
    )
    with Machine(BOARD, gesture, imu=samples / "gesture/motion/gestures.csv") as machine:
        machine.run(seconds=4)
        expected = machine.uart.text
    for fed in (table, {name: table[name] for name in table.dtype.names}):
        with Machine(BOARD, gesture, profile=False) as machine:
            machine.sensor("imu").feed(fed, 119)
            machine.run(seconds=4)
            assert machine.uart.text == expected


def test_a_camera_sees_what_it_is_fed(samples):
    vww, pictures = samples / "vww/prebuilt/vww-dsp.elf", samples / "vww/pictures"
    with Machine(
        BOARD, vww, profile=False, functional=True, camera=pictures / "1-none.png"
    ) as machine:
        machine.uart.expect("RESULT", 20)
        machine.uart.expect("\n")
        machine.sensor("camera").feed(pictures / "0-person.png")
        answers = machine.uart.expect(re.compile(r"(RESULT[^\n]*\n){2}", re.S), 20)
        assert "person" in answers.splitlines()[-1]
        machine.sensor("camera").feed(np.zeros((480, 640), np.uint8))


@pytest.mark.parametrize(
    ("name", "what", "rate", "says"),
    [
        ("mic", np.zeros(10, np.int16), None, "needs its rate"),
        ("mic", np.zeros(10, np.int16), 10, "1000 to 384000 Hz"),
        ("mic", np.zeros((10, 2), np.int16), 16000, "one channel|no rate"),
        ("mic", np.full(10, 3.0), 16000, "-1 to 1"),
        ("mic", {"ax_g": [1.0]}, 100, "WAV"),
        ("imu", {"ax_furlong": [0.0, 1.0]}, 100, "no unit of ax"),
        ("imu", {"speed_m/s": [0.0, 1.0]}, 100, "expected"),
        ("imu", {"ax_g": [0.0, 1.0]}, None, "rate|time"),
        ("imu", {"ax_g": [0.0, 1.0]}, -5, "rate above 0"),
        ("imu", "absent.csv", None, "absent.csv"),
    ],
)
def test_what_does_not_fit_says_what_would(steps, name, what, rate, says):
    with pytest.raises(InputError, match=says):
        steps.sensor(name).feed(what, rate)
    steps.run(cycles=100)


def test_unknown_sensors_name_those_that_there_are(steps):
    with pytest.raises(InputError, match="mic.*|imu"):
        steps.sensor("nose")
    with pytest.raises(InputError, match="only where something feeds it"):
        steps.sensor("camera")

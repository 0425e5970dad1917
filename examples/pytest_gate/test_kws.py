"""Gates keyword spotting with pytest: the image that would be flashed, on a simulated board.

Run it with `pytest examples/pytest_gate`; where tinyscope is built but not installed, with
`PYTHONPATH=build/python /usr/bin/python3 -m pytest -p tinyscope.pytest_plugin` and the same path.
"""

import re
from pathlib import Path

import pytest
from tinyscope.testing import assert_budget, expect_pin

KWS = Path(__file__).resolve().parents[2] / "firmware-samples/kws"

pytestmark = pytest.mark.tinyscope(
    board="nano33ble-sense", firmware=KWS / "prebuilt/kws-dsp.elf", boot="symbol:main"
)


def hearing(word):
    return pytest.mark.tinyscope(mic=KWS / f"audio/{word}.wav")


@pytest.mark.parametrize(
    "word", [pytest.param(word, marks=hearing(word)) for word in ("yes", "no", "stop", "go")]
)
def test_hears(mcu, word):
    mcu.uart.expect(re.compile(rf"RESULT 0: {word} 0\.[5-9]"), seconds=3)


@hearing("marvin")
def test_does_not_take_another_word_for_one_of_its_own(mcu):
    mcu.uart.expect("RESULT 0: unknown", seconds=3)


def test_switches_the_microphone_on(mcu, board):
    assert board.core == "cortex-m4f"
    assert mcu.pins["PDM_PWR"].level == 0  # supply of the microphone
    expect_pin(mcu, "PDM_PWR", 1, within=0.1)


def test_is_fast_and_frugal(mcu):
    mcu.run(inferences=1)
    assert_budget(
        mcu.profile(),
        latency_ms=160,
        energy_uj=4500,
        arena_bytes=28 * 1024,
        layer={"CONV_2D": 1.5e6, "DEPTHWISE_CONV_2D": 800e3},
    )

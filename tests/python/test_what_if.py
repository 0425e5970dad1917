"""What-ifs from Python and from the command line."""

import json
import re
import subprocess

import pytest
import tinyscope
from tinyscope import InputError, WhatIf

BOARD = "nucleo-l4r5zi"  # its sample runs at 120 MHz with 5 wait states


@pytest.fixture(scope="module")
def firmware(samples):
    return samples / "kws/prebuilt/kws-nucleo_l4r5zi-dsp.elf"


@pytest.fixture(scope="module")
def run(firmware):
    def profiled(what_if: WhatIf | None = None) -> tinyscope.Report:
        return tinyscope.profile(firmware, BOARD, limit_time=20, what_if=what_if)

    return profiled


@pytest.fixture(scope="module")
def plain(run):
    return run()


def answer(report: tinyscope.Report) -> str:
    return re.search(r"RESULT 0: .*", report.uart)[0]


def own_time_us(report: tinyscope.Report) -> int:
    """What firmware measured with its own timer, which has a clock of its own."""
    return int(re.search(r"inference: (\d+) us", report.uart)[1])


def what_ifs(report: tinyscope.Report) -> dict[str, str]:
    rows = report.data["assumptions"]
    return {row["topic"]: row["text"] for row in rows if row["topic"].startswith("what_if.")}


def test_half_the_clock_takes_twice_the_time(plain, run):
    """With the same wait states the core does not notice."""
    slow = run(WhatIf(clock_hz=60e6, wait_states=5))
    assert slow.data["clock_hz"] == 60_000_000
    assert slow.metrics["cycles"] == pytest.approx(plain.metrics["cycles"], rel=1e-3)
    in_cycles = slow.metrics["cycles"] / 60e3
    assert slow.metrics["latency_ms"] == pytest.approx(in_cycles, rel=1e-3)
    assert own_time_us(slow) == pytest.approx(2 * own_time_us(plain), rel=1e-3)
    assert answer(slow) == answer(plain)


def test_a_slower_clock_needs_fewer_wait_states(plain, run):
    """RM0432: in voltage range 1 two wait states from 40 to 60 MHz, five at 120 MHz."""
    assert what_ifs(plain) == {}
    slow = run(WhatIf(clock_hz=60_000_000))
    text = what_ifs(slow)["what_if.clock"]
    assert "at 60 MHz" in text and "2 wait states" in text and "range1" in text
    before, after = plain.layers.loc[0], slow.layers.loc[0]
    waits = ["cycles_fetch", "cycles_data"]
    assert after[waits].sum().sum() < 0.7 * before[waits].sum().sum()
    assert after["cycles_issue"].sum() == before["cycles_issue"].sum()
    assert own_time_us(slow) > own_time_us(plain)


def test_weights_in_ram_do_not_wait_for_flash(plain, run):
    moved = run(WhatIf(place={"weights": "sram1"}))
    assert moved.layers.loc[0]["cycles_data"].sum() < plain.layers.loc[0]["cycles_data"].sum()
    assert own_time_us(moved) < own_time_us(plain)
    assert answer(moved) == answer(plain)
    assert "timed as if in sram1" in what_ifs(moved)["what_if.place.weights"]


def test_with_everything_in_ram_flash_does_not_matter(run):
    """Only constants that are neither in functions nor in the model are left in flash."""
    slow, fast = (
        run(
            WhatIf(
                place={"code": "sram2", "weights": "sram1"},
                wait_states=wait_states,
                instruction_cache=False,
                data_cache=False,
                prefetch=False,
            )
        )
        for wait_states in (15, 0)
    )
    assert len(what_ifs(slow)) == 6
    assert slow.metrics["cycles"] == pytest.approx(fast.metrics["cycles"], rel=0.01)


def test_places_behind_the_caches_of_a_cortex_m7(samples):
    """Tightly coupled memory answers at once, and what lies there needs no cache."""
    firmware = samples / "kws/prebuilt/kws-disco_f746ng-dsp.elf"
    plain, moved = (
        tinyscope.profile(firmware, "disco-f746ng", limit_time=20, what_if=what_if)
        for what_if in (None, WhatIf(place={"weights": "dtcm"}))
    )
    assert moved.metrics["cycles"] < plain.metrics["cycles"]
    assert moved.layers.loc[0]["cycles_data"].sum() < plain.layers.loc[0]["cycles_data"].sum()
    assert answer(moved) == answer(plain)


def test_the_command_line_has_the_same(run, firmware, program, tmp_path):
    what_if = WhatIf(clock_hz=80e6, prefetch=True, place={"arena": "sram2"})
    file = tmp_path / "report.json"
    given = [word for text in what_if.arguments() for word in ("--what-if", text)]
    subprocess.run(
        [program, "profile", firmware, "--board", BOARD, "--limit-time", "20s", "--json", file]
        + given,
        check=True,
        capture_output=True,
    )
    ours, theirs = json.loads(run(what_if).to_json()), json.loads(file.read_text())
    del ours["host"], theirs["host"]
    assert ours == theirs


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"clock_hz": 121e6}, "chip 'stm32l4r5' runs at 120 MHz at most"),
        ({"clock_hz": 0}, "clock_hz: expected a number above 0"),
        ({"wait_states": 99}, "wait_states: expected a whole number from 0 to 15"),
        ({"prefetch": "yes"}, "prefetch: expected True, False or None"),
        ({"place": {"heap": "sram1"}}, "place: expected one of weights, code, arena"),
        ({"place": {"weights": "sram9"}}, "chip 'stm32l4r5' has no RAM 'sram9'"),
        ({"place": {"weights": "flash"}}, "has no RAM 'flash'"),
    ],
)
def test_what_the_chip_cannot_do_is_refused(run, settings, message):
    with pytest.raises(InputError, match=message):
        run(WhatIf(**settings))


def test_a_chip_of_one_clock_cannot_go_faster(samples):
    with pytest.raises(InputError, match="chip 'nrf52840' runs at 64 MHz at most"):
        tinyscope.profile(
            samples / "kws/prebuilt/kws-dsp.elf", "nano33ble-sense", what_if=WhatIf(clock_hz=65e6)
        )
    with pytest.raises(InputError, match="chip 'nrf52840' has no data cache of flash"):
        tinyscope.profile(
            samples / "kws/prebuilt/kws-dsp.elf",
            "nano33ble-sense",
            what_if=WhatIf(data_cache=True),
        )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("clock", "expected KEY=VALUE"),
        ("clock=fast", "expected a clock such as 80MHz"),
        ("clok=80MHz", "'clok' is not known; did you mean 'clock'"),
        ("prefetch=maybe", "expected on or off"),
        ("wait_states=-1", "expected a number from 0 to 15"),
    ],
)
def test_wrong_what_ifs_on_the_command_line(program, firmware, text, message):
    ran = subprocess.run(
        [program, "run", firmware, "--board", BOARD, "--limit-time", "1ms", "--what-if", text],
        capture_output=True,
        text=True,
    )
    assert ran.returncode == 2
    assert f"--what-if {text}: " in ran.stderr and message in ran.stderr

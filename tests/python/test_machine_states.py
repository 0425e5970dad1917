"""Snapshots and forks of a live machine."""

import threading
from pathlib import Path

import pytest
import tinyscope
from tinyscope import InputError, Machine, Peripheral

STEPS = Path(__file__).parent / "firmware" / "steps.elf"
BOARD = "nano33ble-sense"
PRINT, LOAD, STORE = 4, 5, 6


class Timer(Peripheral):
    """Interrupts 100 us after each store to offset 4."""

    def __init__(self):
        super().__init__(size=0x100, irq=46)
        self.stores = []
        self.fired = 0

    def read(self, offset, size):
        return len(self.stores)

    def write(self, offset, size, value):
        if offset == 4:
            self.stores.append(value)
            self.schedule(100e-6, self.fire)
        else:
            self.irq(False)

    def fire(self):
        self.fired += 1
        self.irq(True)


def state_of(machine):
    return (
        machine.cycles,
        machine.read_int("counter"),
        machine.read(0x20000000, 0x40000),
        dict(machine.registers),
        machine.uart.data,
    )


@pytest.mark.parametrize("cycles", [1, 777, 12_345])
def test_goes_on_as_the_original_did(cycles):
    with Machine(BOARD, STEPS, profile=False) as machine:
        machine.run(cycles=cycles)
        snapshot = machine.snapshot()
        assert snapshot.cycles == machine.cycles
        machine.run(cycles=5000)
        machine.write("command", PRINT)
        machine.run(cycles=5000)
        expected = state_of(machine)
        for _ in range(2):
            machine.restore(snapshot)
            assert machine.cycles == snapshot.cycles
            machine.run(cycles=5000)
            machine.write("command", PRINT)
            machine.run(cycles=5000)
            assert state_of(machine) == expected


def test_what_was_printed_and_pins_go_back():
    with Machine(BOARD, STEPS, profile=False) as machine:
        machine.run(until="symbol:step")
        snapshot = machine.snapshot()
        machine.write("command", PRINT)
        machine.write(0x50000518, 1 << 13)
        machine.write(0x50000508, 1 << 13)
        machine.uart.expect("world")
        machine.restore(snapshot)
        assert machine.uart.text == ""
        assert all(not pin.changes for pin in machine.pins.values())


def test_a_breakpoint_is_not_hit_again_where_a_state_stands():
    with Machine(BOARD, STEPS, profile=False) as machine:
        machine.breakpoint("step")
        machine.run()
        snapshot = machine.snapshot()
        machine.run()
        machine.run()
        assert machine.read_int("counter") == 2
        machine.restore(snapshot)
        machine.run()
        assert machine.read_int("counter") == 1


def test_peripherals_of_python_go_back():
    timer = Timer()
    with Machine(BOARD, STEPS, profile=False, peripherals={0x60000000: timer}) as machine:
        machine.run(until="symbol:step")
        machine.write("command", STORE)
        machine.run(seconds=50e-6)
        assert timer.stores == [0] or len(timer.stores) == 1
        snapshot = machine.snapshot()
        ends = []
        for _ in range(2):
            machine.run(seconds=100e-6)
            assert (timer.fired, machine.read_int("interrupts")) == (1, 1)
            timer.stores.append(1)
            ends.append((machine.cycles, machine.read("counter")))
            machine.restore(snapshot)
            assert (timer.fired, len(timer.stores)) == (0, 1)
        assert ends[0] == ends[1]


def test_a_fork_goes_its_own_way():
    timer = Timer()
    with Machine(BOARD, STEPS, profile=False, peripherals={0x60000000: timer}) as machine:
        machine.run(until="symbol:step")
        machine.write("command", STORE)
        machine.run(seconds=50e-6)
        twin = machine.fork()
        (other,) = twin._peripherals.values()
        assert other is not timer and other.stores == timer.stores
        twin.write("table", b"\x55" * 16)
        twin.run(seconds=100e-6)
        assert (other.fired, timer.fired) == (1, 0)
        assert machine.read("table") != twin.read("table")
        machine.run(seconds=100e-6)
        assert timer.fired == 1
        assert machine.cycles == twin.cycles
        assert machine.read("counter") == twin.read("counter")


def test_forks_run_in_threads():
    with Machine(BOARD, STEPS, profile=False) as machine:
        machine.run(cycles=1000)
        forks = [machine.fork() for _ in range(3)]
        threads = [threading.Thread(target=f.run, kwargs={"cycles": 200_000}) for f in forks]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        machine.run(cycles=200_000)
        assert {state_of(fork)[:3] for fork in forks} == {state_of(machine)[:3]}


def test_a_closed_fork_makes_the_next_one_quick():
    with Machine(BOARD, STEPS, profile=False) as machine:
        machine.run(cycles=1000)
        with machine.fork() as first:
            first.breakpoint("step")
            first.run()
            first.write("table", bytes(16))
        with pytest.raises(InputError, match="closed"):
            first.read("table")
        with pytest.raises(InputError, match="closed"):
            first.uart.text
        with machine.fork() as second:
            assert state_of(second) == state_of(machine)
            second.run(cycles=1000)
            machine.run(cycles=1000)
            assert state_of(second) == state_of(machine)


def test_states_of_other_machines_are_refused(samples):
    with Machine(BOARD, STEPS, profile=False) as machine:
        state = machine.snapshot()
        with Machine(BOARD, samples / "kws/prebuilt/kws-dsp.elf", profile=False) as other:
            with pytest.raises(InputError, match="image"):
                other.restore(state)
        with Machine(
            BOARD, STEPS, profile=False, peripherals={0x60000000: Timer()}
        ) as other, pytest.raises(InputError, match="peripherals"):
            other.restore(state)


def test_callbacks_cannot_save():
    with Machine(BOARD, STEPS, profile=False) as machine:
        machine.breakpoint("step", lambda m: m.snapshot())
        with pytest.raises(InputError, match="return True"):
            machine.run(cycles=1000)


def test_a_profile_begins_anew_at_a_restored_state(samples):
    kws = samples / "kws/prebuilt/kws-dsp.elf"
    with Machine(BOARD, kws, mic=samples / "kws/audio/yes.wav") as machine:
        machine.run(until="uart:features ready")
        snapshot = machine.snapshot()
        machine.run(inferences=1)
        straight = machine.profile().layers.xs(machine.inferences - 1)
        machine.restore(snapshot)
        assert machine.inferences == 0
        machine.run(inferences=1)
        report = machine.profile()
        assert isinstance(report, tinyscope.Report)
        assert report.layers.xs(0)["cycles"].tolist() == straight["cycles"].tolist()

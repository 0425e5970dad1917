"""Peripherals written in Python."""

from pathlib import Path

import pytest
from tinyscope import InputError, Machine, Peripheral

STEPS = Path(__file__).parent / "firmware" / "steps.elf"
BOARD = "nano33ble-sense"
BASE = 0x60000000
LOAD, STORE = 5, 6


class Recorder(Peripheral):
    """Remembers what happens to it; answers 0x1234."""

    def __init__(self, **options):
        super().__init__(size=0x100, irq=46, **options)
        self.calls = []
        self.resets = 0

    def read(self, offset, size):
        self.calls.append(("read", offset, size))
        return 0x1234

    def peek(self, offset, size):
        return 0x5678

    def write(self, offset, size, value):
        self.calls.append(("write", offset, size, value))
        if offset == 8:
            self.irq(False)

    def reset(self):
        self.resets += 1


def machine_with(peripheral, base=BASE):
    machine = Machine(BOARD, STEPS, profile=False, peripherals={base: peripheral})
    machine.run(until="symbol:step")
    return machine


def test_firmware_reads_and_writes():
    recorder = Recorder()
    machine = machine_with(recorder)
    assert recorder.resets == 1
    machine.write("command", LOAD)
    machine.run(until="mem:answer==0x1234")
    assert recorder.calls == [("read", 0, 4)]
    machine.run(until="symbol:step")
    machine.write("answer", 77)
    machine.write("command", STORE)
    machine.run(cycles=200)
    assert recorder.calls[1][:3] == ("write", 4, 4)
    assert recorder.calls[1][3] % 77 == 0


def test_debug_reads_peek():
    recorder = Recorder()
    machine = machine_with(recorder)
    assert machine.read_int(BASE) == 0x5678
    assert recorder.calls == []
    machine.write(BASE + 4, 9)
    assert recorder.calls == [("write", 4, 4, 9)]


def test_interrupts_and_time():
    recorder = Recorder()
    machine = machine_with(recorder)
    fired = []

    def fire():
        fired.append(recorder.now)
        recorder.irq(True)

    began = machine.seconds
    recorder.schedule(1e-3, fire)
    cancelled = recorder.schedule(0.5e-3, fire)
    recorder.cancel(cancelled)
    recorder.schedule(None, lambda: fired.append("cycles"), cycles=640)
    machine.run(seconds=2e-3)
    assert fired[0] == "cycles"
    assert fired[1:] == [pytest.approx(began + 1e-3, abs=1e-7)]
    assert machine.read_int("interrupts") == 1
    assert recorder.calls == [("write", 8, 4, 1)]


def test_takes_no_cycles():
    class Zero(Peripheral):
        pass

    cycles = []
    for peripheral in (Zero(), Recorder()):
        machine = machine_with(peripheral)
        machine.write("command", LOAD)
        machine.run(until="symbol:step")
        cycles.append(machine.cycles)
    assert cycles[0] == cycles[1]


def test_exceptions_come_out_of_run_and_the_machine_goes_on():
    class Broken(Recorder):
        broken = True

        def read(self, offset, size):
            if self.broken:
                raise ZeroDivisionError("in read")
            return 3

    broken = Broken()
    machine = machine_with(broken)
    machine.write("command", LOAD)
    with pytest.raises(ZeroDivisionError, match="in read") as caught:
        machine.run(cycles=1000)
    assert any(entry.name == "read" for entry in caught.traceback)
    broken.broken = False
    machine.write("command", LOAD)
    machine.run(until="mem:answer==3")


@pytest.mark.parametrize("value", [-1, 1 << 32, "text", None])
def test_values_that_no_register_holds_are_errors(value):
    class Wrong(Recorder):
        def read(self, offset, size):
            return value

    machine = machine_with(Wrong())
    machine.write("command", LOAD)
    with pytest.raises((ValueError, TypeError)):
        machine.run(cycles=1000)


def test_overlaps_name_what_is_there():
    with pytest.raises(InputError, match="recorder.*overlaps 'p0'"):
        machine_with(Recorder(), base=0x50000500)
    with pytest.raises(InputError, match="overlaps 'ram"):
        machine_with(Recorder(), base=0x20000000)


def test_wrong_ones_say_what_is_expected():
    with pytest.raises(InputError, match="irq 48"):
        peripheral = Recorder()
        peripheral.irq_number = 48
        machine_with(peripheral)
    machine_with(peripheral_once := Recorder())
    with pytest.raises(InputError, match="another machine"):
        machine_with(peripheral_once)
    with pytest.raises(InputError, match="not part of a machine"):
        Recorder().irq(True)
    with pytest.raises(InputError, match="tinyscope.Peripheral"):
        machine_with(object())


def test_dma_reads_and_writes_memory():
    class Dma(Recorder):
        def write(self, offset, size, value):
            table = self.read_memory(value, 16)
            self.write_memory(value, table[::-1])

    machine = machine_with(Dma())
    before = machine.read("table")
    machine.write(BASE, machine.symbols["table"].address)
    assert machine.read("table") == before[::-1]
    with pytest.raises(InputError, match="one memory"):
        machine._peripherals[BASE].read_memory(0x90000000, 4)

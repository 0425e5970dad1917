"""A live machine: running, memory, registers, breakpoints, faults."""

import os
import signal
import threading
import time
from pathlib import Path

import numpy as np
import pytest
import tinyscope
from tinyscope import FirmwareError, InputError, Machine

STEPS = Path(__file__).parent / "firmware" / "steps.elf"
BOARD = "nano33ble-sense"
FAULT, EXIT, SLEEP, PRINT = 1, 2, 3, 4


@pytest.fixture
def machine():
    with Machine(BOARD, STEPS, profile=False) as built:
        yield built


# --- running


def test_is_switched_on_when_it_is_built(machine):
    assert machine.cycles == 0
    assert machine.registers["pc"] == machine.symbols["reset_handler"].address
    assert machine.registers["sp"] == 0x20040000


def test_a_session_shows_what_it_holds(machine):
    board = next(board for board in tinyscope.boards() if board.name == BOARD)
    assert repr(board) == "Board('nano33ble-sense', chip='nrf52840', core='cortex-m4f')"
    assert "Memory('flash', flash, 0x00000000, 1024 KiB)" in map(repr, board.memories)
    pc = machine.symbols["reset_handler"].address
    assert f"sp=0x20040000 lr=0xffffffff pc={pc:#x}" in repr(machine.registers)
    assert repr(machine.sensor("mic")) == "<Sensor mic>"


@pytest.mark.parametrize(
    ("name", "hint"), [("suply_volts", "did you mean 'supply_volts'"), ("clock", "what_if")]
)
def test_arguments_that_it_does_not_have(name, hint):
    with pytest.raises(TypeError, match=rf"Machine\(\) .*'{name}': .*{hint}"):
        Machine(BOARD, STEPS, **{name: 3})


def test_cycles_are_further_ones(machine):
    first = machine.run(cycles=1000)
    assert first.kind == "limit"
    assert 1000 <= machine.cycles < 1020
    before = machine.cycles
    machine.run(cycles=500)
    assert before + 500 <= machine.cycles < before + 520


def test_seconds_are_further_ones(machine):
    machine.run(seconds=0.001)
    stop = machine.run(seconds="2ms")
    assert stop.kind == "limit"
    assert machine.seconds == pytest.approx(0.003, abs=1e-6)
    assert machine.cycles == pytest.approx(0.003 * 64e6, abs=20)


def test_running_in_parts_is_running_at_once(machine):
    with Machine(BOARD, STEPS, profile=False) as other:
        other.run(cycles=20_000)
        for _ in range(20):
            machine.run(cycles=1000)
        # Each part may end an instruction late.
        machine.run(until="symbol:step")
        other.run(until="symbol:step")
        while machine.cycles != other.cycles:
            late = machine if machine.cycles < other.cycles else other
            late.run(until="symbol:step")
        assert machine.read_int("counter") == other.read_int("counter")


def test_until_symbol_goes_on_from_where_it_stands(machine):
    for expected in range(5):
        assert machine.run(until="symbol:step").kind == "until"
        assert machine.read_int("counter") == expected


def test_until_memory(machine):
    machine.run(until="mem:counter==7")
    assert machine.read_int("counter") == 7


def test_until_a_function_of_the_machine(machine):
    asked = []
    stop = machine.run(until=lambda m: asked.append(m) or m.read_int("counter") > 20_000)
    assert stop.kind == "until"
    assert machine.read_int("counter") > 20_000
    assert asked and all(each is machine for each in asked)


def test_a_function_that_holds_already_runs_nothing(machine):
    machine.run(until=lambda m: True)
    assert machine.cycles == 0


def test_nothing_scheduled_is_idle(machine):
    machine.write("command", SLEEP)
    machine.run(until="symbol:step")
    machine.write("command", SLEEP)
    assert machine.run().kind == "idle"


def test_seconds_pass_while_it_sleeps(machine):
    machine.run(until="symbol:step")
    machine.write("command", SLEEP)
    assert machine.run(seconds=1).kind == "limit"
    assert machine.seconds == pytest.approx(1, abs=1e-3)


def test_exit_has_its_code(machine):
    machine.run(until="symbol:step")
    machine.write("command", EXIT)
    stop = machine.run(seconds=1)
    assert (stop.kind, stop.exit_code) == ("exit", 3)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({"until": "nonsense"}, "expected uart:TEXT"),
        ({"until": "symbol:stepp"}, "did you mean 'step'"),
        ({"cycles": 0}, "cycles"),
        ({"seconds": -1}, "seconds"),
        ({"seconds": "1h"}, "500ms"),
        ({"inferences": 1}, "profile=True"),
        ({"until": "inferences:1"}, "profile=True"),
    ],
)
def test_wrong_limits_say_what_is_expected(machine, arguments, says):
    with pytest.raises(InputError, match=says):
        machine.run(**arguments)
    machine.run(cycles=10)


def test_wrong_machines_say_what_is_expected(tmp_path):
    with pytest.raises(InputError, match="nano33ble-sense"):
        Machine("nano33ble-sens", STEPS)
    with pytest.raises(InputError):
        Machine(BOARD, tmp_path / "absent.elf")
    with pytest.raises(TypeError, match="until"):
        Machine(BOARD, STEPS, until="uart:x")


def test_ctrl_c_ends_a_run_and_the_machine_goes_on(machine):
    timer = threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGINT))
    began = time.monotonic()
    timer.start()
    with pytest.raises(KeyboardInterrupt):
        machine.run()
    assert time.monotonic() - began < 5
    machine.run(cycles=1000)


def test_other_threads_run_meanwhile():
    machines = [Machine(BOARD, STEPS, profile=False) for _ in range(2)]
    threads = [threading.Thread(target=m.run, kwargs={"cycles": 3_000_000}) for m in machines]
    for thread in threads:
        thread.start()
    turns = 0
    while any(thread.is_alive() for thread in threads):
        time.sleep(0.001)
        turns += 1
    assert turns > 3
    assert machines[0].cycles == machines[1].cycles
    assert machines[0].read("counter") == machines[1].read("counter")


# --- memory and registers


def test_reads_by_symbol_address_and_offset(machine):
    machine.run(until="symbol:step")
    table = machine.symbols["table"]
    assert (table.size, table.kind) == (16, "object")
    expected = np.array([1, -2, 3, -4, 5, -6, 7, -8], np.int16)
    assert machine.read("table") == expected.tobytes()
    assert machine.read(table.address, 4) == expected[:2].tobytes()
    assert machine.read("table+0x4", 2) == expected[2:3].tobytes()
    assert machine.read(f"0x{table.address:x}", 2) == b"\x01\x00"
    assert machine.read_int("table+2", 2, signed=True) == -2
    array = machine.read_array("table", np.int16)
    assert array.dtype == np.int16
    assert array.tolist() == expected.tolist()
    assert machine.read_array("table+4", "<i2", (2, 3)).tolist() == [[3, -4, 5], [-6, 7, -8]]
    assert machine.read_array("ratio", np.float32).tolist() == [0.5]


def test_writes_bytes_numbers_and_arrays(machine):
    machine.run(until="symbol:step")
    machine.write("table", np.arange(8, dtype=">i2"))
    assert machine.read_array("table", np.int16).tolist() == list(range(8))
    machine.write("table+2", -5, size=2)
    machine.write("table+4", b"\xff\x7f")
    assert machine.read_array("table", np.int16).tolist()[:4] == [0, -5, 0x7FFF, 3]
    machine.write("counter", 1000)
    machine.run(until="symbol:twice")
    assert machine.read_int("counter") == 1001


def test_the_core_runs_code_that_was_written(machine):
    machine.write("answer", 0)
    machine.run(cycles=5000)  # all of the loop has been translated
    machine.write(machine.symbols["twice"].address, bytes.fromhex("2a207047"))  # movs r0,#42; bx lr
    machine.run(cycles=1000)
    assert machine.read_int("answer") == 42


def test_registers_of_peripherals(machine):
    machine.run(cycles=100)
    ficr_part = 0x10000100  # FICR INFO.PART: nRF52840 product specification, FICR
    assert machine.read_int(ficr_part) == 0x52840
    machine.write(0x50000518, 1 << 13)  # P0 DIRSET
    machine.write(0x50000508, 1 << 13)  # P0 OUTSET
    assert machine.read_int(0x50000504, as_load=True) & 1 << 13  # P0 OUT


@pytest.mark.parametrize(
    ("where", "size", "says"),
    [
        ("tabel", 4, "did you mean 'table'"),
        (0x20000000, None, "how many bytes"),
        (0x90000000, 4, "neither memory nor a peripheral"),
        (-1, 4, "whole number"),
        (0x2003FFFE, 8, "0x20040000 is neither|by 1, 2 or 4"),
        ("table", 0, "whole number"),
    ],
)
def test_wrong_places_say_what_is_expected(machine, where, size, says):
    with pytest.raises(InputError, match=says):
        machine.read(where, size)


def test_wrong_values_say_what_is_expected(machine):
    with pytest.raises(InputError, match="does not fit"):
        machine.write("counter", 2**32)
    with pytest.raises(InputError, match="expected bytes"):
        machine.write("counter", 1.5)
    with pytest.raises(InputError, match="give the shape"):
        machine.read_array("table", np.dtype([("a", "u1", 3)]))


def test_registers(machine):
    machine.run(until="symbol:twice")
    registers = machine.registers
    assert registers["pc"] == registers["r15"] == machine.symbols["twice"].address
    registers["r0"] = 21
    machine.run(until="mem:answer==42")
    registers["s3"] = 0x40490FDB
    assert registers["s3"] == 0x40490FDB
    assert registers["xpsr"] & 0x1FF == 0  # thread mode
    assert registers["control"] == 0
    assert set(registers) >= {"r0", "r12", "sp", "lr", "pc", "xpsr", "s31"}
    with pytest.raises(InputError, match="read only"):
        registers["primask"] = 1
    with pytest.raises(InputError, match="expected r0"):
        registers["r16"]


def test_the_program_goes_on_where_pc_is_set(machine):
    machine.run(until="symbol:twice")
    machine.registers["r0"] = 7
    machine.registers["pc"] = machine.registers["lr"]  # as if it had returned already
    machine.run(until="symbol:step")
    assert machine.read_int("answer") == 7


# --- breakpoints and watches


def test_a_breakpoint_stops_each_time(machine):
    point = machine.breakpoint("step")
    for expected in range(3):
        stop = machine.run()
        assert stop.kind == "breakpoint"
        assert "step" in stop.text
        assert machine.registers["pc"] == machine.symbols["step"].address
        assert machine.read_int("counter") == expected
    assert point.hits == 3
    point.remove()
    assert machine.run(cycles=1000).kind == "limit"
    point.remove()


def test_callbacks_change_what_happens_and_cost_no_cycles(machine):
    with Machine(BOARD, STEPS, profile=False) as other:
        other.run(cycles=10_000)
        seen = []

        def look(m):
            seen.append(m.read_int("counter"))
            m.write("answer", 5)

        machine.breakpoint("twice", look)
        machine.run(cycles=10_000)
        assert machine.cycles == other.cycles
        assert machine.read("counter") == other.read("counter")
        assert seen == list(range(1, len(seen) + 1)) and len(seen) > 100
        assert machine.read_int("answer") in (5, 10)


def test_a_callback_stops_with_true_and_removes_itself(machine):
    def third(m):
        if m.read_int("counter") < 3:
            return False
        point.remove()
        return True

    point = machine.breakpoint("step", third)
    assert machine.run(cycles=100_000).kind == "breakpoint"
    assert machine.read_int("counter") == 3
    assert machine.run(cycles=1000).kind == "limit"


def test_a_callback_returns_for_a_function(machine):
    """Stands in for `twice`, as a stub does."""

    def stub(m):
        m.registers["r0"] = 99
        m.registers["pc"] = m.registers["lr"]

    machine.breakpoint("twice", stub)
    machine.run(cycles=1000)
    assert machine.read_int("answer") == 99


def test_exceptions_of_callbacks_come_out_of_run(machine):
    def fail(m):
        raise ZeroDivisionError("in the callback")

    point = machine.breakpoint("step", fail)
    with pytest.raises(ZeroDivisionError, match="in the callback") as caught:
        machine.run(cycles=1000)
    assert any(entry.name == "fail" for entry in caught.traceback)
    point.remove()
    machine.run(cycles=1000)
    with pytest.raises(ZeroDivisionError):
        machine.run(until=lambda m: 1 / 0)
    machine.run(cycles=1000)


def test_callbacks_cannot_run_the_machine(machine):
    machine.breakpoint("step", lambda m: m.run(cycles=1))
    with pytest.raises(InputError, match="return True"):
        machine.run(cycles=1000)


def test_two_breakpoints_at_one_place(machine):
    calls = []
    machine.breakpoint("step", lambda m: calls.append("a"))
    machine.breakpoint("step", lambda m: calls.append("b"))
    machine.run(until="mem:counter==2")
    assert calls == ["a", "b"] * 2


def test_watch_hears_of_stores(machine):
    values = []
    watch = machine.watch("counter", lambda m: values.append(m.read_int("counter")))
    machine.run(until="mem:counter==3")
    assert values[-3:] == [1, 2, 3]
    watch.remove()
    machine.run(cycles=1000)
    assert values[-1] == 3
    machine.watch("answer")
    stop = machine.run()
    assert stop.kind == "breakpoint"


# --- faults


def test_a_fault_handler_that_loops_is_an_error(machine):
    machine.run(until="symbol:step")
    machine.write("command", FAULT)
    with pytest.raises(FirmwareError) as caught:
        machine.run(seconds=1)
    error = caught.value
    assert error.stop.kind == "fault"
    assert "obey" in error.fault and "steps.c" in error.fault
    assert error.fault in str(error)
    fault = machine.faults[-1]
    assert fault.exception == 3
    assert machine.symbols["obey"].address <= fault.pc
    assert "obey" in machine.fault_report


def test_a_fault_that_is_expected_is_a_stop(machine):
    machine.run(until="symbol:step")
    machine.write("command", PRINT)
    machine.uart.expect("world")
    machine.write("command", FAULT)
    assert machine.run(seconds=1, check=False).kind == "fault"
    assert "hello" in str(FirmwareError(tinyscope.Stop("fault", "x", 1), "", machine.uart.lines))

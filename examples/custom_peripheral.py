"""An accelerator that no chip has, modelled in Python: what would it bring?

The firmware computes dot products in software and with the accelerator, compares them, and is
profiled like any other. Here the accelerator multiplies four elements a clock cycle.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import tinyscope

A, B, LENGTH, RESULT, CLEAR = 0x00, 0x04, 0x08, 0x0C, 0x10
FIRMWARE = Path(__file__).parent / "custom_peripheral" / "dot_product.elf"


class DotProduct(tinyscope.Peripheral):
    """Multiplies two int8 vectors in memory and adds up; raises its interrupt when it is done."""

    def __init__(self, macs_per_cycle: int = 4) -> None:
        super().__init__(size=0x1000, irq=46)
        self.macs_per_cycle = macs_per_cycle
        self.reset()

    def reset(self) -> None:
        self.registers = {A: 0, B: 0, LENGTH: 0, RESULT: 0}

    def read(self, offset: int, size: int) -> int:
        return self.registers.get(offset, 0)

    def write(self, offset: int, size: int, value: int) -> None:
        if offset == CLEAR:
            self.irq(False)
        elif offset in (A, B, LENGTH):
            self.registers[offset] = value
        if offset == LENGTH:
            self.schedule(None, self.finish, cycles=8 + value // self.macs_per_cycle)

    def finish(self) -> None:
        length = self.registers[LENGTH]
        a, b = (
            np.frombuffer(self.read_memory(self.registers[vector], length), np.int8).astype(int)
            for vector in (A, B)
        )
        self.registers[RESULT] = int(a @ b) & 0xFFFFFFFF
        self.irq(True)


def main() -> None:
    with tinyscope.Machine(
        "nano33ble-sense", FIRMWARE, peripherals={0x60000000: DotProduct()}
    ) as machine:
        machine.run()
        print(machine.uart.text, end="")
        functions = machine.profile().functions
        rows = functions[functions["name"].str.contains("dot_product")]
        print(rows[["name", "calls", "inclusive_cycles"]].to_string(index=False))


if __name__ == "__main__":
    main()

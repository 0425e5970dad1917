"""Firmware of a few instructions, assembled for one test."""

import subprocess
from pathlib import Path

_BEFORE = """\
  .syntax unified
  .cpu cortex-m4
  .thumb

  .macro print label  @ semihosting, SYS_WRITE0
  ldr r1, =\\label
  movs r0, #4
  bkpt 0xab
  .endm
  .macro exit  @ semihosting, SYS_EXIT with ADP_Stopped_ApplicationExit
  ldr r1, =0x20026
  movs r0, #0x18
  bkpt 0xab
  .endm

  .text
  .word 0x20004000, main, fault, fault, fault, fault, fault
  .type fault, %function
fault:
  b .
  .size fault, . - fault
  .global main
  .type main, %function
main:
"""


def assemble(folder: Path, code: str, name: str = "firmware", **texts: str) -> Path:
    """An ELF file for a Cortex-M4 with flash at 0 and RAM at 0x20000000.

    `code` is main(): assembly, with the macros `print LABEL` and `exit`, and functions behind it as
    it likes. `texts` are the strings that it prints, by label. Every fault ends in an endless loop.
    """
    data = "".join(
        f'  .balign 4\n{label}: .asciz "{text}"\n'
        for label, text in ((label, _escaped(text)) for label, text in texts.items())
    )
    source = folder / f"{name}.s"
    source.write_text(f"{_BEFORE}{code}\n  .size main, . - main\n  .ltorg\n{data}")
    linked = folder / f"{name}.elf"
    for command in (
        ["arm-none-eabi-as", "-g", "-o", f"{name}.o", source.name],
        ["arm-none-eabi-ld", "-Ttext=0", "-Tbss=0x20000000", "-e", "main"]
        + ["-o", linked.name, f"{name}.o"],
    ):
        subprocess.run(command, cwd=folder, check=True)
    return linked


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")

@ NOP, SEV and CLREX take a cycle each.
@ expect: 3
@ source: Arm DDI 0439D table 3-1
        .syntax unified
        .thumb
        .global _start
_start:
        ldr     r1, =0x20000000
        .balign 4
        isb
start:
        nop
        clrex
        sev
end:
        b       .
        .ltorg

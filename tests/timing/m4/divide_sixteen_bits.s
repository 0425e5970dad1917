@ Sixteen bits of quotient: within the bounds of the manual.
@ expect: 2..12
@ source: Arm DDI 0439D table 3-1
        .syntax unified
        .thumb
        .global _start
_start:
        ldr     r2, =0x12345678
        ldr     r3, =0x5678
        .balign 4
        isb
start:
        sdiv    r0, r2, r3
end:
        b       .
        .ltorg

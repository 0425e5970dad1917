@ Operands of as many bits: within the bounds of the manual.
@ expect: 2..12
@ source: Arm DDI 0439D table 3-1
        .syntax unified
        .thumb
        .global _start
_start:
        ldr     r2, =1000
        ldr     r3, =1000
        .balign 4
        isb
start:
        udiv    r0, r2, r3
end:
        b       .
        .ltorg

@ CBNZ, not taken.
@ expect: 2
@ source: Arm DDI 0439D table 3-1
        .syntax unified
        .thumb
        .global _start
_start:
        movs    r2, #0
        .balign 4
        isb
start:
        cbnz    r2, end
        adds    r0, r0, #1
end:
        nop
        nop
        b       .
        .ltorg

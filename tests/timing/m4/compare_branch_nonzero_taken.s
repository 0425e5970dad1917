@ CBNZ, taken.
@ expect: 2
@ source: Arm DDI 0439D table 3-1
        .syntax unified
        .thumb
        .global _start
_start:
        movs    r2, #1
        .balign 4
        isb
start:
        cbnz    r2, end
        nop
        .balign 4
end:
        b       .
        .ltorg

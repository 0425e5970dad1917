@ One side of an IT block runs, the other takes its cycle all the same.
@ expect: 3
@ source: Arm DDI 0439D table 3-1 (IT folded), 1 cycle for a failed condition
        .syntax unified
        .thumb
        .global _start
_start:
        movs    r2, #0
        .balign 4
        isb
start:
        cmp     r2, #0
        ite     eq
        moveq   r0, r3
        movne   r0, r4
end:
        b       .
        .ltorg

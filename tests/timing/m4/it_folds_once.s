@ Two IT blocks behind narrow instructions both fold.
@ expect: 4
@ source: Arm DDI 0439D table 3-1 and 3.3 (IT folding)
        .syntax unified
        .thumb
        .global _start
_start:
        movs    r2, #0
        .balign 4
        isb
start:
        cmp     r2, #0
        it      eq
        moveq   r0, r3
        cmp     r2, #1
        it      eq
        moveq   r0, r4
end:
        b       .
        .ltorg

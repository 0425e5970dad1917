@ Saturating arithmetic takes a cycle each.
@ expect: 4
@ source: Arm DDI 0439D table 3-1
        .syntax unified
        .thumb
        .global _start
_start:
        movs    r2, #1
        .balign 4
        isb
start:
        qadd    r0, r2, r3
        qsub    r4, r2, r3
        qdadd   r5, r2, r3
        usat    r6, #5, r2
end:
        b       .
        .ltorg

@ IT folds onto a narrow instruction before it.
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
        cmp     r2, #0
        it      eq
        moveq   r0, r3
end:
        b       .

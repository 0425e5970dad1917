@ From BX LR at the end of a handler to the instruction behind SVC.
@ expect: 11
@ source: Arm DDI 0439D table 3-1 (BX: counted as one here) and 3.9 (10 cycles)
        .syntax unified
        .thumb
        .global _start
_start:
        svc     #0
end:
        b       .
        .balign 4
vector_11:
        isb
start:
        bx      lr

@ From SVC to the first instruction of its handler.
@ expect: 13
@ source: Arm DDI 0439D table 3-1 (SVC: counted as one here) and 3.9 (12 cycles)
        .syntax unified
        .thumb
        .global _start
_start:
        .balign 4
        isb
start:
        svc     #0
        b       .
        .balign 4
vector_11:
end:
        b       .
        .ltorg

@ MSR.
@ expect: 1..2
@ source: Arm DDI 0439D table 3-1
        .syntax unified
        .thumb
        .global _start
_start:
        movs    r2, #0
        .balign 4
        isb
start:
        msr     basepri, r2
end:
        b       .

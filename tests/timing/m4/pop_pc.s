@ POP with PC takes 1 + N + P.
@ expect: 4..6
@ source: Arm DDI 0439D table 3-1
        .syntax unified
        .thumb
        .global _start
_start:
        adr     r2, end
        adds    r2, #1
        push    {r2}
        push    {r4}
        .balign 4
        isb
start:
        pop     {r4, pc}
        .balign 4
end:
        b       .

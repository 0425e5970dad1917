@ POP of four.
@ expect: 5
@ source: Arm DDI 0439D table 3-1
        .syntax unified
        .thumb
        .global _start
_start:
        push    {r4-r7}
        .balign 4
        isb
start:
        pop     {r4-r7}
end:
        b       .

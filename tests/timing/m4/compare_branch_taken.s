@ CBZ, taken.
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
        cbz     r2, end
        nop
        .balign 4
end:
        b       .

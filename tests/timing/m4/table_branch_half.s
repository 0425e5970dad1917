@ TBH takes two for the load, one to add, three to refill.
@ expect: 6
@ source: Arm DDI 0439D 3.3.2
        .syntax unified
        .thumb
        .global _start
_start:
        movs    r2, #0
        .balign 4
        isb
start:
        tbh     [pc, r2, lsl #1]
1:      .hword  (end - 1b) / 2, 0
        .balign 4
end:
        b       .

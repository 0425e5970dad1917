@ BLX refills in one to three cycles.
@ expect: 2..4
@ source: Arm DDI 0439D table 3-1
        .syntax unified
        .thumb
        .global _start
_start:
        adr     r3, end
        adds    r3, #1
        .balign 4
        isb
start:
        blx     r3
        .balign 4
end:
        b       .
        .ltorg

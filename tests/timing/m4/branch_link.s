@ BL takes as long as B.
@ expect: 2
@ source: Arm DDI 0439D table 3-1 (1 + P); P as for B in compendium.i-0.nl, measured with DWT counters
        .syntax unified
        .thumb
        .global _start
_start:
        ldr     r1, =0x20000000
        .balign 4
        isb
start:
        bl      end
        .balign 4
end:
        b       .
        .ltorg

@ Zero divided is the shortest divide.
@ expect: 2
@ source: compendium.i-0.nl, measured with DWT counters; lower end of Arm DDI 0439D table 3-1
        .syntax unified
        .thumb
        .global _start
_start:
        ldr     r2, =0
        ldr     r3, =7
        .balign 4
        isb
start:
        udiv    r0, r2, r3
end:
        b       .
        .ltorg

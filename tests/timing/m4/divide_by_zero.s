@ Division by zero, not trapped.
@ expect: 2
@ source: compendium.i-0.nl, measured with DWT counters
        .syntax unified
        .thumb
        .global _start
_start:
        ldr     r2, =1000
        ldr     r3, =0
        .balign 4
        isb
start:
        udiv    r0, r2, r3
end:
        b       .
        .ltorg

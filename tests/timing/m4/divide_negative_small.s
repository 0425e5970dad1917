@ Signs do not count as significant bits.
@ expect: 3
@ source: compendium.i-0.nl, measured with DWT counters
        .syntax unified
        .thumb
        .global _start
_start:
        ldr     r2, =-7
        ldr     r3, =-1000
        .balign 4
        isb
start:
        sdiv    r0, r2, r3
end:
        b       .
        .ltorg

@ A taken branch to an unaligned narrow instruction.
@ expect: 3
@ source: compendium.i-0.nl, measured with DWT counters
        .syntax unified
        .thumb
        .global _start
_start:
        ldr     r1, =0x20000000
        .balign 4
        isb
start:
        b       1f
        nop
        nop
1:      adds    r0, r0, #1
end:
        b       .
        .ltorg

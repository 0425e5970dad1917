@ Two unaligned wide instructions cost nothing more.
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
        adds    r0, r0, #1
        add.w   r2, r2, #1
        add.w   r3, r3, #1
end:
        nop
        b       .
        .ltorg

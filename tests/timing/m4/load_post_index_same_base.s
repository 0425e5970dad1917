@ Post-indexed loads on one base do not pair.
@ expect: 4
@ source: jnk0le/random, pipeline cycle test, cortex_m3m4.md (STM32F407); compendium.i-0.nl, load placement
        .syntax unified
        .thumb
        .global _start
_start:
        ldr     r1, =0x20000000
        .balign 4
        isb
start:
        ldr     r0, [r1], #4
        ldr     r2, [r1], #4
end:
        b       .
        .ltorg

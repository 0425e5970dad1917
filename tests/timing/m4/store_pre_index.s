@ A pre-indexed store takes one cycle.
@ expect: 1
@ source: jnk0le/random, pipeline cycle test, cortex_m3m4.md (STM32F407)
        .syntax unified
        .thumb
        .global _start
_start:
        ldr     r1, =0x20000000
        .balign 4
        isb
start:
        str     r0, [r1, #4]!
end:
        b       .
        .ltorg

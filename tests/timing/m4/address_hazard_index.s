@ An index register computed just before costs one cycle.
@ expect: 4
@ source: jnk0le/random, pipeline cycle test, cortex_m3m4.md (STM32F407)
        .syntax unified
        .thumb
        .global _start
_start:
        ldr     r1, =0x20000000
        movs    r3, #16
        .balign 4
        isb
start:
        lsr.w   r2, r3, #2
        ldr     r0, [r1, r2]
end:
        b       .
        .ltorg

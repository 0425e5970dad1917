@ One instruction between hides it.
@ expect: 4
@ source: jnk0le/random, pipeline cycle test, cortex_m3m4.md (STM32F407)
        .syntax unified
        .thumb
        .global _start
_start:
        ldr     r1, =0x20000000
        .balign 4
        isb
start:
        add.w   r1, r1, #4
        add.w   r2, r2, #1
        ldr     r0, [r1]
end:
        b       .
        .ltorg

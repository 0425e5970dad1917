@ A compare does not.
@ expect: 3
@ source: jnk0le/random, pipeline cycle test, cortex_m3m4.md (STM32F407)
        .syntax unified
        .thumb
        .global _start
_start:
        ldr     r1, =0x20000000
        .balign 4
        isb
start:
        ldr     r0, [r1]
        cmp     r2, r3
end:
        b       .
        .ltorg

@ A store with immediate offset runs in the second cycle of a load.
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
        str     r2, [r1, #4]
        add.w   r3, r3, #1
end:
        b       .
        .ltorg

@ So does one of a store.
@ expect: 3
@ source: Arm DDI 0439D 3.3.2; jnk0le/random, pipeline cycle test, cortex_m3m4.md (STM32F407)
        .syntax unified
        .thumb
        .global _start
_start:
        ldr     r1, =0x20000000
        .balign 4
        isb
start:
        add.w   r1, r1, #4
        str     r0, [r1]
end:
        b       .
        .ltorg

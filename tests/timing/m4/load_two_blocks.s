@ Loads from different memory blocks do not pair.
@ expect: 4
@ source: jnk0le/random, pipeline cycle test, cortex_m3m4.md (STM32F407): SRAM1 and CCM
        .syntax unified
        .thumb
        .global _start
_start:
        ldr     r1, =0x20000000
        ldr     r3, =0x10000000
        .balign 4
        isb
start:
        ldr     r0, [r1]
        ldr     r2, [r3]
end:
        b       .
        .ltorg

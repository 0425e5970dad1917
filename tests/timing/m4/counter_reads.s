@ Two reads of CYCCNT with two wide NOPs between them differ by three.
@ expect: 3
@ source: jnk0le/random, pipeline cycle test, template for Cortex-M3 and M4: subtracts 2 for the NOPs and 1 for the load
        .syntax unified
        .thumb
        .global _start
_start:
        ldr     r1, =0xE0001000
        .balign 4
        isb
start:
        ldr.w   r2, [r1, #4]
        nop.w
        nop.w
end:
        ldr.w   r3, [r1, #4]
        b       .
        .ltorg

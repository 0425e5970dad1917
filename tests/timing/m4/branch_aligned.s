@ A taken branch to an aligned instruction.
@ expect: 2
@ source: jnk0le/random, pipeline cycle test, cortex_m3m4.md (STM32F407); compendium.i-0.nl, measured with DWT counters
        .syntax unified
        .thumb
        .global _start
_start:
        ldr     r1, =0x20000000
        .balign 4
        isb
start:
        b       end
        .balign 4
end:
        b       .
        .ltorg

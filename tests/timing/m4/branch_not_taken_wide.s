@ In wide code it takes two, which the second word after it pays.
@ expect: 5
@ source: jnk0le/random, pipeline cycle test, cortex_m3m4.md (STM32F407)
        .syntax unified
        .thumb
        .global _start
_start:
        movs    r2, #1
        .balign 4
        isb
start:
        nop.w
        beq.w   end
        nop.w
        nop.w
end:
        b       .

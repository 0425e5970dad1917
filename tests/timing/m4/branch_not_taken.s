@ A branch that is not taken takes one cycle.
@ expect: 4
@ source: Arm DDI 0439D table 3-1; jnk0le/random, pipeline cycle test, cortex_m3m4.md (STM32F407), with two narrow instructions near it
        .syntax unified
        .thumb
        .global _start
_start:
        movs    r2, #1
        .balign 4
        isb
start:
        adds    r0, r2, #0
        adds    r3, r2, #0
        beq     end
        adds    r4, r2, #0
end:
        b       .

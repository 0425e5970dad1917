@ MRS.
@ expect: 1..2
@ source: Arm DDI 0439D table 3-1
        .syntax unified
        .thumb
        .global _start
_start:
        ldr     r1, =0x20000000
        .balign 4
        isb
start:
        mrs     r0, primask
end:
        b       .
        .ltorg

@ Loads do not pair if the second address is the first result.
@ expect: 4
@ source: Arm DDI 0439D 3.3.2
        .syntax unified
        .thumb
        .global _start
_start:
        ldr     r1, =0x20000000
        str     r1, [r1]
        .balign 4
        isb
start:
        ldr     r0, [r1]
        ldr     r2, [r0]
end:
        b       .
        .ltorg

@ A result of a divide is used at once without a further stall.
@ expect: 13
@ source: Arm DDI 0439D table 3-1 (12 + 1)
        .syntax unified
        .thumb
        .global _start
_start:
        ldr     r2, =0xFFFFFFFF
        ldr     r3, =1
        .balign 4
        isb
start:
        udiv    r0, r2, r3
        add.w   r0, r0, #1
end:
        b       .
        .ltorg

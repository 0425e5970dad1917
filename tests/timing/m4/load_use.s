@ A result is used at once without a further stall.
@ expect: 3
@ source: Arm DDI 0439D table 3-1
        .syntax unified
        .thumb
        .global _start
_start:
        ldr     r1, =0x20000000
        .balign 4
        isb
start:
        ldr     r0, [r1]
        add.w   r2, r0, r2
end:
        b       .
        .ltorg

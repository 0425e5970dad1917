@ Bit fields, saturation and bit counting take a cycle each.
@ expect: 6
@ source: Arm DDI 0439D table 3-1
        .syntax unified
        .thumb
        .global _start
_start:
        ldr     r1, =0x20000000
        .balign 4
        isb
start:
        ubfx    r0, r2, #3, #5
        sbfx    r3, r2, #3, #5
        bfi     r4, r2, #8, #8
        ssat    r5, #8, r2
        clz     r6, r2
        rbit    r7, r2
end:
        b       .
        .ltorg

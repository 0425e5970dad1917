@ Between one core register and one float.
@ expect: 2
@ source: compendium.i-0.nl, measured: one cycle each (Arm DDI 0439D table 7-1 has 2)
        .syntax unified
        .thumb
        .global _start
        .balign 4
one:    .float 1.0
_start:
        ldr     r0, =0xE000ED88
        ldr     r1, [r0]
        orr     r1, r1, #0x00F00000
        str     r1, [r0]
        dsb
        isb
        ldr     r1, =0x20000000
        vldr    s1, one
        vldr    s2, one
        vmov    s0, s1
        vmov    s3, s1
        .balign 4
        isb
start:
        vmov    s4, r2
        vmov    r3, s1
end:
        b       .
        .ltorg

@ A result stored at once costs one.
@ expect: 4
@ source: Arm DDI 0439D 7.2.3 (a result is late by one cycle) and table 7-1 (VSTR: 2)
        .syntax unified
        .thumb
        .global _start
_start:
        ldr     r0, =0xE000ED88
        ldr     r1, [r0]
        orr     r1, r1, #0x00F00000
        str     r1, [r0]
        dsb
        isb
        ldr     r1, =0x20000000
        vmov.f32 s0, #1.0
        vmov.f32 s1, #1.0
        vmov.f32 s2, #1.0
        vmov.f32 s3, #1.0
        .balign 4
        isb
start:
        vadd.f32 s4, s1, s2
        vstr    s4, [r1]
end:
        b       .
        .ltorg

@ VSTM of four floats.
@ expect: 5
@ source: Arm DDI 0439D table 7-1
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
        vstmia  r1!, {s0-s3}
end:
        b       .
        .ltorg

@ Integer code goes on after a square root.
@ expect: 3
@ source: Arm DDI 0439D table 7-1 and 7.2.3
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
        vsqrt.f32 s4, s1
        add.w   r2, r2, #1
        add.w   r3, r3, #1
end:
        b       .
        .ltorg

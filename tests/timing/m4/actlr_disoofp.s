@ With ACTLR.DISOOFP integer code waits for a float divide.
@ expect: 15
@ source: Arm DDI 0439D 4.2 and table 7-1
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
        ldr     r0, =0xE000E008
        ldr     r2, =0x200
        str     r2, [r0]
        dsb
        .balign 4
        isb
start:
        vdiv.f32 s4, s1, s2
        add.w   r2, r2, #1
end:
        b       .
        .ltorg

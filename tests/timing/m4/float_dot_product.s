@ Four products of floats: loads of four 1 + 4 twice, then a chain of multiply-accumulates.
@ expect: 22
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
        add     r2, r1, #64
        .balign 4
        isb
start:
        vldmia  r1!, {s4-s7}
        vldmia  r2!, {s8-s11}
        vmla.f32 s0, s4, s8
        vmla.f32 s0, s5, s9
        vmla.f32 s0, s6, s10
        vmla.f32 s0, s7, s11
end:
        b       .
        .ltorg

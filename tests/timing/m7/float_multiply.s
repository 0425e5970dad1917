@ VMUL has a latency of 3.
@ expect: 4
@ source: jnk0le/random, pipeline cycle test, cortex_m7.md (STM32H743); LLVM, ARMScheduleM7.td
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
        ldr     r8, =0x20000100
        add     r9, r8, #0x104
        movs    r0, #0
        movs    r1, #0
        movs    r2, #8
        movs    r3, #3
        movs    r4, #4
        movs    r5, #5
        movs    r6, #6
        movs    r7, #7
        vmov.f32 s0, #1.0
        vmov.f32 s1, #1.25
        vmov.f32 s2, #2.0
        vmov.f32 s3, #1.5
        vmov.f32 s4, #3.0
        vmov.f32 s5, #1.0
        vmov.f32 s6, #2.0
        vmov.f32 s7, #1.0
        vmov.f32 s8, #3.0
        vmov.f32 s9, #4.0
        .balign 8
        nop.w
        isb
start:
        vmul.f32 s0, s1, s2
        vadd.f32 s3, s0, s2
end:
        b       .
        .ltorg

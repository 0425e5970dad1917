@ Entry with a floating-point context and lazy stacking off.
@ expect: 30
@ source: Arm DDI 0439D table 3-1 (SVC: counted as one here) and 3.9 (29 cycles)
        .syntax unified
        .thumb
        .global _start
_start:
        ldr     r0, =0xE000ED88
        ldr     r1, =0x00F00000
        str     r1, [r0]
        ldr     r0, =0xE000EF34
        ldr     r1, =0x80000000
        str     r1, [r0]
        dsb
        isb
        vmov.f32 s0, #1.0
        .balign 4
        isb
start:
        svc     #0
        b       .
        .balign 4
vector_11:
end:
        b       .
        .ltorg

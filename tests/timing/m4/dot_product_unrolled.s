@ The same four products without a loop, loaded by fours: 1 + 4 for each group, 1 for each SMLAD,
@ one after the other into the same sum.
@ expect: 14
@ source: Arm DDI 0439D table 3-1 and 3.3.2
        .syntax unified
        .thumb
        .global _start
_start:
        ldr     r0, =0x20000000
        ldr     r1, =0x20000100
        movs    r2, #0
        .balign 4
        isb
start:
        ldmia.w r0!, {r3-r6}
        ldmia.w r1!, {r7-r10}
        smlad   r2, r3, r7, r2
        smlad   r2, r4, r8, r2
        smlad   r2, r5, r9, r2
        smlad   r2, r6, r10, r2
end:
        b       .
        .ltorg

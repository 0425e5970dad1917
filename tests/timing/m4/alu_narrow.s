@ Narrow data processing takes a cycle each.
@ expect: 8
@ source: Arm DDI 0439D table 3-1
        .syntax unified
        .thumb
        .global _start
_start:
        ldr     r1, =0x20000000
        .balign 4
        isb
start:
        adds    r0, r0, r2
        subs    r2, r2, #1
        ands    r3, r0
        eors    r4, r0
        lsls    r5, r0, #3
        uxtb    r6, r0
        rev     r7, r0
        mov     r8, r0
end:
        b       .
        .ltorg

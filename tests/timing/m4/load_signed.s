@ Loads that extend the sign take no longer.
@ expect: 3
@ source: Arm DDI 0439D table 3-1 and 3.3.2
        .syntax unified
        .thumb
        .global _start
_start:
        ldr     r1, =0x20000000
        .balign 4
        isb
start:
        ldrsb.w r0, [r1]
        ldrsh.w r2, [r1, #2]
end:
        b       .
        .ltorg

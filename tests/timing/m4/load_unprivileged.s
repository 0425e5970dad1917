@ LDRT takes as long as LDR.
@ expect: 2
@ source: Arm DDI 0439D table 3-1
        .syntax unified
        .thumb
        .global _start
_start:
        ldr     r1, =0x20000000
        .balign 4
        isb
start:
        ldrt    r0, [r1]
end:
        b       .
        .ltorg

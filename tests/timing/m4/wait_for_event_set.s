@ WFE with the event register set does not sleep.
@ expect: 2
@ source: Arm DDI 0439D table 3-1 (1 + W, here no waiting)
        .syntax unified
        .thumb
        .global _start
_start:
        ldr     r1, =0x20000000
        .balign 4
        isb
start:
        sev
        wfe
end:
        b       .
        .ltorg

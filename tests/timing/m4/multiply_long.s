@ Long multiplies take one cycle on this core.
@ expect: 5
@ source: Arm DDI 0439D table 3-1
        .syntax unified
        .thumb
        .global _start
_start:
        ldr     r1, =0x20000000
        .balign 4
        isb
start:
        smull   r0, r4, r2, r3
        umull   r5, r6, r2, r3
        smlal   r0, r4, r2, r3
        umlal   r5, r6, r2, r3
        umaal   r5, r6, r2, r3
end:
        b       .
        .ltorg

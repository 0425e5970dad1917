@ An exclusive pair: two cycles each, of which one may be shared.
@ expect: 3..4
@ source: Arm DDI 0439D table 3-1 and 3.3.2
        .syntax unified
        .thumb
        .global _start
_start:
        ldr     r1, =0x20000000
        .balign 4
        isb
start:
        ldrex   r0, [r1]
        strex   r2, r0, [r1]
end:
        b       .
        .ltorg
